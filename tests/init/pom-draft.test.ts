import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/domain/config-document.ts';
import { renderConfig } from '../../src/init/domain/config-text.ts';
import { draftFromPom } from '../../src/init/domain/pom-draft.ts';
import { pomMirrorSchema } from '../../src/pom/domain/pom-mirrors.ts';

function pomMirror(id: string, more: Record<string, unknown> = {}) {
  return pomMirrorSchema.parse({
    id,
    repository: 'deb http://download.proxmox.com/debian/pve trixie pve-no-subscription',
    architectures: ['amd64', 'all'],
    'base-dir': '/srv/mirror',
    'key-path': '/usr/share/keyrings/proxmox-archive-keyring.gpg',
    ...more,
  });
}

test('takes over the mirrors, the base directory and the config of POM', () => {
  const { warnings, ...draft } = draftFromPom(
    [
      pomMirror('pve'),
      pomMirror('debian', {
        repository: 'deb http://user:pw@127.0.0.1/debian/ trixie main contrib',
        'skip-sections': ['games'],
        'ignore-errors': true,
      }),
      pomMirror('enterprise', {
        repository: 'deb https://enterprise.proxmox.com/debian/pbs trixie pbs-enterprise',
        'use-subscription': 'pbs',
      }),
    ],
    { configFile: '/etc/pom.cfg', binary: '/usr/bin/proxmox-offline-mirror' },
  );
  const text = renderConfig(draft);
  const config = parseConfig(text, 'pommgr.yaml');
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    engine: 'pom',
    pom: { configFile: '/etc/pom.cfg', binary: '/usr/bin/proxmox-offline-mirror' },
    baseDir: '/srv/mirror',
    mirrors: [
      {
        id: 'debian',
        uri: 'http://127.0.0.1/debian',
        components: ['contrib', 'main'],
        skip: { sections: ['games'] },
        authFile: './secrets/debian-auth.conf',
      },
      { id: 'enterprise', useSubscription: 'pbs' },
      { id: 'pve', components: ['pve-no-subscription'] },
    ],
  });
  expect(config.targets).toBeUndefined();
  expect(text).not.toContain('pw@');
  expect(text).toContain('allowIncomplete: true');
});

test('leaves out with a reason what a config cannot say', () => {
  const draft = draftFromPom(
    [
      pomMirror('one'),
      pomMirror('two'),
      pomMirror('flat', { repository: 'deb http://host/debian ./' }),
      pomMirror('garbage', { repository: 'garbage' }),
      pomMirror('glob', { 'skip-packages': ['a[lpha'] }),
      pomMirror('elsewhere', { 'base-dir': '/other' }),
    ],
    { configFile: '/etc/pom.cfg', binary: '/usr/bin/proxmox-offline-mirror' },
  );
  expect(draft.mirrors.map(({ settings }) => settings.id)).toEqual(['one', 'two']);
  expect(draft.warnings.map((warning) => warning.split(' ')[0])).toEqual([
    'elsewhere',
    'flat',
    'garbage',
    'glob',
  ]);
});

test('parts the releases by targets', () => {
  const vendor = pomMirror('vendor', { repository: 'deb http://host/vendor stable main' });
  const pgdg = pomMirror('pgdg', { repository: 'deb http://host/pgdg bookworm-pgdg main' });
  const bookworm = { repository: 'deb http://host/debian bookworm-security main' };
  const { targets } = draftFromPom([pomMirror('pve'), pomMirror('old', bookworm), vendor, pgdg], {
    configFile: '/etc/pom.cfg',
    binary: 'pom',
  });
  expect(targets).toEqual([
    { name: 'bookworm', products: ['debian'], codename: 'bookworm', mirrors: ['old', 'pgdg', 'vendor'] },
    { name: 'trixie', products: ['pve'], codename: 'trixie', mirrors: ['pve', 'vendor'] },
  ]);
});
