/** Where a host is on its way, from facts: the orders of four stages, interruptions at each point, and what is odd. */
import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/apt/domain/target.ts';
import { stagesOf } from '../../src/apt/domain/upgrade-way.ts';
import {
  admitStage,
  positionOf,
  type BehindPackage,
  type PositionFacts,
} from '../../src/upgrade/domain/position.ts';

const codenames: Record<string, string> = {
  'pve-8': 'bookworm',
  'pve-8-squid': 'bookworm',
  'pve-9': 'trixie',
  'pve-9-tentacle': 'trixie',
};
const names = Object.keys(codenames);
const targets = names.map((name) => ({ name, codename: codenames[name] }) as Target);
const stages = stagesOf({ name: 'way', stages: names }, targets);
const old: BehindPackage = { name: 'qemu-server', installed: '1', wanted: '2' };

/** A host on which so many stages are done. */
function factsAfter(done: number, changes: Partial<PositionFacts> = {}): PositionFacts {
  return {
    codename: done < 3 ? 'bookworm' : 'trixie',
    stages: stages.map((stage, index) => ({ stage, behind: index < done ? [] : [old] })),
    applied: names[done - 1] ?? null,
    unfinished: [],
    hasDpkgUpdates: false,
    hasUnmetDependencies: false,
    rebootDue: null,
    ...changes,
  };
}

function statesOf(facts: PositionFacts): string {
  return positionOf(facts)
    .stages.map(({ state }) => state)
    .join(' ');
}

function permutations(of: readonly string[]): string[][] {
  if (of.length <= 1) return [[...of]];
  return of.flatMap((first) =>
    permutations(of.filter((name) => name !== first)).map((rest) => [first, ...rest]),
  );
}

/** Does the stages in an order as far as they are admitted; returns what was refused. */
function attempt(order: readonly string[]): string | undefined {
  let done = 0;
  for (const name of order) {
    try {
      admitStage(positionOf(factsAfter(done)), name);
    } catch (error) {
      return (error as { code?: string }).code;
    }
    done += 1;
  }
  return undefined;
}

describe('the orders of four stages', () => {
  const orders = permutations(names);

  it('are 24', () => expect(new Set(orders.map((order) => order.join())).size).toBe(24));

  for (const order of orders) {
    const isRight = order.join() === names.join();
    it(`${isRight ? 'takes' : 'refuses'} ${order.join(', ')}`, () =>
      expect(attempt(order)).toBe(isRight ? undefined : 'refused.order'));
  }
});

describe('a position', () => {
  const rows: [what: string, facts: PositionFacts, states: string, current: string | null][] = [
    ['a new host', factsAfter(0), 'next later later later', 'pve-8'],
    ['the first stage switched to', factsAfter(0, { applied: 'pve-8' }), 'begun later later later', 'pve-8'],
    ['the first stage done', factsAfter(1), 'done next later later', 'pve-8-squid'],
    ['before the release', factsAfter(2), 'done done next later', 'pve-9'],
    ['the release switched to', factsAfter(2, { applied: 'pve-9' }), 'done done begun later', 'pve-9'],
    ['the release done', factsAfter(3), 'done done done next', 'pve-9-tentacle'],
    ['the whole way done', factsAfter(4), 'done done done done', null],
    [
      'base-files upgraded, and others not',
      factsAfter(2, { codename: 'trixie', applied: 'pve-9' }),
      'done done begun later',
      'pve-9',
    ],
    [
      'a package unpacked in the middle of the release',
      factsAfter(2, { applied: 'pve-9', unfinished: [{ name: 'libc6', status: 'unpacked' }] }),
      'done done begun later',
      'pve-9',
    ],
    [
      'everything upgraded, and a package half-configured',
      factsAfter(3, { unfinished: [{ name: 'pve-manager', status: 'half-configured' }] }),
      'done done begun later',
      'pve-9',
    ],
    ['an unfinished database', factsAfter(3, { hasDpkgUpdates: true }), 'done done begun later', 'pve-9'],
    [
      'a package without what it depends on',
      factsAfter(3, { hasUnmetDependencies: true }),
      'done done begun later',
      'pve-9',
    ],
    [
      'a stage with nothing to do',
      { ...factsAfter(1), stages: factsAfter(2).stages },
      'done done next later',
      'pve-9',
    ],
    [
      'newer packages for a stage that was done',
      factsAfter(3, { stages: factsAfter(0).stages }),
      'done done begun later',
      'pve-9',
    ],
    [
      'packages of the next release installed on the old one',
      factsAfter(4, { codename: 'bookworm', applied: 'pve-9' }),
      'done done begun later',
      'pve-9',
    ],
    [
      'another baseline applied, and dpkg interrupted',
      factsAfter(1, { applied: null, hasDpkgUpdates: true }),
      'next later later later',
      'pve-8',
    ],
  ];
  for (const [what, facts, states, current] of rows) {
    it(`of ${what}`, () => {
      expect(statesOf(facts)).toBe(states);
      expect(positionOf(facts).current?.target.name ?? null).toBe(current);
    });
  }

  it('tells whether dpkg has to be repaired', () => {
    expect(positionOf(factsAfter(1)).needsRepair).toBe(false);
    expect(positionOf(factsAfter(1, { hasDpkgUpdates: true })).needsRepair).toBe(true);
    const unfinished = [{ name: 'a', status: 'half-installed' }];
    expect(positionOf(factsAfter(1, { unfinished })).needsRepair).toBe(true);
  });
});

describe('a stage that is asked for', () => {
  const codeOf = (name: string, facts: PositionFacts): unknown => {
    try {
      return admitStage(positionOf(facts), name)?.target.name;
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };

  it('is the one in turn', () => {
    expect(admitStage(positionOf(factsAfter(2)))?.target.name).toBe('pve-9');
    expect(codeOf('pve-9', factsAfter(2))).toBe('pve-9');
    expect(admitStage(positionOf(factsAfter(4)))).toBeNull();
  });

  it('is refused where it is done, later, or none', () => {
    expect(codeOf('pve-8', factsAfter(2))).toBe('refused.order');
    expect(codeOf('pve-9-tentacle', factsAfter(2))).toBe('refused.order');
    expect(codeOf('pve-8', factsAfter(4))).toBe('refused.order');
    expect(codeOf('pve-10', factsAfter(2))).toBe('usage.stage');
  });

  it('is not left while it is begun', () => {
    const facts = factsAfter(2, { applied: 'pve-9' });
    expect(codeOf('pve-9', facts)).toBe('pve-9');
    expect(codeOf('pve-9-tentacle', facts)).toBe('refused.order');
    expect(codeOf('pve-8-squid', facts)).toBe('refused.order');
  });
});
