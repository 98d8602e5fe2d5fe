import { describe, expect, test } from 'vitest';
import { fileUri, parseSources, renderSources, type SourceStanza } from '../../src/apt/domain/apt-sources.ts';

const deb822 = (text: string) => parseSources(text, { file: 'x.sources', format: 'deb822' });
const oneLine = (text: string) => parseSources(text, { file: 'x.list', format: 'one-line' });

describe('parseSources, deb822', () => {
  test('reads stanzas with comments, several values and other options', () => {
    const text = [
      '# Debian',
      'Types: deb deb-src',
      '# a mirror',
      'URIs: http://deb.example/debian',
      ' http://other.example/debian',
      'Suites: trixie trixie-updates',
      'Components: main contrib',
      'architectures: amd64 i386',
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
      'Languages: en',
      'Trusted: no',
      '',
      'Enabled: no',
      'Types: deb',
      'URIs: file:/srv/flat',
      'Suites: ./',
      '',
    ].join('\n');

    expect(deb822(text)).toEqual([
      {
        file: 'x.sources',
        line: 2,
        types: ['deb', 'deb-src'],
        uris: ['http://deb.example/debian', 'http://other.example/debian'],
        suites: ['trixie', 'trixie-updates'],
        components: ['main', 'contrib'],
        architectures: ['amd64', 'i386'],
        signedBy: {
          kind: 'keyrings',
          paths: ['/usr/share/keyrings/debian-archive-keyring.gpg'],
          fingerprints: [],
        },
        enabled: true,
        trusted: false,
        otherOptions: new Map([['languages', 'en']]),
      },
      {
        file: 'x.sources',
        line: 13,
        types: ['deb'],
        uris: ['file:/srv/flat'],
        suites: ['./'],
        components: [],
        architectures: [],
        enabled: false,
        otherOptions: new Map(),
      },
    ]);
  });

  test('reads a key that stands in the file', () => {
    const text = [
      'Types: deb',
      'URIs: http://a.example/',
      'Suites: stable',
      'Components: main',
      'Signed-By:',
      ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
      ' .',
      ' mDMEYCQjIxYJKwYBBAHaRw8BAQdA',
      ' -----END PGP PUBLIC KEY BLOCK-----',
    ].join('\n');

    expect(deb822(text)[0]?.signedBy).toEqual({
      kind: 'key',
      armored:
        '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEYCQjIxYJKwYBBAHaRw8BAQdA\n-----END PGP PUBLIC KEY BLOCK-----\n',
    });
  });

  test.each([
    ['no URIs', 'Types: deb\nSuites: a\nComponents: main\n', 'x.sources, line 1: expected a field URIs'],
    ['no Suites', 'Types: deb\nURIs: http://a/\n', 'expected a field Suites'],
    ['a type that apt lacks', '\nTypes: rpm\nURIs: http://a/\nSuites: a\n', 'line 2: expected the type deb'],
    ['no field', 'deb http://a/ b main\n', 'x.sources, line 1'],
  ])('refuses %s', (_, text, message) => {
    expect(() => deb822(text)).toThrow(
      expect.objectContaining({ code: 'config.apt-sources', message: expect.stringContaining(message) }),
    );
  });
});

