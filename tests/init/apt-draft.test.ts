import { describe, expect, it } from 'vitest';
import { parseAptSettings } from '../../src/init/domain/apt-settings.ts';
import { draftFromSources, type AptSetup } from '../../src/init/domain/apt-draft.ts';
import { parseSources } from '../../src/apt/domain/apt-sources.ts';

function setupOf(text: string, more: Partial<AptSetup> = {}): AptSetup {
  const entries = parseSources(text, { file: '/l', format: text.includes('URIs:') ? 'deb822' : 'one-line' });
  return {
    entries,
    trustedKeyrings: ['/t/a.asc', '/t/b.gpg'],
    logins: [],
    architectures: ['amd64'],
    mirrorLists: new Map(),
    codename: 'bookworm',
    products: [],
    settings: parseAptSettings(''),
    ...more,
  };
}

describe('draftFromSources', () => {
  it('makes a mirror for each URI and suite, with the keyring of its Signed-By', () => {
    const draft = draftFromSources(
      setupOf(`Types: deb deb-src
URIs: http://ftp.debian.org/debian/
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`),
    );
    expect(draft.warnings).toEqual([]);
    expect(draft.keyrings).toEqual([]);
    expect(draft.track).toBe('debian-bookworm');
    expect(draft.mirrors).toEqual([
      {
        comments: ['From /l, line 1.'],
        settings: {
          id: 'debian-bookworm',
          uri: 'http://ftp.debian.org/debian',
          suite: 'bookworm',
          components: ['main', 'contrib'],
          keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
        },
      },
      expect.objectContaining({
        settings: expect.objectContaining({ id: 'debian-bookworm-updates' }) as unknown,
      }),
    ]);
  });

  it('takes both forms of a local URI for one mirror, and leaves out what is no directory of this machine', () => {
    const draft = draftFromSources(
      setupOf(`deb [signed-by=/k.gpg] file:/srv/debian x main
deb [signed-by=/k.gpg] file:///srv/debian/ x contrib
deb [signed-by=/k.gpg] file://host/debian x main
`),
    );
    expect(draft.mirrors.map(({ settings }) => [settings.uri, settings.components])).toEqual([
      ['file:///srv/debian', ['main', 'contrib']],
    ]);
    expect(draft.warnings).toEqual([
      '/l, line 3: file://host/debian x left out, it does not name a directory of this machine.',
    ]);
  });

  it('puts entries together that are one mirror, and keeps apart what differs in key or architecture', () => {
    const draft = draftFromSources(
      setupOf(`deb [signed-by=/k.gpg] http://h.example/debian x main
deb [signed-by=/k.gpg] http://h.example/debian/ x contrib main
deb [signed-by=/other.gpg] http://h.example/debian x main
deb [signed-by=/k.gpg arch=arm64,i386] http://h.example/debian x main
deb-src http://h.example/debian x main
`),
    );
    expect(
      draft.mirrors.map(({ settings, comments }) => [
        settings.id,
        settings.components,
        settings.keyring,
        settings.architectures,
        comments,
      ]),
    ).toEqual([
      ['h-x', ['main', 'contrib'], '/k.gpg', undefined, ['From /l, line 1 and /l, line 2.']],
      ['h-x-2', ['main'], '/other.gpg', undefined, ['From /l, line 3.']],
      ['h-x-3', ['main'], '/k.gpg', ['arm64', 'i386'], ['From /l, line 4.']],
    ]);
    expect(draft.warnings).toEqual(['/l, line 5: left out, it is for source packages only.']);
  });

  it('takes all keys that apt trusts where there is no Signed-By, and says so', () => {
    const draft = draftFromSources(
      setupOf('deb http://h.example/debian x main\ndeb http://h.example/debian y main\n'),
    );
    expect(draft.mirrors.map((mirror) => mirror.settings.keyring)).toEqual([
      './keyrings/apt-trusted.gpg',
      './keyrings/apt-trusted.gpg',
    ]);
    expect(draft.keyrings).toEqual([
      { path: './keyrings/apt-trusted.gpg', from: 'files', files: ['/t/a.asc', '/t/b.gpg'] },
    ]);
    expect(draft.warnings).toEqual([expect.stringMatching(/^h-x, h-y: no Signed-By/)]);
  });

  it('writes a key that stands in the source, and several keyrings as one', () => {
    const draft = draftFromSources(
      setupOf(`Types: deb
URIs: http://h.example/debian
Suites: x
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 AAAA
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: http://h.example/debian
Suites: y
Components: main
Signed-By: /a.gpg /b.asc
`),
    );
    expect(draft.keyrings).toEqual([
      {
        path: './keyrings/h-x.asc',
        from: 'text',
        armored: expect.stringMatching(/^-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n/) as unknown,
      },
      { path: './keyrings/h-y.gpg', from: 'files', files: ['/a.gpg', '/b.asc'] },
    ]);
    expect(draft.mirrors.map((mirror) => mirror.settings.keyring)).toEqual([
      './keyrings/h-x.asc',
      './keyrings/h-y.gpg',
    ]);
  });

  it.each([
    ['a CD', 'deb cdrom:[Debian 12]/ bookworm main', 'a source of the kind "cdrom" cannot be mirrored'],
    [
      'a mirror list',
      'deb mirror+http://h.example/list x main',
      'a source of the kind "mirror+http" cannot be mirrored',
    ],
    [
      'a login with a blank',
      'deb https://user:geheim%20x@h.example/debian x main',
      'there is a login in its URI that apt_auth.conf(5) cannot hold',
    ],
    [
      'a fingerprint of a subkey alone',
      `deb [signed-by=${'A'.repeat(40)}!] http://h.example/debian x main`,
      'its Signed-By names a key other than by the fingerprint of a primary key',
    ],
    [
      'a file URI with a host',
      'deb file://host/debian x main',
      'it does not name a directory of this machine',
    ],
    [
      'a list of mirrors',
      'deb mirror+file:/etc/apt/m.list x main',
      'its list of mirrors, /etc/apt/m.list, names',
    ],
    [
      'a disabled entry',
      'Enabled: no\nTypes: deb\nURIs: http://h.example/debian\nSuites: x\nComponents: main\n',
      'it is disabled',
    ],
  ])('leaves out %s with a warning', (_what, text, reason) => {
    const draft = draftFromSources(setupOf(text));
    expect(draft.mirrors).toEqual([]);
    expect(draft.warnings).toEqual([expect.stringContaining(reason)]);
    expect(draft.warnings[0]).toMatch(/^\/l, line 1: /);
    expect(draft.warnings[0]).not.toContain('geheim');
  });

  it('takes over a login in the URI, the first of a list of mirrors, and keys named by fingerprint', () => {
    const fingerprint = 'A'.repeat(40);
    const draft = draftFromSources(
      setupOf(
        `deb [signed-by=/k.gpg] https://user:ge%2Fheim@h.example/debian x main
deb [signed-by=/k.gpg] mirror+file:/etc/apt/m.list y main
deb [signed-by=${fingerprint}] http://h.example/debian z main
deb [signed-by=/k.gpg,${fingerprint}] http://h.example/$(ARCH) $(ARCH)-z main
`,
        { mirrorLists: new Map([['/etc/apt/m.list', 'http://first.example/debian/']]) },
      ),
    );
    expect(draft.logins).toEqual([
      {
        path: './secrets/h-x-auth.conf',
        text: 'machine https://h.example/debian login user password ge/heim\n',
      },
    ]);
    expect(draft.mirrors.map(({ settings }) => [settings.uri, settings.suite, settings.authFile])).toEqual([
      ['https://h.example/debian', 'x', './secrets/h-x-auth.conf'],
      ['http://first.example/debian', 'y', undefined],
      ['http://h.example/debian', 'z', undefined],
      ['http://h.example/amd64', 'amd64-z', undefined],
    ]);
    expect(draft.keyrings).toEqual([
      {
        path: './keyrings/h-z.gpg',
        from: 'files',
        files: ['/t/a.asc', '/t/b.gpg'],
        fingerprints: [fingerprint],
      },
      { path: './keyrings/amd64-amd64-z.gpg', from: 'files', files: ['/k.gpg'], fingerprints: [fingerprint] },
    ]);
  });

  it.each([
    ['plain Debian', 'deb http://h.example/debian bookworm main', {}, 'debian-bookworm', ['debian']],
    ['a vendor alone', 'deb http://h.example/x nodistro main', {}, 'debian-bookworm', ['debian']],
    [
      'a release of its own',
      'deb http://h.example/x s main',
      { codename: 'forky' },
      'debian-forky',
      ['debian'],
    ],
    [
      'a repository of Proxmox',
      'deb http://h.example/debian/pve bookworm pve-no-subscription',
      {},
      'pve8',
      ['pve'],
    ],
    [
      'a product that is installed',
      'deb http://h.example/debian trixie main',
      { codename: 'trixie', products: ['pbs' as const] },
      'pbs4',
      ['pbs'],
    ],
  ])(
    'makes one target of all mirrors, for hosts like the machine: %s',
    (_what, text, more, name, products) => {
      const { targets, mirrors } = draftFromSources(
        setupOf(`${text}\ndeb http://v.example/ stable main\n`, more),
      );
      expect(targets).toEqual([
        {
          name,
          products,
          codename: 'bookworm',
          mirrors: mirrors.map(({ settings }) => settings.id),
          notAutomatic: [],
          ...('codename' in more ? { codename: more.codename } : {}),
        },
      ]);
    },
  );

  it('makes no target where the machine names no codename, and says what apt.conf prefers', () => {
    const settings = parseAptSettings('APT::Default-Release "stable";\n');
    const { targets, warnings } = draftFromSources(
      setupOf('deb [signed-by=/k.gpg] http://h.example/debian x main', { codename: '', settings }),
    );
    expect(targets).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('APT::Default-Release is "stable"')]);
  });

  it('warns of options that a config does not have', () => {
    const { warnings, mirrors } = draftFromSources(
      setupOf(
        'deb [signed-by=/k.gpg trusted=yes snapshot=20260101T000000Z lang=en] http://h.example/debian x main',
      ),
    );
    expect(mirrors).toHaveLength(1);
    expect(warnings).toEqual([
      '/l, line 1: it says "trusted=yes"; pommgr checks the signature all the same.',
      '/l, line 1: the option "snapshot" is passed over.',
    ]);
  });

  it.each([
    ['enterprise.proxmox.com', true],
    ['enterprise.proxmox.com/debian/pve', true],
    ['https://enterprise.proxmox.com/debian', true],
    ['enterprise.proxmox.com/debian/pv', false],
    ['enterprise.proxmox.com:8443', false],
    ['http://enterprise.proxmox.com', false],
    ['proxmox.com', false],
  ])('for a login of the machine %s takes it: %s', (machine, taken) => {
    const { mirrors } = draftFromSources(
      setupOf('deb [signed-by=/k.gpg] https://enterprise.proxmox.com/debian/pve trixie pve-enterprise', {
        logins: [{ machine, file: '/auth' }],
      }),
    );
    expect(mirrors[0]?.settings.authFile).toBe(taken ? '/auth' : undefined);
  });

  it('keeps that a source may be past its Valid-Until', () => {
    const { mirrors, warnings } = draftFromSources(
      setupOf(
        'deb [signed-by=/k.gpg check-valid-until=no] http://h.example/debian x main\ndeb [signed-by=/k.gpg check-valid-until=yes] http://h.example/debian y main\n',
      ),
    );
    expect(warnings).toEqual([]);
    expect(mirrors.map((mirror) => mirror.settings.checkValidUntil)).toEqual([false, undefined]);
  });

  it('names the track after the product of Proxmox', () => {
    const { track } = draftFromSources(
      setupOf(`deb [signed-by=/k.gpg] http://ftp.debian.org/debian trixie main
deb [signed-by=/k.gpg] http://download.proxmox.com/debian/pve trixie pve-no-subscription
deb [signed-by=/k.gpg] http://download.proxmox.com/debian/ceph-squid trixie no-subscription
deb [signed-by=/k.gpg] http://download.proxmox.com/debian/pbs trixie pbs-no-subscription
`),
    );
    expect(track).toBe('pve9-pbs4');
  });
});
