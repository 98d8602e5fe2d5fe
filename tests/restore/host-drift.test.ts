import { describe, expect, test } from 'vitest';
import { hasDrift, hostDrift } from '../../src/restore/domain/host-drift.ts';

const amd64 = { nativeArchitecture: 'amd64' };
const item = (name: string, version: string, architecture = 'amd64') => ({ name, version, architecture });

describe('hostDrift', () => {
  test('tells behind, ahead, missing and foreign apart, sorted', () => {
    const installed = [
      item('zeta', '1.0~rc1'),
      item('alpha', '1:1.0'),
      item('own', '3'),
      item('added', '4'),
      item('same', '1.0-01'),
    ];
    const wanted = [
      item('alpha', '9.0'),
      item('zeta', '1.0'),
      item('same', '1.0-1'),
      item('lost', '2', 'all'),
    ];

    const drift = hostDrift(installed, wanted, {
      ...amd64,
      complete: true,
      isForeign: (key) => key === 'own',
    });

    expect(drift).toEqual({
      behind: [{ name: 'zeta', architecture: 'amd64', installed: '1.0~rc1', wanted: '1.0' }],
      ahead: [{ name: 'alpha', architecture: 'amd64', installed: '1:1.0', wanted: '9.0' }],
      missing: [{ name: 'lost', architecture: 'all', installed: null, wanted: '2' }],
      extra: [{ name: 'added', architecture: 'amd64', installed: '4', wanted: null }],
      foreign: [{ name: 'own', architecture: 'amd64', installed: '3', wanted: null }],
    });
    expect(hasDrift(drift, { strict: false })).toBe(true);
  });

  test('misses nothing where what is wanted need not be there', () => {
    const drift = hostDrift([item('a', '1')], [item('a', '1'), item('b', '1')], {
      ...amd64,
      complete: false,
    });

    expect(drift.missing).toEqual([]);
    expect(hasDrift(drift, { strict: true })).toBe(false);
  });

  test.each([
    ['missing', true, true],
    ['extra', true, true],
    ['foreign', false, true],
  ])('takes %s alone for drift: %s, with --strict: %s', (kind, usual, strict) => {
    const [installed, wanted] = kind === 'missing' ? [[], [item('a', '1')]] : [[item('a', '1')], []];
    const drift = hostDrift(installed, wanted, {
      ...amd64,
      complete: true,
      isForeign: () => kind === 'foreign',
    });

    expect(hasDrift(drift, { strict: false })).toBe(usual);
    expect(hasDrift(drift, { strict: true })).toBe(strict);
  });

  test('knows a package by its architecture, and takes "all" for the native one', () => {
    const installed = [item('lib', '1', 'i386'), item('doc', '1', 'all')];
    const wanted = [item('lib', '2'), item('doc', '2')];

    const drift = hostDrift(installed, wanted, { ...amd64, complete: false });

    expect(drift.behind.map(({ name }) => name)).toEqual(['doc']);
    expect(drift.foreign).toEqual([{ name: 'lib', architecture: 'i386', installed: '1', wanted: null }]);
  });
});
