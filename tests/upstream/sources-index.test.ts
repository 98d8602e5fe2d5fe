import { describe, expect, test } from 'vitest';
import type { IndexedPackage } from '../../src/upstream/domain/packages-index.ts';
import { createSourcesScanner } from '../../src/upstream/domain/sources-index.ts';

const digestA = 'a'.repeat(64);
const digestB = 'b'.repeat(64);
const lines = [
  'Package: 0ad',
  'Binary: 0ad',
  'Version: 0.27.0-2',
  'Architecture: amd64 arm64',
  'Files:',
  ' 41e498d3f318e9cc41f94806624b83c5 2568 0ad_0.27.0-2.dsc',
  'Checksums-Sha256: ',
  ` ${digestA} 2568 0ad_0.27.0-2.dsc`,
  ` ${digestB} 152170976 0ad_0.27.0.orig.tar.xz`,
  'Directory: pool/main/0/0ad',
  'Section: games',
  '',
];

describe('createSourcesScanner', () => {
  test('gives an entry for each file', () => {
    const common = {
      mirror: 'trixie',
      component: 'main',
      name: '0ad',
      version: '0.27.0-2',
      architecture: 'source',
      source: '0ad',
    };
    expect(scan(lines)).toEqual([
      {
        entry: { ...common, filename: 'pool/main/0/0ad/0ad_0.27.0-2.dsc', sizeBytes: 2568, sha256: digestA },
        section: 'games',
        sha512: '',
      },
      {
        entry: {
          ...common,
          filename: 'pool/main/0/0ad/0ad_0.27.0.orig.tar.xz',
          sizeBytes: 152_170_976,
          sha256: digestB,
        },
        section: 'games',
        sha512: '',
      },
    ]);
  });

  test('gives the SHA-512 of each file that has one', () => {
    const strong = ['Checksums-Sha512:', ` ${'c'.repeat(128)} 2568 0ad_0.27.0-2.dsc`];
    expect(scan([...lines.slice(0, -1), ...strong, '']).map(({ sha512 }) => sha512)).toEqual([
      'c'.repeat(128),
      '',
    ]);
  });

  test.each([
    ['no Package', /^Package.*/, 'X: y', 'expected the field Package'],
    ['no Directory', /^Directory.*/, 'X: y', 'expected the field Directory'],
    ['no SHA-256 digests', /^Checksums-Sha256/, 'Checksums-Sha1', 'expected the field Checksums-Sha256'],
    ['a directory with ..', /^Directory.*/, 'Directory: pool/../..', 'found "pool/../../0ad_0.27.0-2.dsc"'],
    ['an absolute directory', /^Directory.*/, 'Directory: /pool', 'found "/pool/0ad_0.27.0-2.dsc"'],
    ['a file that is ..', / 2568 0ad_0.27.0-2.dsc$/, ' 2568 ..', 'found "pool/main/0/0ad/.."'],
    ['a file with a slash', /^( a+) 2568.*/, '$1 2568 a/b.dsc', 'lines of "digest size name"'],
    ['a line of two words', /^( a+) 2568/, '$1', 'lines of "digest size name"'],
    ['a size that is none', /^( a+) 2568/, '$1 many', 'lines of "digest size name"'],
    ['a short digest', /^ aaa/, ' ', 'lines of "digest size name"'],
  ])('refuses %s', (_, pattern, replacement, message) => {
    const changed = lines.map((line) => line.replace(pattern, replacement));
    expect(changed).not.toEqual(lines);
    expect(() => scan(changed)).toThrow(message);
    expect(() => scan(changed)).toThrow(expect.objectContaining({ code: 'integrity.index' }));
  });
});

function scan(text: string[]): IndexedPackage[] {
  const scanner = createSourcesScanner({ mirror: 'trixie', component: 'main', index: 'main/source/Sources' });
  return [...scanner.push(Buffer.from(`${text.join('\n')}\n`)), ...scanner.end()];
}
