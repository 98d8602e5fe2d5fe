import { expect, test } from 'vitest';
import { renderPreferences } from '../../src/apt/domain/apt-preferences.ts';

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

test('pins hold some packages where no mirror is filtered, and say so', () => {
  const candidates = [
    { name: 'data', architecture: 'all', version: '1.0' },
    { name: 'tool', architecture: 'amd64', version: '2.0' },
  ];
  const pins = { scope: 'installed', baseline: 'prod-1', pinned: candidates.slice(1) };

  expect(
    renderPreferences({ baseline, candidates, filtered: false, pins }),
  ).toBe(`${head}# Pins:     the packages that were installed when this was written, to the versions of prod-1.
# 990 is more than any other source has, and less than what makes apt downgrade.
# "pommgr pin --remove" takes the pins away.

Package: tool:amd64
Pin: version 2.0
Pin-Priority: 990
`);
});

test('pins are among the stanzas of a filtered mirror, none of them twice', () => {
  const candidates = [{ name: 'tool', architecture: 'amd64', version: '2.0' }];
  const text = renderPreferences({
    baseline,
    candidates,
    filtered: true,
    pins: { scope: 'all', baseline: 'prod-0', pinned: candidates },
  });

  expect(text).toContain(
    '# Pins:     all packages, to the versions of prod-0.\n# They are among the stanzas below',
  );
  expect(text.match(/Package: tool:amd64/g)).toHaveLength(1);
  expect(text).toContain('Pin: origin ""');
});
