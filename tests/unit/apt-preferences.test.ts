import { expect, test } from 'vitest';
import { renderPreferences } from '../../src/domain/apt-preferences.ts';

const baseline = { name: 'prod-1', digest: 'ab'.repeat(32) };
const head = `# Written by pommgr, which replaces this file with each baseline. Do not edit it.
# Baseline: prod-1
# Digest:   sha256:${'ab'.repeat(32)}
`;

test('hides everything but the candidates where a mirror is filtered', () => {
  const candidates = [
    { name: 'data', architecture: 'all', version: '1.0' },
    { name: 'libstdc++6', architecture: 'amd64', version: '12.2.0-14' },
    { name: 'libstdc++6', architecture: 'i386', version: '1:12.2.0~rc1-14' },
  ];

  expect(renderPreferences({ baseline, candidates, filtered: true })).toBe(`${head}
# Hides what the mirrors list and the baseline lacks; of other file: sources, it hides everything.
Package: *
Pin: origin ""
Pin-Priority: -1

Package: data
Pin: version 1.0
Pin-Priority: 990

Package: libstdc++6:amd64
Pin: version 12.2.0-14
Pin-Priority: 990

Package: libstdc++6:i386
Pin: version 1:12.2.0~rc1-14
Pin-Priority: 990
`);
});

test('says nothing to apt where no mirror is filtered', () => {
  const candidates = [{ name: 'data', architecture: 'all', version: '1.0' }];

  const text = renderPreferences({ baseline, candidates, filtered: false });

  expect(text.startsWith(head)).toBe(true);
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
});
