import { namedOf } from '../../src/core/domain/named.ts';
import { describe, expect, test } from 'vitest';
import { planStoreGc, stateAfterRemoval } from '../../src/store/domain/store-gc.ts';
import { emptyStoreState, type Former, type StoreState } from '../../src/store/domain/store-state.ts';

const digest = 'a'.repeat(64);

function former(baseline: string): Former {
  const since = '2025-06-01T00:00:00Z';
  return { baseline, digest, track: 'a', sequence: Number(baseline.split('-').at(-1)), target: 't', since };
}

const names = ['a-1', 'a-10', 'a-2', 'a-9', 'b-c-1', 'b-c-2'];
const state: StoreState = {
  ...emptyStoreState,
  applied: { ...former('a-2'), number: 7 },
  history: [former('a-10'), former('a-1')],
  known: namedOf(names.map((name) => [name, digest] as const)),
  remotes: namedOf([['a-9', 'http://store']]),
};
const plain = { state, keep: 1, restoring: undefined, named: [] };

describe('planStoreGc', () => {
  test('keeps what the host needs, and the newest of each track by number', () => {
    expect(planStoreGc(names, plain)).toEqual({
      kept: [
        { name: 'a-1', why: 'rollback' },
        { name: 'a-10', why: 'newest' },
        { name: 'a-2', why: 'applied' },
        { name: 'b-c-2', why: 'newest' },
      ],
      removed: ['a-9', 'b-c-1'],
    });
    expect(planStoreGc(names, { ...plain, keep: 2 }).removed).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['pins', { state: { ...state, pins: { scope: 'all', baseline: 'a-9' } } }, 'pins'],
    ['an interrupted restore', { restoring: 'a-9' }, 'restore'],
    ['the operator', { named: ['a-9'] }, 'named'],
  ])('keeps what is of %s', (_, change, why) => {
    const plan = planStoreGc(names, { ...plain, ...change });
    expect(plan.kept).toContainEqual({ name: 'a-9', why });
    expect(plan.removed).toEqual(['b-c-1']);
  });

  test('with nothing applied keeps the newest', () => {
    const plan = planStoreGc(names, { ...plain, state: emptyStoreState });
    expect(plan.kept.map(({ name }) => name)).toEqual(['a-10', 'b-c-2']);
  });
});

test('what is removed stays known, and nothing leads to it', () => {
  const after = stateAfterRemoval(state, ['a-9', 'a-10']);
  expect(after).toMatchObject({ known: state.known, removed: ['a-10', 'a-9'], remotes: namedOf([]) });
  expect(after.history.map(({ baseline }) => baseline)).toEqual(['a-1']);
});
