import { describe, expect, it } from 'vitest';
import { draftFromSources, type AptSetup } from '../../src/init/domain/apt-draft.ts';
import { parseSources } from '../../src/apt/domain/apt-sources.ts';

function setupOf(text: string, more: Partial<AptSetup> = {}): AptSetup {
  const entries = parseSources(text, { file: '/l', format: text.includes('URIs:') ? 'deb822' : 'one-line' });
  return {
    entries,
    trustedKeyrings: ['/t/a.asc', '/t/b.gpg'],
    logins: [],
    architectures: ['amd64'],
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
    ['a flat repository', 'deb http://h.example/debian ./', 'flat repositories are not supported'],
    ['a variable', 'deb http://h.example/$(ARCH) x main', 'it has a variable in it'],
    ['a login in the URI', 'deb https://user:geheim@h.example/debian x main', 'there is a login in its URI'],
    [
      'fingerprints',
      `deb [signed-by=${'A'.repeat(40)}] http://h.example/debian x main`,
      'its Signed-By names fingerprints',
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
