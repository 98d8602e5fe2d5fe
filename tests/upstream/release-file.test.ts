import { describe, expect, test } from 'vitest';
import { hasArchitecture, hasComponent, parseRelease } from '../../src/upstream/domain/release-file.ts';

const digestA = 'a'.repeat(64);
const digestB = 'b'.repeat(64);
const lines = [
  'Origin: Debian',
  'Label: Debian-Security',
  'Suite: stable-security',
  'Version: 13',
  'Codename: trixie-security',
  'Date: Sat, 21 Nov 2026 00:53:03 UTC',
  'Valid-Until: Sat, 28 Nov 2026 00:53:03 UTC',
  'Acquire-By-Hash: yes',
  'No-Support-for-Architecture-all: Packages',
  'Architectures: all amd64 arm64',
  'Components: updates/main updates/contrib',
  'MD5Sum:',
  ' 3e498904a30e240573dac8ddac594e6f 10 main/binary-amd64/Packages',
  'SHA256:',
  ` ${digestA}        10 main/binary-amd64/Packages`,
  ` ${digestB} 7 main/binary-amd64/Packages.gz`,
];

describe('parseRelease', () => {
  test('reads what pommgr needs', () => {
    expect(parse(lines)).toEqual({
      origin: 'Debian',
      label: 'Debian-Security',
      suite: 'stable-security',
      codename: 'trixie-security',
      version: '13',
      date: '2026-11-21T00:53:03Z',
      validUntil: '2026-11-28T00:53:03Z',
      components: ['updates/main', 'updates/contrib'],
      architectures: ['all', 'amd64', 'arm64'],
      acquireByHash: true,
      notAutomatic: false,
      butAutomaticUpgrades: false,
      noSupportForArchitectureAll: true,
      files: new Map([
        [
          'main/binary-amd64/Packages',
          { sizeBytes: 10, sha256: digestA, md5: '3e498904a30e240573dac8ddac594e6f' },
        ],
        ['main/binary-amd64/Packages.gz', { sizeBytes: 7, sha256: digestB }],
      ]),
      unusable: new Map(),
    });
  });

  test('takes the SHA-512 of files along, with the size that stands there, as apt does', () => {
    const strong = [
      'SHA512:',
      ` ${'c'.repeat(128)} 7 main/binary-amd64/Packages.gz`,
      ` ${'d'.repeat(128)} 11 main/binary-amd64/Packages`,
      ` ${'e'.repeat(128)} 5 main/binary-i386/Packages`,
    ];
    const { files, unusable } = parse([...lines, ...strong]);
    expect([...files.values()].map(({ sha512, sizeBytes }) => [sizeBytes, sha512?.slice(0, 1)])).toEqual([
      [11, 'd'],
      [7, 'c'],
    ]);
    expect([...unusable]).toEqual([
      ['main/binary-i386/Packages', expect.stringMatching(/SHA512 and no SHA256/)],
    ]);
  });

  test.each(['SHA256', 'SHA512', 'SHA1', 'MD5Sum'])(
    'tells a %s digest in capitals, which apt calls a mismatch',
    (name) => {
      const digits = { SHA256: 64, SHA512: 128, SHA1: 40, MD5Sum: 32 }[name];
      const rows = name === 'SHA256' ? [] : ['SHA256:', ` ${digestA} 10 Packages`];
      const { unusable } = parse([...rows, `${name}:`, ` ${'A'.repeat(digits ?? 0)} 10 Packages`]);
      expect([...unusable]).toEqual([['Packages', expect.stringContaining('capital letters')]]);
    },
  );

  test('does with a SHA256 section alone', () => {
    const release = parse(['SHA256:']);
    expect(release).toMatchObject({
      origin: '',
      codename: '',
      date: null,
      components: [],
      architectures: [],
    });
    expect(release.acquireByHash || release.noSupportForArchitectureAll || 'validUntil' in release).toBe(
      false,
    );
    expect(hasComponent(release, 'any') && hasArchitecture(release, 'any')).toBe(true);
  });

  test.each([
    ['updates/main', true],
    ['main', true],
    ['other/main', true],
    ['updates', false],
    ['non-free', false],
  ])('says of the component %s: %s', (component, expected) => {
    expect(hasComponent(parse(lines), component)).toBe(expected);
  });

  test.each([
    ['NotAutomatic: yes', { notAutomatic: true, butAutomaticUpgrades: false }],
    ['NotAutomatic: Yes\nButAutomaticUpgrades: 1', { notAutomatic: true, butAutomaticUpgrades: true }],
    ['NotAutomatic: no', { notAutomatic: false, butAutomaticUpgrades: false }],
    ['No-Support-for-Architecture-all: Contents', { noSupportForArchitectureAll: false }],
  ])('%j', (line, expected) => {
    expect(parse([line, ...lines.slice(5)].filter(notAllField))).toMatchObject(expected);
  });

  test.each([
    ['Sat, 21 Nov 2026 00:53:03 GMT', '2026-11-21T00:53:03Z'],
    ['Sun,  1 Feb 2026 09:05:00 UTC', '2026-02-01T09:05:00Z'],
    ['Sun, 1 Feb 2026 9:05:00 +0000', '2026-02-01T09:05:00Z'],
    ['Thu, 29 Feb 2024 23:59:59 Z', '2024-02-29T23:59:59Z'],
    ['Sun, 31 Sep 2026 00:00:00 UTC', '2026-10-01T00:00:00Z'],
    ['Sun, 29 Feb 2026 00:00:00 UTC', '2026-03-01T00:00:00Z'],
    ['Fri, 2 Okt 2026 00:00:00 UTC', '2026-10-02T00:00:00Z'],
    ['Sun, 1 Xyz 2026 00:00:00 UTC', '2026-01-01T00:00:00Z'],
    ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37Z'],
    ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37Z'],
  ])('reads the date %j as apt does', (text, expected) => {
    expect(parse([`Date: ${text}`, 'SHA256:']).date).toBe(expected);
  });

  test.each([
    'Sat, 21 Nov 2026 00:53:03 +0200',
    'Sat, 21 Nov 2026 00:53:03 CEST',
    'Sat, 21 Nov 2026 00:53:03',
    'Sun, 1 Feb 2026 24:00:00 UTC',
    'Sun, 1 Feb 2026 00:60:00 UTC',
    'So, 1 Feb 2026 00:00:00 UTC',
    '2026-02-01T00:00:00Z',
    'yesterday',
    '',
  ])('finds no date in %j, as apt does', (text) => {
    expect(parse([`Date: ${text}`, 'SHA256:']).date).toBeNull();
  });

  test.each([
    ['a field twice: the last counts', [...lines, 'Suite: other'], { suite: 'other' }],
    ['carriage returns', lines.map((line) => `${line}\r`), { suite: 'stable-security' }],
    ['a second stanza', [...lines, '', 'Suite: other'], { suite: 'stable-security' }],
    ['a line that is no field', ['nonsense', ...lines], { origin: '', suite: 'stable-security' }],
  ])('takes %s', (_, text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });

  test.each([
    [' abc 1 main/x', 2],
    [` ${digestA} 99999999999999999 main/x`, 2],
    [` ${digestA.toUpperCase()} 1 main/x`, 2],
    [` ${digestB} 11 main/binary-amd64/Packages`, 2],
    [` ${digestA} 1 main/../../x`, 3],
  ])('with the line %j it knows %i files', (line, count) => {
    const { files } = parse([...lines, line]);
    expect(files.size).toBe(count);
    expect(files.get('main/binary-amd64/Packages')).toMatchObject({ sizeBytes: 10, sha256: digestA });
  });

  test.each([
    ['no SHA256 section', lines.slice(0, 13), 'expected a SHA256 section, found MD5Sum only'],
    ['no digests', lines.slice(0, 11), 'expected a SHA256 section, found no digests only'],
    ['no stanza', [], 'expected a stanza of "Field: value", found none'],
    ['no field', ['nonsense'], 'expected a stanza of "Field: value", found none'],
    ['half a line of digests', [...lines, ' abc 1'], 'expected lines of "digest size path"'],
    ['an odd Valid-Until', ['Valid-Until: yesterday', 'SHA256:'], 'found "yesterday"'],
  ])('refuses %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'integrity.release', exitCode: 5 }));
    expect(() => parse(text)).toThrow('InRelease of debian');
  });
});

function parse(text: string[]): ReturnType<typeof parseRelease> {
  return parseRelease(`${text.join('\n')}\n`, 'InRelease of debian');
}

function notAllField(line: string, index: number): boolean {
  return index === 0 || !line.startsWith('No-Support');
}
