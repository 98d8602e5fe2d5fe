import { describe, expect, it } from 'vitest';
import { upgradePresets } from '../../src/config/domain/upgrade-presets.ts';
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

describe('a major upgrade', () => {
  const debian = (codename: string): string[] =>
    ['', '-updates', '-security'].map((suffix) => `debian-${codename}${suffix}`);
  const shown = (names: string[], thin = true): unknown[] =>
    draftFromPresets(names, { thin }).targets.map(({ name, codename, mirrors, closure }) => [
      ...[name, codename, mirrors.filter((id) => !id.startsWith('debian-')), closure?.install],
    ]);

  it('has the mirrors of both releases and a target for each stage', () => {
    const { track, mirrors, targets, upgrades } = draftFromPresets(['upgrade-pbs-3-to-4'], { thin: true });
    expect(track).toBe('pbs-3-to-4');
    expect(mirrors.map(({ settings }) => settings.id)).toEqual([
      ...['pbs-3-enterprise', ...debian('bookworm'), 'pbs-4-enterprise', ...debian('trixie')],
    ]);
    const closure = { install: ['proxmox-backup-server'] };
    const target = { products: ['pbs'], closure };
    expect(targets).toEqual([
      {
        ...target,
        name: 'pbs-3',
        codename: 'bookworm',
        mirrors: ['pbs-3-enterprise', ...debian('bookworm')],
      },
      { ...target, name: 'pbs-4', codename: 'trixie', mirrors: ['pbs-4-enterprise', ...debian('trixie')] },
    ]);
    expect(upgrades?.map(({ name, stages }) => [name, stages.map((stage) => stage.target)])).toEqual([
      ['pbs-3-to-4', ['pbs-3', 'pbs-4']],
    ]);
  });

  it('of Debian and of each product, in each channel, has two stages without Ceph', () => {
    expect(upgradePresets.map(({ name }) => name)).toEqual([
      ...['pve-8-to-9', 'pbs-3-to-4', 'pmg-8-to-9'].flatMap((way) =>
        ['', '-no-subscription', '-test'].map((channel) => `upgrade-${way}${channel}`),
      ),
      'upgrade-debian-12-to-13',
    ]);
    for (const { name, presets } of upgradePresets) {
      const { targets, mirrors } = draftFromPresets([name]);
      expect(targets.map(({ codename, closure }) => [codename, closure])).toEqual([
        ['bookworm', undefined],
        ['trixie', undefined],
      ]);
      expect(mirrors).toHaveLength(presets.length === 4 ? 8 : 6);
    }
  });

  it.each(['quincy', 'reef'])('of Proxmox VE with Ceph %s goes over squid to tentacle', (ceph) => {
    expect(shown(['upgrade-pve-8-to-9', `ceph-${ceph}-bookworm-no-subscription`])).toEqual([
      ['pve-8', 'bookworm', ['pve-8-enterprise', `ceph-${ceph}-bookworm-nosub`], ['proxmox-ve', 'ceph']],
      ['pve-8-squid', 'bookworm', ['pve-8-enterprise', 'ceph-squid-bookworm-nosub'], ['proxmox-ve', 'ceph']],
      ['pve-9', 'trixie', ['pve-9-enterprise', 'ceph-squid-trixie-nosub'], ['proxmox-ve', 'ceph']],
      [
        'pve-9-tentacle',
        'trixie',
        ['pve-9-enterprise', 'ceph-tentacle-trixie-nosub'],
        ['proxmox-ve', 'ceph'],
      ],
    ]);
  });

  it('of Proxmox VE with Ceph squid needs no stage for it', () => {
    expect(shown(['upgrade-pve-8-to-9-test', 'ceph-squid-bookworm-test'], false)).toEqual([
      ['pve-8', 'bookworm', ['pve-8-test', 'ceph-squid-bookworm-test'], undefined],
      ['pve-9', 'trixie', ['pve-9-test', 'ceph-squid-trixie-test'], undefined],
      ['pve-9-tentacle', 'trixie', ['pve-9-test', 'ceph-tentacle-trixie-test'], undefined],
    ]);
  });

  it('is drafted beside others and other kinds of hosts', () => {
    const names = ['upgrade-pve-8-to-9', 'upgrade-debian-12-to-13', 'pbs-4-enterprise'];
    expect(draftFromPresets(names).track).toBe('pve-8-to-9-debian-12-to-13-pbs4');
    expect(shown(names).map((target) => (target as string[])[0])).toEqual([
      ...['pve-8', 'pve-9', 'debian-12', 'debian-13', 'pbs4'],
    ]);
  });

  it.each([
    [
      ['upgrade-pve-8-to-9', 'upgrade-pve-8-to-9-test'],
      /^upgrade-pve-8-to-9 and .*-test are the same upgrade/,
    ],
    [
      ['upgrade-pve-8-to-9', 'ceph-reef-bookworm-test', 'ceph-quincy-bookworm-test'],
      /^ceph-quincy-bookworm-test and ceph-reef-bookworm-test cannot both be the Ceph that hosts have\.$/,
    ],
    [['upgrade-pve-8-to-10'], /^There is no preset "upgrade-pve-8-to-10"\.$/],
  ])('is refused for %j', (names, message) => {
    expect(() => draftFromPresets(names)).toThrow(message);
  });
});
