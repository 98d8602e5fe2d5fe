import { describe, expect, test } from 'vitest';
import type { IndexedFile } from '../../src/upstream/domain/packages-index.ts';
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
    const listed = { name: '0ad', component: 'main', section: 'games' };
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
        ...listed,
        entry: { ...common, filename: 'pool/main/0/0ad/0ad_0.27.0-2.dsc', sizeBytes: 2568, sha256: digestA },
        sha512: '',
        md5: '41e498d3f318e9cc41f94806624b83c5',
      },
      {
        ...listed,
        entry: {
          ...common,
          filename: 'pool/main/0/0ad/0ad_0.27.0.orig.tar.xz',
          sizeBytes: 152_170_976,
          sha256: digestB,
        },
        sha512: '',
      },
    ]);
  });

  test('gives the SHA-512 of each file that has one', () => {
    const strong = ['Checksums-Sha512:', ` ${'c'.repeat(128)} 2568 0ad_0.27.0-2.dsc`];
    expect(
      scan([...lines.slice(0, -1), ...strong, '']).map((file) =>
        'sha512' in file ? file.sha512 : undefined,
      ),
    ).toEqual(['c'.repeat(128), '']);
  });

  test.each([
    ['a leading ./', /^Directory.*/, 'Directory: ./pool', 'pool/0ad_0.27.0-2.dsc'],
    ['no Directory', /^Directory.*/, 'X: y', '0ad_0.27.0-2.dsc'],
    ['the base itself', /^Directory.*/, 'Directory: .', '0ad_0.27.0-2.dsc'],
  ])('takes a Directory with %s', (_, pattern, replacement, filename) => {
    const [found] = scan(lines.map((line) => line.replace(pattern, replacement)));
    expect(found).toMatchObject({ entry: { filename } });
  });

  test.each([
    ['no Package', /^Package.*/, 'X: y', 'it has no Package'],
    ['no SHA-256 digests', /^Checksums-Sha256/, 'Checksums-Sha1', 'it has no Checksums-Sha256'],
    ['a directory with ..', /^Directory.*/, 'Directory: pool/../..', 'Checksums-Sha256 is'],
    ['a file that is ..', / 2568 0ad_0.27.0-2.dsc$/, ' 2568 ..', 'Checksums-Sha256 is'],
    ['a file with a slash', /^( a+) 2568.*/, '$1 2568 a/b.dsc', 'Checksums-Sha256 is'],
    ['a line of two words', /^( a+) 2568/, '$1', 'Checksums-Sha256 is'],
    ['a size that is none', /^( a+) 2568/, '$1 many', 'Checksums-Sha256 is'],
    ['a short digest', /^ aaa/, ' ', 'Checksums-Sha256 is'],
  ])('leaves out the package for %s', (_, pattern, replacement, why) => {
    const changed = lines.map((line) => line.replace(pattern, replacement));
    expect(changed).not.toEqual(lines);
    expect(scan([...changed, ...lines])).toEqual([
      expect.objectContaining({ odd: expect.stringContaining(why) }),
      ...scan(lines),
    ]);
  });
});

function scan(text: string[]): IndexedFile[] {
  const scanner = createSourcesScanner({ mirror: 'trixie', component: 'main', index: 'main/source/Sources' });
  return [...scanner.push(Buffer.from(`${text.join('\n')}\n`)), ...scanner.end()];
}
