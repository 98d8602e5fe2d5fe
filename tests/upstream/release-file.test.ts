import { describe, expect, test } from 'vitest';
import { parseRelease } from '../../src/upstream/domain/release-file.ts';

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
      components: ['updates/main', 'updates/contrib', 'main', 'contrib'],
      architectures: ['all', 'amd64', 'arm64'],
      acquireByHash: true,
      notAutomatic: false,
      butAutomaticUpgrades: false,
      noSupportForArchitectureAll: true,
      files: new Map([
        ['main/binary-amd64/Packages', { sizeBytes: 10, sha256: digestA }],
        ['main/binary-amd64/Packages.gz', { sizeBytes: 7, sha256: digestB }],
      ]),
    });
  });

  test('takes the SHA-512 of files of the same size along', () => {
    const strong = [
      'SHA512:',
      ` ${'c'.repeat(128)} 7 main/binary-amd64/Packages.gz`,
      ` ${'d'.repeat(128)} 11 main/binary-amd64/Packages`,
    ];
    const { files } = parse([...lines, ...strong]);
    expect([...files.values()].map(({ sha512 }) => sha512?.slice(0, 1))).toEqual([undefined, 'c']);
  });

  test('does with a date and a SHA256 section alone', () => {
    const release = parse(['Date: Thu, 1 Jan 1970 00:00:00 +0000', 'SHA256:']);
    expect(release).toMatchObject({ origin: '', codename: '', date: '1970-01-01T00:00:00Z', components: [] });
    expect(release.acquireByHash || release.noSupportForArchitectureAll || 'validUntil' in release).toBe(
      false,
    );
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
    ['Sun, 1 Feb 2026 9:05:00 UTC', '2026-02-01T09:05:00Z'],
    ['Thu, 29 Feb 2024 23:59:59 Z', '2024-02-29T23:59:59Z'],
  ])('takes %j for a date', (text, expected) => {
    expect(parse([`Date: ${text}`, 'SHA256:']).date).toBe(expected);
  });

  test.each([
    'Sat, 21 Nov 2026 00:53:03 +0200',
    'Sun, 31 Sep 2026 00:00:00 UTC',
    'Sun, 29 Feb 2026 00:00:00 UTC',
    'Sun, 1 Feb 2026 24:00:00 UTC',
    'Sun, 1 Feb 2026 00:60:00 UTC',
    'Sun, 1 Foo 2026 00:00:00 UTC',
    '2026-02-01T00:00:00Z',
    'yesterday',
  ])('refuses %j for a date', (text) => {
    expect(() => parse([`Date: ${text}`, 'SHA256:'])).toThrow(JSON.stringify(text));
  });

  test.each([
    ['no SHA256 section', lines.slice(0, 13), 'expected a SHA256 section, found none'],
    ['no Date', lines.filter((line) => !line.startsWith('Date')), 'expected a Date field, found none'],
    ['no stanza', [], 'expected one stanza, found 0'],
    ['two stanzas', [...lines, '', ...lines], 'expected one stanza, found 2'],
    ['a line that is no field', [...lines, 'nonsense'], 'line 17: no "Field: value"'],
    ['a short digest', [...lines, ' abc 1 main/x'], 'found "abc 1 main/x"'],
    ['a negative size', [...lines, ` ${digestA} -1 main/x`], 'expected "digest size path"'],
    [
      'a size beyond all numbers',
      [...lines, ` ${digestA} 99999999999999999 main/x`],
      'size of main/x is 99999999999999999',
    ],
    ['a path with ..', [...lines, ` ${digestA} 1 main/../../x`], 'without "..", found "main/../../x"'],
    ['an absolute path', [...lines, ` ${digestA} 1 /etc/passwd`], 'without "..", found "/etc/passwd"'],
    [
      'two digests of a path',
      [...lines, ` ${digestB} 10 main/binary-amd64/Packages`],
      'Packages is listed twice',
    ],
    [
      'two sizes of a path',
      [...lines, ` ${digestA} 11 main/binary-amd64/Packages`],
      'Packages is listed twice',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'integrity.release', exitCode: 5 }));
    expect(() => parse(text)).toThrow('InRelease of debian');
  });

  test('takes the same line twice', () => {
    expect(parse([...lines, lines.at(-1) as string]).files.size).toBe(2);
  });
});

function parse(text: string[]): ReturnType<typeof parseRelease> {
  return parseRelease(`${text.join('\n')}\n`, 'InRelease of debian');
}

function notAllField(line: string, index: number): boolean {
  return index === 0 || !line.startsWith('No-Support');
}
