import { describe, expect, test } from 'vitest';
import { fieldOf, parseStanzas, wordsOf } from '../../src/apt/domain/deb822.ts';

const options = { file: 'debian.sources', comments: true };

describe('parseStanzas', () => {
  test('reads stanzas, folded values and comments', () => {
    const text = [
      '# Made by hand',
      '',
      'Types: deb deb-src',
      'URIs:   http://ftp.debian.org/debian ',
      '# a comment between fields',
      'Signed-By:',
      ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
      ' .',
      '#in the middle of a value',
      '\tmQINBF',
      '',
      '',
      'types: deb',
    ].join('\n');

    const stanzas = parseStanzas(text, options);

    expect(stanzas.map((stanza) => stanza.line)).toEqual([3, 13]);
    const [first, second] = stanzas as [(typeof stanzas)[0], (typeof stanzas)[0]];
    expect(wordsOf(first, 'types')).toEqual(['deb', 'deb-src']);
    expect(fieldOf(first, 'URIS')).toBe('http://ftp.debian.org/debian');
    expect(fieldOf(first, 'Signed-By')).toBe('\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n.\nmQINBF');
    expect(fieldOf(second, 'Types')).toBe('deb');
    expect(fieldOf(second, 'Suites')).toBeUndefined();
    expect(wordsOf(second, 'Suites')).toEqual([]);
  });

  test.each([
    ['no text', ''],
    ['empty lines', '\n\n\n'],
    ['comments', '# nothing\n'],
  ])('finds no stanza in %s', (_, text) => {
    expect(parseStanzas(text, options)).toEqual([]);
  });

  test.each([
    ['Types: deb\nnonsense\n', 'debian.sources, line 2: no "Field: value"; found "nonsense".'],
    ['Types: deb\n\n folded\n', 'line 3: a continuation line without a field before it'],
    ['Types: d\reb\n', 'line 1: a control character (U+000D)'],
    ['Types: \u001b[31m\n', 'line 1: a control character (U+001B)'],
    ['-Types: deb\n', 'line 1: no "Field: value"'],
    ['Two Words: deb\n', 'line 1: no "Field: value"'],
    [`${'x'.repeat(5000)}\n`, `found "${'x'.repeat(80)}…"`],
  ])('refuses %j', (text, message) => {
    expect(() => parseStanzas(text, options)).toThrow(message);
    expect(() => parseStanzas(text, options)).toThrow(expect.objectContaining({ code: 'config.deb822' }));
  });

  test.each([
    ['Types: deb\nTYPES: deb-src\n', 'line 2: the field TYPES a second time in one stanza'],
    ['Types: deb\r\n', 'line 1: a control character (U+000D)'],
  ])('takes %j in a file of apt alone', (text, message) => {
    expect(() => parseStanzas(text, { ...options, comments: false })).toThrow(message);
    expect(wordsOf(parseStanzas(text, options)[0]!, 'Types')).toHaveLength(1);
  });

  test('refuses a comment where there are none', () => {
    const parse = (): unknown =>
      parseStanzas('# hello\n', { file: 'Release', comments: false, code: 'integrity.release' });
    expect(parse).toThrow(expect.objectContaining({ code: 'integrity.release' }));
  });
});
