import { expect, test } from 'vitest';
import { aptName, parsePolicy } from '../../src/apt/domain/apt-policy.ts';

test('reads installed and candidate versions', () => {
  const output = `foo:
  Installed: 1:1.7-1
  Candidate: 1:2.0-1
  Version table:
     1:2.0-1 990
         -1 file:/srv/repo stable/main amd64 Packages
 *** 1:1.7-1 100
        100 /var/lib/dpkg/status
libstdc++6:i386:
  Installed: (none)
  Candidate: 12.2.0-14
  Version table:
hidden:
  Installed: (none)
  Candidate: (none)
  Version table:
     1.0 -1
         -1 file:/srv/repo stable/main amd64 Packages
`;

  expect(Object.fromEntries(parsePolicy(output))).toEqual({
    foo: { installed: '1:1.7-1', candidate: '1:2.0-1' },
    'libstdc++6:i386': { installed: null, candidate: '12.2.0-14' },
    hidden: { installed: null, candidate: null },
  });
});

test('an empty answer has no packages', () => {
  expect(parsePolicy('').size).toBe(0);
});

test.each([
  ['amd64', 'foo'],
  ['all', 'foo'],
  ['i386', 'foo:i386'],
])('aptName of architecture %s on amd64', (architecture, expected) => {
  expect(aptName({ name: 'foo', architecture }, 'amd64')).toBe(expected);
});
