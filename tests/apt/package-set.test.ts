import { describe, expect, test } from 'vitest';
import type { PlannedChanges } from '../../src/apt/domain/apt-simulation.ts';
import type { MarkedPackage } from '../../src/apt/domain/host-lock.ts';
import {
  afterPlan,
  differencesOf,
  heldChanges,
  installArguments,
  packageSet,
} from '../../src/apt/domain/package-set.ts';

function item(name: string, version: string, marks: Partial<MarkedPackage> = {}): MarkedPackage {
  return { name, version, architecture: 'amd64', automatic: false, hold: false, ...marks };
}

const set = (...packages: MarkedPackage[]) => packageSet(packages, 'amd64');
const nothing: PlannedChanges = { install: [], upgrade: [], downgrade: [], remove: [] };
const change = (name: string, from: string | null, to: string | null) => ({
  ...{ name, architecture: 'amd64', from, to },
});

describe('differencesOf', () => {
  test('finds none between equal sets, whatever their order', () => {
    expect(differencesOf(set(item('a', '1'), item('b', '2')), set(item('b', '2'), item('a', '1')))).toEqual(
      [],
    );
  });

  test('names what is missing, too much, of another version, and of other marks', () => {
    const wanted = set(item('a', '1'), item('c', '1', { hold: true }), item('d', '2', { automatic: true }));
    const found = set(item('b', '1'), item('c', '1', { automatic: true }), item('d', '1'));

    expect(differencesOf(wanted, found)).toEqual([
      { package: 'a', kind: 'version', expected: '1', found: null },
      { package: 'b', kind: 'version', expected: null, found: '1' },
      { package: 'c', kind: 'automatic', expected: 'no', found: 'yes' },
      { package: 'c', kind: 'hold', expected: 'yes', found: 'no' },
      { package: 'd', kind: 'version', expected: '2', found: '1' },
    ]);
  });
});

test('installArguments names versions, foreign architectures and removals, and nothing that is right', () => {
  const wanted = set(item('a', '1'), item('g++', '2:1~rc1'), item('lib', '2', { architecture: 'i386' }));
  const found = set(item('a', '1'), item('lib', '1', { architecture: 'i386' }), item('old++', '1'));

  expect(installArguments(wanted, found)).toEqual(['g++=2:1~rc1', 'lib:i386=2', 'old++-']);
});

test('afterPlan keeps the marks of what was there, and marks what apt adds as automatic', () => {
  const found = set(item('a', '1', { hold: true }), item('b', '1'), item('c', '2'));
  const plan = {
    jumps: [],
    install: [change('n', null, '1')],
    upgrade: [change('a', '1', '2')],
    downgrade: [change('c', '2', '1')],
    remove: [change('b', '1', null)],
  };

  expect([...afterPlan(found, plan, 'amd64').values()]).toEqual([
    item('a', '2', { hold: true }),
    item('c', '1'),
    item('n', '1', { automatic: true }),
  ]);
});

test('heldChanges names what is held and changed', () => {
  const found = set(item('a', '1', { hold: true }), item('b', '1', { hold: true }), item('c', '1'));
  const plan = { ...nothing, upgrade: [change('c', '1', '2')], remove: [change('b', '1', null)] };

  expect(heldChanges(found, plan, 'amd64')).toEqual(['b']);
});
