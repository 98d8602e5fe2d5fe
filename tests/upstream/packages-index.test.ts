import { describe, expect, test } from 'vitest';
import { createPackagesScanner, type IndexedPackage } from '../../src/upstream/domain/packages-index.ts';

const source = { mirror: 'trixie', component: 'contrib', index: 'contrib/binary-amd64/Packages' };
const digest = 'c'.repeat(64);
const stanza = {
  Package: 'eta',
  Source: 'eta-src (1.0-1)',
  Version: '1:1.0-1+b1',
  Architecture: 'amd64',
  Description: 'first line\n second: line',
  Section: 'contrib/games',
  Filename: 'pool/contrib/e/eta/eta_1.0-1+b1_amd64.deb',
  Size: '15478892',
  SHA256: digest,
};
const expected: IndexedPackage = {
  entry: {
    mirror: 'trixie',
    component: 'contrib',
    name: 'eta',
    version: '1:1.0-1+b1',
    architecture: 'amd64',
    source: 'eta-src (1.0-1)',
    filename: 'pool/contrib/e/eta/eta_1.0-1+b1_amd64.deb',
    sizeBytes: 15_478_892,
    sha256: digest,
  },
  section: 'contrib/games',
  sha512: '',
};

describe('createPackagesScanner', () => {
  test('reads a stanza', () => {
    expect(scan(write(stanza))).toEqual([expected]);
  });

  test('reads the SHA-512 where there is one', () => {
    const sha512 = 'd'.repeat(128);
    expect(scan(write({ ...stanza, SHA512: sha512 }))).toEqual([{ ...expected, sha512 }]);
  });

  test.each([1, 2, 3, 7, 64, 1000, 1 << 16])('reads the same in pieces of %i bytes', (pieceBytes) => {
    const text = `\n\n${write(stanza)}${write({ ...stanza, Package: 'theta', 'X-Name': 'Ünï' })}\n\n${write(stanza)}`;
    const names = scan(text.trimEnd(), pieceBytes).map(({ entry }) => entry.name);
    expect(names).toEqual(['eta', 'theta', 'eta']);
    expect(scan(text, pieceBytes)).toEqual(scan(text));
  });

  test('gives back what is complete at once', () => {
    const scanner = createPackagesScanner(source);
    expect(scanner.push(Buffer.from(write(stanza) + write(stanza).slice(0, 50)))).toEqual([expected]);
    expect(scanner.push(Buffer.from(write(stanza).slice(50)))).toEqual([expected]);
    expect(scanner.end()).toEqual([]);
  });

  test.each([
    [
      'field names in another case',
      write(stanza).replace(/^[A-Za-z0-9]+:/gm, (name) => name.toUpperCase()),
      expected,
    ],
    ['no blank after the colon', write(stanza).replaceAll(': ', ':'), expected],
    [
      'no Source',
      write({ ...stanza, Source: undefined }),
      { ...expected, entry: { ...expected.entry, source: 'eta' } },
    ],
    ['no Section', write({ ...stanza, Section: undefined }), { ...expected, section: '' }],
  ])('takes %s', (_, text, found) => {
    expect(scan(text)).toEqual([found]);
  });

  test.each(['', '\n', '\n\n\n'])('finds nothing in %j', (text) => {
    expect(scan(text)).toEqual([]);
  });

  test.each([
    ['no Package', { Package: undefined }, 'expected the field Package, found none'],
    ['no Version', { Version: undefined }, 'expected the field Version, found none'],
    ['no Architecture', { Architecture: undefined }, 'expected the field Architecture, found none'],
    ['no Filename', { Filename: undefined }, 'expected the field Filename, found none'],
    ['no Size', { Size: undefined }, 'expected the field Size, found none'],
    ['no SHA256', { SHA256: undefined }, 'expected the field SHA256, found none'],
    ['an empty name', { Package: '' }, 'expected Package to be the name of a package, found ""'],
    ['a name with a blank', { Package: 'a b' }, 'found "a b"'],
    ['a name with a slash', { Package: '../a' }, 'found "../a"'],
    ['a name that is an apt glob', { Package: '*' }, 'found "*"'],
    ['a name with an escape', { Package: 'a\u001b[31m' }, 'found "a\\u001b[31m"'],
    ['a folded name', { Package: 'eta\n theta' }, 'found "eta\\n theta"'],
    ['a version with a blank', { Version: '1.0 2' }, 'expected Version to be the version of a package'],
    ['a version with a slash', { Version: '1/2' }, 'expected Version'],
    ['a version with an empty revision', { Version: '1.0-' }, 'expected Version'],
    ['a version without an upstream part', { Version: '1:-1' }, 'expected Version'],
    ['a colon without an epoch', { Version: 'a:1' }, 'expected Version'],
    ['an architecture with a blank', { Architecture: 'amd64 i386' }, 'expected Architecture'],
    ['a path with ..', { Filename: 'pool/../../etc/passwd' }, 'without "..", found "pool/../../etc/passwd"'],
    ['an absolute path', { Filename: '/etc/passwd' }, 'without "..", found "/etc/passwd"'],
    ['a path with a blank', { Filename: 'pool/a b.deb' }, 'expected Filename to be a path without blanks'],
    ['a negative size', { Size: '-1' }, 'expected Size to be a number of bytes, found "-1"'],
    ['a size in hex', { Size: '0x10' }, 'expected Size'],
    ['a size beyond all numbers', { Size: '9007199254740993' }, 'expected Size'],
    ['an MD5 digest', { SHA256: 'd'.repeat(32) }, 'expected SHA256 to be 64 lower-case hex digits'],
    ['a Section of two lines', { Section: 'a\n b' }, 'expected Section'],
  ])('refuses %s', (_, change, message) => {
    const text = write(stanza) + write({ ...stanza, ...change });
    expect(() => scan(text)).toThrow(message);
    // The first stanza takes ten lines, the empty one behind it the eleventh.
    expect(() => scan(text)).toThrow('Mirror trixie: contrib/binary-amd64/Packages, line 12: ');
    expect(() => scan(text)).toThrow(expect.objectContaining({ code: 'integrity.index', exitCode: 5 }));
  });

  test.each([
    [
      'a line without a colon',
      'Package: eta\nnonsense\n\n',
      'line 2: expected "Field: value", found "nonsense"',
    ],
    ['a continuation at the start', ' folded\nPackage: eta\n\n', 'line 1: a continuation line'],
    [
      'a field twice',
      `${write(stanza).trimEnd()}\npackage: other\n\n`,
      'line 11: the field Package a second time',
    ],
    [
      'line ends of another system',
      write(stanza).replaceAll('\n', '\r\n'),
      'line 11: expected "Field: value", found "\\r"',
    ],
    ['a comment', `# comment\n${write(stanza)}`, 'line 1: expected "Field: value"'],
  ])('refuses %s', (_, text, message) => {
    expect(() => scan(text)).toThrow(message);
  });

  test('refuses a stanza that does not end, before it is in memory whole', () => {
    const scanner = createPackagesScanner(source);
    const line = Buffer.from(`${'Tag: '.padEnd(65_535, 'x')}\n`);
    let pushedBytes = 0;
    const pushOn = (): void => {
      for (; pushedBytes < 1 << 26; pushedBytes += line.length) scanner.push(line);
    };
    expect(pushOn).toThrow('expected a stanza of at most 1048576 bytes');
    expect(pushedBytes).toBeLessThanOrEqual(1 << 20);
  });

  test('refuses a stanza of more than 1 MiB in one piece', () => {
    expect(() => scan(write({ ...stanza, Tag: 'x'.repeat(1 << 20) }))).toThrow('at most 1048576 bytes');
  });
});

function write(fields: Record<string, string | undefined>): string {
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `${lines.map(([name, value]) => `${name}: ${value}\n`).join('')}\n`;
}

function scan(text: string, pieceBytes = 1 << 20): IndexedPackage[] {
  const scanner = createPackagesScanner(source);
  const bytes = Buffer.from(text);
  const found: IndexedPackage[] = [];
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    found.push(...scanner.push(bytes.subarray(start, start + pieceBytes)));
  }
  return [...found, ...scanner.end()];
}
