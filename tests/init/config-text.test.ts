import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/domain/config.ts';
import { parseConfig } from '../../src/config/domain/config-document.ts';
import { renderConfig, type ConfigDraft } from '../../src/init/domain/config-text.ts';
import { draftFromPresets } from '../../src/init/domain/preset-draft.ts';
import { upgradePresets } from '../../src/config/domain/upgrade-presets.ts';
import { presets } from '../../src/config/domain/presets.ts';

function valuesOf(draft: ConfigDraft) {
  return configSchema.parse({
    schema: 'pommgr/config/v1',
    track: draft.track,
    mirrors: draft.mirrors.map((mirror) => mirror.settings),
    ...(draft.targets.length === 0 ? {} : { targets: draft.targets }),
    upgrades: (draft.upgrades ?? []).map(({ name, stages }) => ({
      ...{ name, stages: stages.map(({ target }) => target) },
    })),
  });
}

const awkward = [
  '1.10',
  'true',
  'null',
  '~',
  'a: b',
  'a #b',
  '- x',
  'é',
  '"',
  '\\',
  '.inf',
  '0x1f',
  'x:',
  '*',
  '&a',
  ' x',
  '!',
  'on',
  '2026-11-22',
  '\n',
];

describe('renderConfig', () => {
  it('of all presets reads back as the same values', () => {
    const draft = draftFromPresets(presets.map((preset) => preset.name));
    expect(draft.targets.length).toBeGreaterThan(7);
    expect(parseConfig(renderConfig(draft), 'f')).toEqual(valuesOf(draft));
  });

  it.each(presets.map((preset) => preset.name))('of %s alone reads back as the same values', (name) => {
    const draft = draftFromPresets([name]);
    expect(parseConfig(renderConfig(draft), 'f')).toEqual(valuesOf(draft));
  });

  it.each(upgradePresets.map((preset) => preset.name))('of %s reads back as a way', (name) => {
    for (const thin of [true, false]) {
      const draft = draftFromPresets([name], { thin });
      const read = parseConfig(renderConfig(draft), 'f');
      expect(read.upgrades).toEqual(valuesOf(draft).upgrades);
      expect(read.upgrades).toHaveLength(1);
      expect(read.targets?.map((target) => target.name)).toEqual(read.upgrades[0]?.stages);
    }
  });

  it('says of each stage what it is, and where its locks go', () => {
    const names = ['upgrade-pve-8-to-9-test', 'ceph-quincy-bookworm-test'];
    const text = renderConfig(draftFromPresets(names, { thin: true }));
    expect(text.slice(text.indexOf('\nupgrades:'), text.indexOf('# The offline hosts')).trim()).toBe(
      [
        'upgrades:',
        '  - name: pve-8-to-9',
        '    stages:',
        '      # The newest Proxmox VE 8, on every host, before anything else.',
        '      - pve-8',
        '      # Ceph squid, while the hosts still have Proxmox VE 8: Proxmox VE 9 works with',
        '      # no older one.',
        '      - pve-8-squid',
        '      # The change to Proxmox VE 9, host by host, each with a reboot.',
        '      - pve-9',
        '      # Ceph tentacle, once all hosts have Proxmox VE 9.',
        '      - pve-9-tentacle',
      ].join('\n'),
    );
    expect(text.match(/#hosts:/g)).toHaveLength(1);
    expect(text.match(/# The hosts of the stages before count here too\./g)).toHaveLength(3);
  });

  it('keeps every setting of a mirror and a target, with text that YAML would take for something else', () => {
    const draft: ConfigDraft = {
      track: '1.10',
      mirrors: [
        {
          comments: [],
          settings: {
            id: '123',
            uri: 'https://[::1]:8080/a%20b,c/',
            suite: '1.10',
            components: awkward,
            architectures: ['arm64', 'i386'],
            types: ['deb', 'deb-src'],
            keyring: 'C: d',
            authFile: '#x',
            caFile: 'C: e',
            clientCertificate: './a b.pem',
            clientKey: '#y',
            checkValidUntil: false,
            skip: { packages: ['*-dbg', '[ab]?'], sections: awkward },
            include: { packages: ['linux-image-*', '7zip', 'lib{a,b}'] },
            versions: 'latest',
          },
        },
      ],
      targets: [
        {
          name: '9',
          products: ['pve', 'debian'],
          codename: '13',
          mirrors: ['123'],
          architectures: ['arm64'],
          notAutomatic: ['123'],
        },
      ],
    };
    expect(parseConfig(renderConfig(draft), 'f')).toEqual(valuesOf(draft));
  });

  it('shows defaults that change nothing when they are commented in', () => {
    const draft = draftFromPresets(['pve-9-enterprise', 'pbs-4-enterprise']);
    const commentedIn = renderConfig(draft)
      .replaceAll(/^#(?! )/gm, '')
      .replaceAll(/^# {2}(?=[a-z]\w+: )/gm, '  ');
    expect(commentedIn).toMatch(/^ {2}concurrency: 24$/m);
    expect(parseConfig(commentedIn, 'f')).toEqual(parseConfig(renderConfig(draft), 'f'));
  });

  it('shows an example of targets that is valid when it is commented in', () => {
    const draft = draftFromPresets(['pve-9-enterprise', 'debian-trixie']);
    const commentedIn = renderConfig(draft).replaceAll(/^#(?=targets:| {2}- name| {4}\w+:)/gm, '');
    expect(parseConfig(commentedIn, 'f').targets).toHaveLength(1);
  });

  it('stays within 100 columns of prose', () => {
    const draft = draftFromPresets(presets.map((preset) => preset.name));
    const long = renderConfig(draft)
      .split('\n')
      .filter((line) => line.trimStart().startsWith('#') && line.length > 100);
    expect(long).toEqual([]);
  });
});
