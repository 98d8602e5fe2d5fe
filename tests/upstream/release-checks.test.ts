import { describe, expect, test } from 'vitest';
import { noFilters, type Mirror } from '../../src/config/domain/mirror.ts';
import { checkRelease } from '../../src/upstream/domain/release-checks.ts';
import { parseRelease } from '../../src/upstream/domain/release-file.ts';

const now = new Date('2026-11-28T00:00:00Z');
const today = 'Date: Fri, 27 Nov 2026 00:00:00 UTC';

function check(suite: string, ...lines: string[]): string[] {
  const mirror: Mirror = {
    id: 'repo',
    types: ['deb'],
    uri: 'http://localhost',
    suite,
    components: ['main'],
    architectures: ['amd64'],
    keyring: '/key.gpg',
    checkValidUntil: true,
    filters: noFilters,
  };
  return checkRelease(mirror, parseRelease(`${[...lines, 'SHA256:'].join('\n')}\n`, 'Release'), now);
}

describe('the suite', () => {
  test.each([
    ['stable', ['Suite: stable', 'Codename: trixie']],
    ['trixie', ['Suite: stable', 'Codename: trixie']],
    ['bookworm/updates', ['Codename: bookworm']],
    ['stable/updates', ['Suite: stable', 'Codename: bookworm']],
    ['./', ['Suite: stable']],
    ['/', []],
    ['debian/', ['Codename: debian']],
  ])('%s fits %j', (suite, lines) => {
    expect(check(suite, today, ...lines)).toEqual([]);
  });

  test.each([
    ['proxmox-8', []],
    ['stable', ['Suite: testing', 'Codename: forky']],
    ['trixie', ['Origin: Vendor', 'Codename: bookworm']],
    ['debian/', ['Codename: other']],
  ])('%s with %j is a warning, as in apt', (suite, lines) => {
    expect(check(suite, today, ...lines)).toEqual([
      expect.stringContaining(`expected "${suite}". apt only warns of this ("Conflicting distribution")`),
    ]);
  });

  test.each([
    ['trixie', ['Origin: Debian', 'Suite: oldstable', 'Codename: bookworm']],
    ['trixie', ['Origin: Debian', 'Suite: oldoldstable', 'Codename: bullseye']],
    ['trixie-security', ['Origin: Debian', 'Suite: stable', 'Codename: trixie']],
    ['trixie', ['Origin: Proxmox', 'Codename: bookworm']],
  ])('of Debian and Proxmox is the one that was asked for: %s with %j', (suite, lines) => {
    expect(() => check(suite, today, ...lines)).toThrow(expect.objectContaining({ code: 'trust.suite' }));
  });
});

test.each([[], ['Date: Fri, 27 Nov 2026 00:00:00 +0200'], ['Date: yesterday']])(
  'no date that apt reads is a warning: %j',
  (...lines) => {
    expect(check('stable', 'Suite: stable', ...lines)).toEqual([
      expect.stringContaining('has no Date that apt can read'),
    ]);
  },
);

test.each([
  ['Date: Sat, 28 Nov 2026 00:00:10 UTC', undefined],
  ['Date: Sat, 28 Nov 2026 00:00:11 UTC', 'trust.not-yet-valid'],
  [`${today}\nValid-Until: Sat, 28 Nov 2026 00:00:00 UTC`, undefined],
  [`${today}\nValid-Until: Fri, 27 Nov 2026 23:59:59 UTC`, 'trust.expired'],
])('%j: %s', (lines, code) => {
  const work = (): string[] => check('stable', 'Suite: stable', lines);
  if (code === undefined) expect(work()).toEqual([]);
  else expect(work).toThrow(expect.objectContaining({ code }));
});
