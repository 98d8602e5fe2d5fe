import { expect, test } from 'vitest';
import { parseSimulation } from '../../src/apt/domain/apt-simulation.ts';

test('sorts the changes of a dist-upgrade by kind', () => {
  const output = `NOTE: This is only a simulation!
Reading package lists...
The following packages have been kept back:
  kept
2 upgraded, 2 newly installed, 1 downgraded, 2 to remove and 1 not upgraded.
Remv gone [1.0-1]
Purg left:i386 [1.0]
Inst zlib1g [1:1.2-1] (1:1.3-1 Debian:13.1/trixie, Debian-Security:13/trixie-security [amd64]) []
Inst libc6:i386 [2.40-1] (2.41-2 Debian:13.1/trixie [i386]) [broken:amd64 on libc6:amd64 ]
Inst fresh (1.0~rc1 stable [all])
Inst bare (1.0 [amd64])
Inst older [2.0] (1.9 Proxmox:13/trixie [amd64])
Conf zlib1g (1:1.3-1 Debian:13.1/trixie [amd64])
Conf fresh (1.0~rc1 stable [all])
`;

  expect(parseSimulation(output, 'amd64')).toEqual({
    jumps: [],
    install: [
      { name: 'bare', architecture: 'amd64', from: null, to: '1.0' },
      { name: 'fresh', architecture: 'all', from: null, to: '1.0~rc1' },
    ],
    upgrade: [
      { name: 'libc6', architecture: 'i386', from: '2.40-1', to: '2.41-2' },
      { name: 'zlib1g', architecture: 'amd64', from: '1:1.2-1', to: '1:1.3-1' },
    ],
    downgrade: [{ name: 'older', architecture: 'amd64', from: '2.0', to: '1.9' }],
    remove: [
      { name: 'gone', architecture: 'amd64', from: '1.0-1', to: null },
      { name: 'left', architecture: 'i386', from: '1.0', to: null },
    ],
  });
});

test('counts a package that is removed for a while as what it ends as', () => {
  const output = 'Remv loop [1.0]\nInst loop (1.1 stable [amd64])\n';

  expect(parseSimulation(output, 'amd64')).toEqual({
    jumps: [],
    install: [],
    upgrade: [{ name: 'loop', architecture: 'amd64', from: '1.0', to: '1.1' }],
    downgrade: [],
    remove: [],
  });
});

test.each(['Inst foo', 'Inst foo [1.0]', 'Inst foo (1.0 stable)', 'Remv foo (1.0 stable [amd64])', 'Remv '])(
  'refuses the line %j',
  (line) => {
    expect(() => parseSimulation(`${line}\n`, 'amd64')).toThrow(
      expect.objectContaining({ code: 'tool.apt' }),
    );
  },
);
