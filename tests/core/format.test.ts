import { expect, it } from 'vitest';
import { fitText } from '../../src/core/domain/text-width.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFields,
  formatTable,
} from '../../src/core/ui/format.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_230_000, '1.23 MB'],
  [4_294_966_784, '4.29 GB'],
])('shows %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [0.04, '0.0 s'],
  [9.94, '9.9 s'],
  [12.4, '12 s'],
  [59.7, '1 min 0 s'],
  [200, '3 min 20 s'],
  [7500, '2 h 5 min'],
  [172_799, '47 h 59 min'],
  [3_650_000, '42 days'],
])('shows %d seconds as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

it('counts nouns', () => {
  expect([0, 1, 2].map((count) => formatCount(count, 'file'))).toEqual(['0 files', '1 file', '2 files']);
});

it('lines columns up without blanks at the end of lines', () => {
  expect(
    formatTable(
      ['Name', 'Size'],
      [
        ['a', '1'],
        ['longer', ''],
      ],
    ),
  ).toBe('Name    Size\na       1\nlonger');
});

it('makes a block of each row on a terminal that is too narrow', () => {
  const text = formatTable(
    ['Name', 'URI', 'SUITE'],
    [
      ['a', 'http://x', 'stable'],
      ['b', '-', 'old'],
    ],
    { columns: 20 },
  );

  expect(text).toBe('a\n  URI: http://x\n  Suite: stable\nb\n  Suite: old');
});

it('leaves optional columns out first, and packs what fits on a line', () => {
  const head = ['KIND', 'NAME', 'RELEASE DATE', 'TITLE'];
  const rows = [['new', '日本語', '2026', 'a long title of it']];
  const short = [['new', '日本語', '2026', 'x']];

  expect(formatTable(head, rows, { columns: 40, optional: ['TITLE'] })).toBe(
    'KIND  NAME    RELEASE DATE\nnew   日本語  2026',
  );
  expect(formatTable(head, short, { columns: 32, lead: ['KIND', 'NAME'] })).toBe(
    'new  日本語\n  Release date: 2026  Title: x',
  );
  expect(formatTable(head, rows, { columns: 20, lead: ['NAME'] })).toBe(
    '日本語\n  Kind: new\n  Release date: 2026\n  Title: a long\n         title of it',
  );
});

it('lines the values of fields up', () => {
  expect(formatFields({ A: 1, Longer: 'x' })).toBe('A:      1\nLonger: x');
});

it.each([
  ['Error: one two three', 16, 'Error: one two\n       three'],
  ['  -> one two three', 14, '  -> one two\n     three'],
  ['  |   said by another', 14, '  |   said by\n  |   another'],
  ['  | 0123456789abcdef', 14, '  | 0123456789abcdef'],
  ['Digest:   0123456789abcdef', 20, 'Digest:\n  0123456789abcdef'],
  ['    Then compare: a b c d', 20, '    Then compare: a\n    b c d'],
  ['短い日本語の文章です。', 12, '短い日本語の\n文章です。'],
])('breaks %j at %i columns between words', (text, columns, shown) => {
  expect(fitText(text, columns)).toBe(shown);
});
