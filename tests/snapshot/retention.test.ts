import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../src/baseline/domain/baseline.ts';
import { beyondRetention, planRemoval, unusedSnapshots } from '../../src/snapshot/domain/retention.ts';

/** `one('a-1', 'm/t1', …)` */
function one(name: string, ...snapshots: string[]): Baseline {
  const [, track = '', sequence = ''] = /^(.+)-(\d+)$/.exec(name) ?? [];
  const records = snapshots.map((text) => {
    const [mirror, snapshot] = text.split('/');
    return { mirror, snapshot };
  });
  return { name, track, sequence: Number(sequence), snapshots: records } as unknown as Baseline;
}

const all = [
  one('a-1', 'm/t1', 'n/t1'),
  one('a-2', 'm/t2', 'n/t1'),
  one('a-3', 'm/t3', 'n/t3'),
  one('b-1', 'm/t3', 'n/t1'),
  one('b-2', 'm/t2'),
];
const strict = { allowNewest: false };

describe('removal of baselines', () => {
  it.each([
    { names: ['a-1'], snapshots: ['m/t1'] },
    { names: ['a-1', 'a-2'], snapshots: ['m/t1'] },
    { names: ['a-2', 'a-1', 'b-1'], snapshots: ['m/t1', 'n/t1'] },
    { names: [], snapshots: [] },
  ])('of $names takes $snapshots along', ({ names, snapshots }) => {
    const plan = planRemoval(all, names, strict);
    expect(plan.snapshots.map(({ mirror, snapshot }) => `${mirror}/${snapshot}`)).toEqual(snapshots);
    expect(plan.baselines.map(({ name }) => name)).toEqual(names.toSorted());
  });

  it('names a snapshot once that two of them use', () => {
    expect(unusedSnapshots([one('a-1', 'm/t1'), one('a-2', 'm/t1')], [])).toEqual([
      { mirror: 'm', snapshot: 't1' },
    ]);
  });

  it.each(['a-3', 'b-2'])('refuses the newest of a track, %s, unless told', (name) => {
    expect(() => planRemoval(all, ['a-1', name], strict)).toThrow(
      expect.objectContaining({
        code: 'refused.newest',
        details: expect.objectContaining({ name }) as unknown,
      }),
    );
    expect(planRemoval(all, [name], { allowNewest: true }).baselines).toHaveLength(1);
  });

  it('refuses a name that is not there', () => {
    expect(() => planRemoval(all, ['a-4'], strict)).toThrow(
      expect.objectContaining({ code: 'config.baseline' }),
    );
  });
});

describe('retention', () => {
  it.each([
    { track: 'a', keep: 1, names: ['a-1', 'a-2'] },
    { track: 'a', keep: 2, names: ['a-1'] },
    { track: 'a', keep: 3, names: [] },
    { track: 'a', keep: 9, names: [] },
    { track: 'c', keep: 1, names: [] },
  ])('of $keep in $track leaves $names over', ({ track, keep, names }) => {
    expect(beyondRetention(all, track, keep)).toEqual(names);
  });
});
