import { describe, expect, test } from 'vitest';
import { createStanzaCheck, type UnreadableStanza } from '../../src/pom/domain/pom-stanza.ts';
import { expectedDigest, shownOutput } from '../../src/pom/domain/pom-output.ts';

const good = [
  'Package: one',
  'Version: 1',
  'Priority: optional',
  'Architecture: amd64',
  'Maintainer: A <a@example.invalid>',
  'Description: x',
  ' more',
  'Filename: pool/one.deb',
  'Size: 1',
  'SHA256: 00',
];

function firstUnreadable(stanzas: readonly string[][]): UnreadableStanza | undefined {
  const check = createStanzaCheck();
  for (const line of stanzas.flatMap((stanza) => [...stanza, ''])) {
    const found = check.push(line);
    if (found !== undefined) return found;
  }
  return check.end();
}

describe('createStanzaCheck', () => {
  test.each([
    ['good ones', [good, good], undefined],
    ['no stanza', [], undefined],
    [
      'one without Description',
      [good, good.toSpliced(5, 2)],
      { line: 12, name: 'one', why: 'has no Description' },
    ],
    [
      'one without several fields',
      [['Package: two', 'Version: 1']],
      {
        line: 1,
        name: 'two',
        why: 'has no Priority and no Architecture and no Maintainer and no Description and no Filename and no Size',
      },
    ],
    [
      'a digest twice',
      [[...good, 'SHA512: 1', 'SHA512: 1']],
      { line: 1, name: 'one', why: 'has the field SHA512 twice' },
    ],
    ['a field twice that POM does not look at', [[...good, 'Tag: 1', 'Tag: 2']], undefined],
    [
      'a field that looks like one in a folded value',
      [[...good.slice(0, 6), ' Version: 2', ...good.slice(6)]],
      undefined,
    ],
  ])('finds the first that POM cannot read: %s', (_what, stanzas, expected) => {
    expect(firstUnreadable(stanzas)).toEqual(expected);
  });
});

describe('what POM says', () => {
  test('is shown without control characters, colours and secrets, and no question mark in their place', () => {
    const shown = shownOutput('\tskipping x\r\n\u001b[31mred\u001b[0m\u0007 http://u:p@h/ \u0085');
    expect(shown).toBe('    skipping x\nred http://***@h/ ');
  });

  test('names the digest that a file should have had', () => {
    const [found, expected] = ['a'.repeat(64), 'b'.repeat(128)];
    expect(expectedDigest(`Error: hash mismatch: ${found} != ${expected}`)).toBe(expected);
    expect(expectedDigest('Error: http status: 404')).toBeUndefined();
  });
});
