import { describe, expect, test } from 'vitest';
import { createPackagesScanner, type IndexedFile } from '../../src/upstream/domain/packages-index.ts';

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
const expected = {
  name: 'eta',
  component: 'contrib',
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
    const text = `\n${write(stanza)}${write({ ...stanza, Package: 'theta', 'X-Name': 'Ünï' })}\n\n${write(stanza)}`;
    const names = scan(text.trimEnd(), pieceBytes).map(({ name }) => name);
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
    ['a field twice: the last counts', `Section: a\nVersion: 9\n${write(stanza)}`, expected],
    ['line ends of another system', write(stanza).replaceAll('\n', '\r\n'), expected],
    ['two carriage returns', write(stanza).replaceAll('\n', '\r\r\n'), expected],
    ['a continuation at the start', ` folded\n${write(stanza)}`, expected],
    ['a line of blanks within the stanza', write(stanza).replace('Version', ' \t\nVersion'), expected],
    ['a comment', `# comment:\n${write(stanza)}`, expected],
    [
      'a line without a colon before a field that is not wanted',
      `nonsense\nTag: x\n${write(stanza)}`,
      expected,
    ],
    ['blanks before the colon', write(stanza).replaceAll(': ', ' \t: '), expected],
    [
      'a name in capitals, which apt and dpkg read in lower case',
      write({ ...stanza, Package: 'ETA' }),
      expected,
    ],
    [
      'a Section of two words',
      write({ ...stanza, Section: 'System Environment/Base' }),
      withSection('System Environment/Base'),
    ],
    [
      'relations',
      write({
        ...stanza,
        Depends: 'a (>= 1), b:any | c (= 2:1~x-1) ,d,',
        Provides: 'x (= 1)',
        Breaks: '',
        Replaces: 'a\n , b',
      }),
      expected,
    ],
    ['an empty Source', write({ ...stanza, Source: '' }), withSource('eta')],
    [
      'an address for a Source',
      write({ ...stanza, Source: 'https://example.invalid/x.git' }),
      withSource('eta'),
    ],
    ['a Source with an odd version', write({ ...stanza, Source: 'theta  (0.9 rc)' }), withSource('theta')],
  ])('takes %s', (_, text, found) => {
    expect(scan(text)).toEqual([found]);
  });

  test.each([
    './pool/contrib/e/eta/eta_1.0-1+b1_amd64.deb',
    '/pool/contrib/e/eta/eta_1.0-1+b1_amd64.deb',
    'pool//contrib/e/./eta/eta_1.0-1+b1_amd64.deb',
  ])('takes the path %s for what it means', (upstreamPath) => {
    expect(scan(write({ ...stanza, Filename: upstreamPath }))).toEqual([{ ...expected, upstreamPath }]);
  });

  test('an empty Provides is what apt 2.6 refuses the index for', () => {
    expect(scan(write({ ...stanza, Provides: '' }))).toEqual([
      {
        ...expected,
        hostRefusal: {
          codename: 'bookworm',
          why: expect.stringMatching(/line 1, package eta: .*Provides is empty/),
        },
      },
    ]);
  });

  test('leaves out two stanzas with no empty line between them', () => {
    const both = `${write(stanza).trimEnd()}\n \n${write({ ...stanza, Package: 'theta' })}${write(stanza)}`;
    expect(scan(both)).toEqual([
      expect.objectContaining({ odd: expect.stringContaining('the field Package stands there twice') }),
      expected,
    ]);
  });

  test.each([
    ['no Version', { Version: undefined }, 'it has no Version'],
    ['no Architecture', { Architecture: undefined }, 'it has no Architecture'],
    ['no Filename', { Filename: undefined }, 'it has no Filename'],
    ['no Size', { Size: undefined }, 'it has no Size'],
    ['no SHA256', { SHA256: undefined }, 'it has no SHA256'],
    ['a name with a blank', { Package: 'a b' }, 'Package is "a b"'],
    ['a name with a slash', { Package: '../a' }, 'Package is "../a"'],
    ['a name that is an apt glob', { Package: '*' }, 'Package is "*"'],
    ['a name with an escape', { Package: 'a\u001b[31m' }, 'Package is "a\\u001b[31m"'],
    ['a folded name', { Package: 'eta\n theta' }, 'Package is "eta\\n theta"'],
    ['a version with an underscore', { Version: '1.0_beta3-1' }, 'Version is "1.0_beta3-1"'],
    ['a version with a blank', { Version: '1.0 2' }, 'Version is "1.0 2"'],
    ['a version with a slash', { Version: '1/2' }, 'Version is "1/2"'],
    ['a version with an empty revision', { Version: '1.0-' }, 'Version is "1.0-"'],
    ['a version without an upstream part', { Version: '1:-1' }, 'Version is "1:-1"'],
    ['a colon without an epoch', { Version: 'a:1' }, 'Version is "a:1"'],
    ['an architecture of another system', { Architecture: 'x86_64' }, 'Architecture is "x86_64"'],
    ['two architectures', { Architecture: 'amd64 i386' }, 'Architecture is "amd64 i386"'],
    ['a path with ..', { Filename: 'pool/../../etc/passwd' }, 'Filename is "pool/../../etc/passwd"'],
    ['a path of nothing', { Filename: './' }, 'Filename is "./"'],
    ['a negative size', { Size: '-1' }, 'Size is "-1"'],
    ['a size of nothing', { Size: '0' }, 'Size is "0"'],
    ['a size in hex', { Size: '0x10' }, 'Size is "0x10"'],
    ['a size beyond all numbers', { Size: '9007199254740993' }, 'Size is "9007199254740993"'],
    ['a digest in capitals', { SHA256: 'D'.repeat(64) }, `SHA256 is "${'D'.repeat(64)}"`],
    ['an MD5 digest', { SHA256: 'd'.repeat(32) }, `SHA256 is "${'d'.repeat(32)}"`],
    ['a SHA512 that no file can have', { SHA512: 'd'.repeat(64) }, `SHA512 is "${'d'.repeat(64)}"`],
  ])('leaves out the package alone for %s', (_, change, why) => {
    const [before, odd, after, ...others] = scan(
      write(stanza) + write({ ...stanza, ...change }) + write(stanza),
    );
    expect([before, after, others]).toEqual([expected, expected, []]);
    expect(odd).toEqual({
      name: 'Package' in change ? change.Package : 'eta',
      component: 'contrib',
      section: 'contrib/games',
      // The first stanza takes ten lines, the empty one behind it the eleventh.
      odd: expect.stringMatching(/ in contrib\/binary-amd64\/Packages, line 12: /),
    });
    expect(odd).toMatchObject({ odd: expect.stringContaining(why) });
  });

  test.each([
    [
      'no Package',
      write({ ...stanza, Package: undefined }),
      'line 12: expected the field Package, found none',
    ],
    [
      'an empty Package',
      write({ ...stanza, Package: '' }),
      'line 12: expected the field Package, found none',
    ],
    [
      'a dependency without its end',
      write({ ...stanza, Depends: 'libc6 (>= 2' }),
      'line 12: expected Depends to be a list of packages, found "libc6 (>= 2"',
    ],
    ['a dependency of nothing', write({ ...stanza, Recommends: 'a, , b' }), 'line 12: expected Recommends'],
    ['two words with no comma', write({ ...stanza, Provides: 'a b' }), 'line 12: expected Provides'],
    ['an end that is no field', 'nonsense\n', 'line 12: expected "Field: value", found "nonsense"'],
  ])('refuses the index, as apt does, for %s', (_, text, message) => {
    expect(() => scan(write(stanza) + text)).toThrow(
      `Mirror trixie: contrib/binary-amd64/Packages, ${message}`,
    );
    expect(() => scan(write(stanza) + text)).toThrow(
      expect.objectContaining({ code: 'integrity.index', exitCode: 5 }),
    );
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

function withSection(section: string) {
  return { ...expected, section };
}

function withSource(source: string) {
  return { ...expected, entry: { ...expected.entry, source } };
}

function write(fields: Record<string, string | undefined>): string {
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `${lines.map(([name, value]) => `${name}: ${value}\n`).join('')}\n`;
}

function scan(text: string, pieceBytes = 1 << 20): IndexedFile[] {
  const scanner = createPackagesScanner(source);
  const bytes = Buffer.from(text);
  const found: IndexedFile[] = [];
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    found.push(...scanner.push(bytes.subarray(start, start + pieceBytes)));
  }
  return [...found, ...scanner.end()];
}
