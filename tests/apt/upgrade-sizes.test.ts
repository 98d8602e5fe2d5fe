import { expect, it } from 'vitest';
import { parseShownSizes, upgradeSizes } from '../../src/apt/domain/upgrade-sizes.ts';

const shown = `Package: a
Version: 2
Architecture: amd64
Installed-Size: 10
Size: 3000

Package: b
Architecture: all
Version: 1
Size: 500

Package: c
Status: install ok installed
Version: 1
Architecture: amd64
Installed-Size: 4
`;

it('adds up what is read, and what is on the disk then', () => {
  const change = (name: string, from: string | null, to: string | null, architecture = 'amd64') => {
    return { name, architecture, from, to };
  };
  const plan = {
    install: [change('b', null, '1', 'all')],
    upgrade: [change('a', '1', '2')],
    downgrade: [],
    remove: [change('c', '1', null), change('d', '1', null)],
  };
  const installed = new Map([
    ['a amd64', 4096],
    ['c amd64', 2048],
    ['d all', 1024],
  ]);
  const sizes = upgradeSizes(plan, { offered: parseShownSizes(shown), installed });
  expect(sizes).toEqual({ downloadBytes: 3500, diskBytes: 10_240 - 4096 - 2048 - 1024 });
});
