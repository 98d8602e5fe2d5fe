import { describe, expect, it } from 'vitest';
import { closestName } from '../../src/core/domain/closest-name.ts';

describe('closestName', () => {
  const names = ['keyring', 'authFile', 'uri', 'suite', 'components'];
  it.each([
    ['keyrng', 'keyring'],
    ['Keyring', 'keyring'],
    ['kyering', 'keyring'],
    ['authfile', 'authFile'],
    ['url', 'uri'],
    ['component', 'components'],
    ['compnoents', 'components'],
    ['wibble', undefined],
    ['', undefined],
    ['zzz', undefined],
  ])('finds for "%s" the name %s', (typed, expected) => {
    expect(closestName(typed, names)).toBe(expected);
  });

  it('takes the first of two that are equally near', () => {
    expect(closestName('pve-7-test', ['pve-8-test', 'pve-9-test'])).toBe('pve-8-test');
  });
});