describe('parseSources, one-line', () => {
  test('reads lines with options, comments, quotes and brackets', () => {
    const text = [
      '# deb http://no.example/ trixie main',
      '',
      'deb http://a.example/debian trixie main contrib # the usual',
      'deb [ arch=amd64,i386 signed-by=/k/a.gpg,/k/b.gpg,ABCD! trusted=yes lang=none by-hash=no] http://b.example ./',
      'deb-src\t[arch-=armel] http://c.example/ bookworm/updates main',
      'deb "cdrom:[Debian GNU/Linux 12 #1]/" bookworm main',
    ].join('\n');

    expect(oneLine(text)).toEqual([
      entry(3, { uris: ['http://a.example/debian'], suites: ['trixie'], components: ['main', 'contrib'] }),
      entry(4, {
        uris: ['http://b.example'],
        suites: ['./'],
        architectures: ['amd64', 'i386'],
        signedBy: { kind: 'keyrings', paths: ['/k/a.gpg', '/k/b.gpg'], fingerprints: ['ABCD!'] },
        trusted: true,
        otherOptions: new Map([
          ['languages', 'none'],
          ['by-hash', 'no'],
        ]),
      }),
      entry(5, {
        types: ['deb-src'],
        uris: ['http://c.example/'],
        suites: ['bookworm/updates'],
        components: ['main'],
        otherOptions: new Map([['architectures-remove', 'armel']]),
      }),
      entry(6, {
        uris: ['cdrom:[Debian GNU/Linux 12 #1]/'],
        suites: ['bookworm'],
        components: ['main'],
      }),
    ]);
  });

  test.each([
    'deb http://a.example',
    'deb http://a.example trixie',
    'deb http://a.example ./ main',
    'deb nothing trixie main',
    'deb [arch] http://a.example trixie main',
    'rpm http://a.example trixie main',
    'Types: deb',
  ])('refuses %s', (line) => {
    expect(() => oneLine(`\n${line}`)).toThrow(
      expect.objectContaining({
        code: 'config.apt-sources',
        message: expect.stringContaining('x.list, line 2'),
      }),
    );
  });

  function entry(line: number, values: object) {
    const empty = {
      types: ['deb'],
      components: [],
      architectures: [],
      enabled: true,
      otherOptions: new Map(),
    };
    return { file: 'x.list', line, ...empty, ...values };
  }
});

describe('renderSources', () => {
  const stanza: SourceStanza = {
    types: ['deb'],
    uri: 'file:///var/lib/pommgr/baselines/prod-1/debian',
    suite: 'trixie',
    components: ['contrib', 'main'],
    architectures: ['amd64'],
    signedBy: '/var/lib/pommgr/baselines/prod-1/keyrings/debian.gpg',
    hasTranslations: true,
  };
  const baseline = { name: 'prod-1', digest: 'ab'.repeat(32) };

  test('writes a stanza for each mirror', () => {
    const text = renderSources({
      baseline,
      stanzas: [stanza, { ...stanza, types: ['deb', 'deb-src'], hasTranslations: false }],
    });

    expect(text).toBe(`# Written by pommgr, which replaces this file with each baseline. Do not edit it.
# Baseline: prod-1
# Digest:   sha256:${'ab'.repeat(32)}

Types: deb
URIs: file:///var/lib/pommgr/baselines/prod-1/debian
Suites: trixie
Components: contrib main
Architectures: amd64
Signed-By: /var/lib/pommgr/baselines/prod-1/keyrings/debian.gpg
Check-Valid-Until: no
By-Hash: no
Targets: Packages Translations
Languages: en

Types: deb deb-src
URIs: file:///var/lib/pommgr/baselines/prod-1/debian
Suites: trixie
Components: contrib main
Architectures: amd64
Signed-By: /var/lib/pommgr/baselines/prod-1/keyrings/debian.gpg
Check-Valid-Until: no
By-Hash: no
Targets: Packages Sources
Languages: none
`);
  });

  test('leaves out a mirror that has none of the architectures', () => {
    expect(renderSources({ baseline, stanzas: [{ ...stanza, architectures: [] }] })).not.toContain('Types');
  });

  test.each([' ', ',', ':', '\t'])('refuses a keyring path with %j in it', (character) => {
    const signedBy = `/a${character}b.gpg`;
    expect(() => renderSources({ baseline, stanzas: [{ ...stanza, signedBy }] })).toThrow(
      expect.objectContaining({ code: 'config.store' }),
    );
  });

  test('reads what it wrote', () => {
    const [entry] = deb822(renderSources({ baseline, stanzas: [stanza] }));
    expect(entry).toMatchObject({ uris: [stanza.uri] });
    expect(entry?.otherOptions.get('by-hash')).toBe('no');
  });
});

test.each([
  ['/var/lib/pommgr', 'file:///var/lib/pommgr'],
  ['/a b/c%41/ü', 'file:///a%20b/c%2541/%C3%BC'],
  ["/$(ARCH)#[x]+~'!*", 'file:///%24%28ARCH%29%23%5Bx%5D%2B%7E%27%21%2A'],
])('fileUri(%j)', (path, uri) => {
  expect(fileUri(path)).toBe(uri);
});
