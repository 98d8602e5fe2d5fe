import { describe, expect, test } from 'vitest';
import type { PlannedChanges } from '../../src/apt/domain/apt-simulation.ts';
import type { MarkedPackage } from '../../src/apt/domain/host-lock.ts';
import { packageSet, type PackageSet } from '../../src/apt/domain/package-set.ts';
import {
  baselineGoal,
  checkAllowed,
  checkPlan,
  lockGoal,
  neededFlags,
} from '../../src/restore/domain/restore-plan.ts';

function item(name: string, version: string, marks: Partial<MarkedPackage> = {}): MarkedPackage {
  return { name, version, architecture: 'amd64', automatic: false, hold: false, ...marks };
}

const nativeArchitecture = 'amd64';
const set = (...packages: MarkedPackage[]) => packageSet(packages, nativeArchitecture);
const texts = (goal: PackageSet) => [...goal.values()].map(({ name, version }) => `${name} ${version}`);
const change = (name: string, from: string | null, to: string | null) => ({
  ...{ name, architecture: 'amd64', from, to },
});
const nothing: PlannedChanges = { install: [], upgrade: [], downgrade: [], remove: [] };
const candidates = [
  { name: 'a', architecture: 'amd64', version: '2', mirror: 'm' },
  { name: 'new', architecture: 'amd64', version: '1', mirror: 'm' },
];

describe('baselineGoal', () => {
  const found = set(item('a', '1', { hold: true }), item('vendor', '5'), item('gone', '1'));
  const foreign = set(item('vendor', '5'));

  test('takes candidates for what is there, keeps foreign packages and lets go what another baseline brought', () => {
    const goal = baselineGoal(found, candidates, { nativeArchitecture, foreign, removeForeign: false });

    expect([...goal.values()]).toEqual([item('a', '2', { hold: true }), item('vendor', '5')]);
  });

  test('lets foreign packages go where that is asked for', () => {
    const goal = baselineGoal(found, candidates, { nativeArchitecture, foreign, removeForeign: true });

    expect(texts(goal)).toEqual(['a 2']);
  });
});

describe('lockGoal', () => {
  const offered: Record<string, string[]> = { a: ['1', '2'], b: ['3'] };
  const offers = {
    knows: (key: string) => key in offered,
    has: (key: string, version: string) => offered[key]?.includes(version) ?? false,
  };
  const known = { nativeArchitecture, offers, foreign: set(item('vendor', '5')), removeForeign: false };

  test('is the lock, marks included, and the foreign packages that are there', () => {
    const found = set(item('a', '1'), item('b', '3'), item('vendor', '5'));
    const locked = set(item('a', '2', { automatic: true }), item('same', '7'));

    const { goal, unavailable } = lockGoal(set(...found.values(), item('same', '7')), locked, known);

    expect([...goal.values()]).toEqual([
      item('a', '2', { automatic: true }),
      item('same', '7'),
      item('vendor', '5'),
    ]);
    expect(unavailable).toEqual([]);
  });

  test('names what no baseline has, and keeps what is there of it', () => {
    const locked = set(item('lost', '1'), item('vendor', '6'));

    const { goal, unavailable } = lockGoal(set(item('vendor', '5')), locked, known);

    expect(unavailable).toEqual([
      { name: 'lost', architecture: 'amd64', version: '1', installed: null },
      { name: 'vendor', architecture: 'amd64', version: '6', installed: '5' },
    ]);
    expect(texts(goal)).toEqual(['vendor 5']);
  });

  test('refuses a lock of another baseline', () => {
    expect(() => lockGoal(set(), set(item('b', '4')), known)).toThrow(
      expect.objectContaining({
        code: 'integrity.missing',
        message: expect.stringContaining('b 4') as string,
      }),
    );
  });
});

describe('checkPlan', () => {
  const found = set(item('a', '1'), item('b', '1'));
  const goal = set(item('a', '2', { automatic: true }), item('b', '1'));

  test('accepts the plan that leads to the goal; the marks are set later', () => {
    const plan = { ...nothing, upgrade: [change('a', '1', '2')] };

    expect(() => checkPlan(plan, { found, goal, nativeArchitecture })).not.toThrow();
  });

  test.each<[string, Partial<PlannedChanges>]>([
    ['leaves something out', {}],
    ['removes more', { upgrade: [change('a', '1', '2')], remove: [change('b', '1', null)] }],
    ['installs more', { upgrade: [change('a', '1', '2')], install: [change('c', null, '1')] }],
  ])('refuses one that %s', (_, part) => {
    expect(() => checkPlan({ ...nothing, ...part }, { found, goal, nativeArchitecture })).toThrow(
      expect.objectContaining({ code: 'tool.plan' }),
    );
  });
});

describe('flags', () => {
  const foreign = set(item('vendor', '5'));
  const plan = {
    ...nothing,
    downgrade: [change('a', '2', '1')],
    remove: [change('b', '1', null), change('vendor', '5', null)],
  };
  const all = { allowDowngrades: true, allowRemovals: true, removeForeign: true };

  test('are those that the plan needs', () => {
    expect(neededFlags(nothing, { foreign, nativeArchitecture })).toEqual([]);
    expect(neededFlags(plan, { foreign, nativeArchitecture })).toEqual([
      'allow-downgrades',
      'allow-removals',
      'remove-foreign',
    ]);
  });

  test.each([
    ['allowDowngrades', 'refused.downgrade', '--allow-downgrades.'],
    ['allowRemovals', 'refused.removal', '--allow-removals.'],
    ['removeForeign', 'refused.removal', '--remove-foreign.'],
  ])('must all be given: without %s it is refused', (flag, code, hint) => {
    const needed = neededFlags(plan, { foreign, nativeArchitecture });

    expect(() => checkAllowed(plan, needed, all)).not.toThrow();
    expect(() => checkAllowed(plan, needed, { ...all, [flag]: false })).toThrow(
      expect.objectContaining({ code, hints: [expect.stringContaining(hint)] }),
    );
  });
});
