/** The setting `upgrades`: which orders of targets are a way, and what is said of those that are none. */
import { describe, expect, it } from 'vitest';
import { stageKind, stagesOf, upgradesField, wayOf } from '../../src/apt/domain/upgrade-way.ts';
import { parseConfig } from '../../src/config/domain/config-document.ts';
import type { Target } from '../../src/apt/domain/target.ts';

const known: Record<string, [product: string, codename: string]> = {
  'pve-8': ['pve', 'bookworm'],
  'pve-8-squid': ['pve', 'bookworm'],
  'pve-9': ['pve', 'trixie'],
  'pve-9-tentacle': ['pve', 'trixie'],
  'pve-10': ['pve', 'forky'],
  'pbs-4': ['pbs', 'trixie'],
  odd: ['pve', 'sid'],
};

function configWith(upgrades: unknown): string {
  return JSON.stringify({
    schema: 'pommgr/config/v1',
    track: 'site',
    mirrors: [{ id: 'debian', uri: 'http://x.example', suite: 's', components: ['main'], keyring: 'k' }],
    targets: Object.entries(known).map(([name, [product, codename]]) => ({
      ...{ name, products: [product], codename, mirrors: ['debian'] },
    })),
    ...(upgrades === undefined ? {} : { upgrades }),
  });
}

const way = (...stages: string[]): unknown => [{ name: 'way', stages }];

function problemsOf(upgrades: unknown): string[] {
  try {
    parseConfig(configWith(upgrades), 'F');
    return [];
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^ {2}F:\d+:\d+: /, ''));
  }
}

describe('upgrades', () => {
  const accepted = [
    way('pve-8', 'pve-9'),
    way('pve-8', 'pve-8-squid', 'pve-9', 'pve-9-tentacle'),
    way('pve-8', 'pve-9', 'pve-10'),
    way('pve-9', 'pve-9-tentacle'),
    [
      { name: 'a', stages: ['pve-8', 'pve-9'] },
      { name: 'b', stages: ['pve-8-squid', 'pve-9-tentacle'] },
    ],
    undefined,
  ];
  for (const upgrades of accepted)
    it(`takes ${JSON.stringify(upgrades)}`, () => expect(problemsOf(upgrades)).toEqual([]));

  const refused: [unknown, RegExp][] = [
    [way('pve-8'), /^upgrades\[0\]\.stages: expected a list with at least 2 entries/],
    [
      way('pve-8', 'pve-99'),
      /^upgrades\[0\]\.stages\[1\]: no target of this config has the name "pve-99": expected one of pve-8, /,
    ],
    [
      way('pve-9', 'pve-8'),
      /stages\[1\]: expected a target for trixie or forky, as the stage before is for trixie, found bookworm$/,
    ],
    [way('pve-8', 'pve-10'), /stages\[1\]: expected a target for bookworm or trixie, .* found forky$/],
    [way('odd', 'pve-9'), /stages\[1\]: expected a target for sid, .* found trixie$/],
    [
      way('pve-8', 'pbs-4'),
      /stages\[1\]: expected the products of the stage before \(pve-8: pve\), found pbs$/,
    ],
    [way('pve-8', 'pve-8'), /stages\[1\]: the target "pve-8" is a stage of "way" already/],
    [
      [
        { name: 'a', stages: ['pve-8', 'pve-9'] },
        { name: 'b', stages: ['pve-8-squid', 'pve-9'] },
      ],
      /^upgrades\[1\]\.stages\[1\]: the target "pve-9" is a stage of "a" already/,
    ],
    [
      [
        { name: 'a', stages: ['pve-8', 'pve-9'] },
        { name: 'a', stages: ['pve-8-squid', 'pve-9-tentacle'] },
      ],
      /^upgrades\[1\]\.name: "a" is taken already/,
    ],
    [
      [{ name: 'a', stages: ['pve-8', 'pve-9'], skip: true }],
      /^upgrades\[0\]\.skip: there is no such setting/,
    ],
    [[{ name: 'A B', stages: ['pve-8', 'pve-9'] }], /^upgrades\[0\]\.name: expected lower-case/],
  ];
  for (const [upgrades, expected] of refused) {
    it(`refuses ${JSON.stringify(upgrades)}`, () => {
      const problems = problemsOf(upgrades);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(expected);
    });
  }
});

describe('a way', () => {
  const targets = Object.entries(known).map(([name, [, codename]]) => ({ name, codename }) as Target);
  const ways = [{ name: 'way', stages: ['pve-8', 'pve-8-squid', 'pve-9', 'pve-9-tentacle'] }];

  it('has stages in order, each of a kind', () => {
    const stages = ways.flatMap((one) => stagesOf(one, targets));
    expect(stages.map(({ number, kind, target }) => `${number} ${kind} ${target.name}`)).toEqual([
      '1 last pve-8',
      '2 ceph pve-8-squid',
      '3 release pve-9',
      '4 ceph pve-9-tentacle',
    ]);
    expect(stageKind(undefined, { codename: 'trixie' })).toBe('last');
  });

  it('is found by its targets, and is absent from a baseline without one', () => {
    expect(wayOf('pve-9', ways)?.name).toBe('way');
    expect(wayOf('pbs-4', ways)).toBeUndefined();
    expect(wayOf('pve-9', undefined)).toBeUndefined();
    expect(upgradesField([])).toEqual({});
    expect(upgradesField(ways)).toEqual({ upgrades: ways });
  });
});
