import { describe, expect, it } from 'vitest';
import { draftFromPresets } from '../../src/init/domain/preset-draft.ts';

describe('draftFromPresets', () => {
  it.each([
    ['one product', ['pve-9-enterprise', 'ceph-squid-trixie-enterprise', 'debian-trixie'], 'pve9', []],
    ['Debian alone', ['debian-bookworm', 'pbs-client-bookworm'], 'debian-bookworm', []],
    ['Ceph alone, which is for Proxmox VE', ['ceph-reef-bookworm-test'], 'pve8', []],
    [
      'two products of one release',
      ['pve-9-enterprise', 'pbs-4-enterprise', 'debian-trixie'],
      'pve9-pbs4',
      [
        [
          'pve9',
          ['pve'],
          'trixie',
          'pve-9-enterprise debian-trixie debian-trixie-updates debian-trixie-security',
        ],
        [
          'pbs4',
          ['pbs'],
          'trixie',
          'pbs-4-enterprise debian-trixie debian-trixie-updates debian-trixie-security',
        ],
      ],
    ],
    [
      'one product on two releases, with the base of one',
      ['pve-8-no-subscription', 'pve-9-no-subscription', 'debian-trixie'],
      'pve9-pve8',
      [
        [
          'pve9',
          ['pve'],
          'trixie',
          'pve-9-no-subscription debian-trixie debian-trixie-updates debian-trixie-security',
        ],
        ['pve8', ['pve'], 'bookworm', 'pve-8-no-subscription'],
      ],
    ],
    [
      'a product and another Debian release',
      ['pmg-9-test', 'debian-bookworm'],
      'pmg9-debian-bookworm',
      [
        ['pmg9', ['pmg'], 'trixie', 'pmg-9-test'],
        [
          'debian-bookworm',
          ['debian'],
          'bookworm',
          'debian-bookworm debian-bookworm-updates debian-bookworm-security',
        ],
      ],
    ],
    [
      'two Ceph releases',
      ['pve-9-test', 'ceph-squid-trixie-no-subscription', 'ceph-tentacle-trixie-no-subscription'],
      'pve9',
      [
        ['pve9-ceph-squid', ['pve'], 'trixie', 'pve-9-test ceph-squid-trixie-nosub'],
        ['pve9-ceph-tentacle', ['pve'], 'trixie', 'pve-9-test ceph-tentacle-trixie-nosub'],
      ],
    ],
  ])('makes track and targets for %s', (_what, names, track, targets) => {
    const draft = draftFromPresets(names);
    expect(draft.track).toBe(track);
    expect(
      draft.targets.map((target) => [
        target.name,
        target.products,
        target.codename,
        target.mirrors.join(' '),
      ]),
    ).toEqual(targets);
  });

  it('takes a preset that is named twice once', () => {
    expect(draftFromPresets(['pve-9-test', 'pve-9-test']).mirrors).toHaveLength(1);
  });

  it('asks back for a name that is none', () => {
    expect(() => draftFromPresets(['pve-9-enterprize'])).toThrow(
      expect.objectContaining({
        code: 'usage.preset',
        hints: ['Did you mean "pve-9-enterprise"?', expect.stringContaining('init --list-presets')],
      }),
    );
  });
});

describe('a thin draft', () => {
  it.each([
    [['pve-9-no-subscription', 'debian-trixie'], [['pve9', ['proxmox-ve']]]],
    [
      ['pve-9-enterprise', 'pbs-4-enterprise', 'debian-trixie'],
      [
        ['pve9', ['proxmox-ve']],
        ['pbs4', ['proxmox-backup-server']],
      ],
    ],
    [['debian-trixie'], [['debian-trixie', []]]],
    [['debian-trixie', 'pbs-client-trixie'], [['debian-trixie', ['proxmox-backup-client']]]],
    [['ceph-squid-trixie-no-subscription', 'debian-trixie'], [['pve9', []]]],
  ])('of %j has a closure for each kind of host', (names, expected) => {
    const { targets } = draftFromPresets(names, { thin: true });

    expect(targets.map(({ name, closure }) => [name, closure?.install])).toEqual(expected);
  });
});
