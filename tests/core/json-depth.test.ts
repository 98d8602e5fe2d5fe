import { expect, it } from 'vitest';
import { isTooDeep } from '../../src/core/domain/json-depth.ts';

it.each([
  ['', false],
  ['['.repeat(64) + ']'.repeat(64), false],
  ['['.repeat(65), true],
  [`{"a":${'{"a":'.repeat(64)}1`, true],
  ['[],'.repeat(1000), false],
  [JSON.stringify({ a: '['.repeat(1000), b: `"${'{'.repeat(1000)}\\` }), false],
  [`"\\"${'['.repeat(1000)}`, false],
  [`"\\\\"${'['.repeat(1000)}`, true],
  ['"'.concat('a'.repeat(5_000_000)), false],
])('knows how deep JSON goes (case %#)', (text, expected) => {
  expect(isTooDeep(text)).toBe(expected);
});
