import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/domain/config-document.ts';
import { extraNameSchema, extrasSchema, mergeExtras } from '../../src/config/domain/extras.ts';

describe('the name of an extra', () => {
  test.each([
    'pve.iso',
    'debian-13-standard_13.1-1_amd64.tar.zst',
    'a',
    'README',
    'c++.txt',
    'console',
    'x'.repeat(128),
  ])('may be %s', (name) => expect(extraNameSchema.safeParse(name).success).toBe(true));

  test.each([
    '',
    '.',
    '..',
    '.hidden',
    'a.',
    'a/b',
    'a\\b',
    'a b',
    'a:b',
    '-rf',
    'ä',
    'a\n',
    'a\u001b',
    'CON',
    'nul.txt',
    'com1',
    'x'.repeat(129),
  ])('may not be %j', (name) => expect(extraNameSchema.safeParse(name).success).toBe(false));
});

const extra = (name: string, digit = 'a') => ({ name, sizeBytes: 1, sha256: digit.repeat(64) });

test.each([
  ['out of order', [extra('b'), extra('a')]],
  ['twice', [extra('a'), extra('a')]],
  ['one for FAT', [extra('A'), extra('a')]],
])('a bundle has no extras %s', (_, extras) => {
  expect(extrasSchema.safeParse(extras).success).toBe(false);
});

test('a later one of the same name takes the place of the earlier', () => {
  const merged = mergeExtras([extra('a'), extra('B')], [extra('b', 'c'), extra('0')]);
  expect(merged).toEqual([extra('0'), extra('a'), extra('b', 'c')]);
  expect(extrasSchema.safeParse(merged).success).toBe(true);
});

test('a config names each once, whatever the case', () => {
  const config = `schema: pommgr/config/v1
track: t
mirrors: [{ id: any, uri: "http://any", suite: any, components: [any], keyring: any }]
extras: [{ name: a, file: x }, { name: A, file: y }]
`;
  expect(() => parseConfig(config, 'pommgr.yaml')).toThrow(/"a" is taken already/);
});
