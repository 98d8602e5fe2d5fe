/** Which way of a baseline is for a host, and what a store keeps of it. */
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/apt/domain/host.ts';
import type { Target } from '../../src/apt/domain/target.ts';
import { heldTargets } from '../../src/host/workflows/choose-host-target.ts';
import { chooseWay, type WayWishes } from '../../src/upgrade/domain/way-choice.ts';

type Product = Host['products'][number];

function target(name: string, codename: string, ...products: Product[]): Target {
  return { name, codename, products, mirrors: ['m'], architectures: ['amd64'], notAutomatic: [] };
}

const targets = [
  ...[target('pve-8', 'bookworm', 'pve'), target('pve-9', 'trixie', 'pve')],
  ...[target('both-8', 'bookworm', 'pbs', 'pve'), target('both-9', 'trixie', 'pbs', 'pve')],
  ...[target('other-8', 'bookworm', 'pve'), target('other-9', 'trixie', 'pve')],
];
const pve = { name: 'pve', stages: ['pve-8', 'pve-9'] };
const both = { name: 'both', stages: ['both-8', 'both-9'] };
const other = { name: 'other', stages: ['other-8', 'other-9'] };

function wishes(changes: Partial<WayWishes> = {}, host: Partial<Host> = {}): WayWishes {
  return {
    host: {
      products: ['pve'],
      codename: 'bookworm',
      architecture: 'amd64',
      foreignArchitectures: [],
      ...host,
    },
    ...{ applied: null, targets, name: undefined, baseline: 'test-1', ...changes },
  };
}

function chosen(ways: Parameters<typeof chooseWay>[0], about: WayWishes): unknown {
  try {
    return chooseWay(ways, about).name;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

describe('the way of a host', () => {
  const rows: [what: string, ways: (typeof pve)[], about: WayWishes, expected: string][] = [
    ['is the only one', [pve], wishes(), 'pve'],
    ['stays when the host has the new release', [pve], wishes({}, { codename: 'trixie' }), 'pve'],
    ['is the one with its products', [pve, both], wishes({}, { products: ['pbs', 'pve'] }), 'both'],
    ['is the one with exactly its products', [both, pve], wishes(), 'pve'],
    ['is the one of the target that apt sees', [pve, other], wishes({ applied: 'other-8' }), 'other'],
    ['is the one that is asked for', [pve, other], wishes({ name: 'other' }), 'other'],
    ['is not guessed', [pve, other], wishes(), 'state.upgrade'],
    ['is none where there is none', [], wishes(), 'state.upgrade'],
    ['is none for another product', [pve], wishes({}, { products: ['pmg'] }), 'state.upgrade'],
    ['is none for another release', [pve], wishes({}, { codename: 'bullseye' }), 'state.upgrade'],
    ['is none for another architecture', [pve], wishes({}, { architecture: 'arm64' }), 'state.upgrade'],
    ['is none of another name', [pve], wishes({ name: 'x' }), 'state.upgrade'],
    [
      'is none where the bundle lacks a stage',
      [pve],
      wishes({ targets: targets.filter(({ name }) => name !== 'pve-9') }),
      'state.upgrade',
    ],
  ];
  for (const [what, ways, about, expected] of rows)
    it(what, () => expect(chosen(ways, about)).toBe(expected));
});

describe('what a store keeps', () => {
  const way = { name: 'way', stages: ['a', 'b', 'c'] };
  const rows: [name: string, held: string[]][] = [
    ['a', ['a', 'b', 'c']],
    ['b', ['b', 'c']],
    ['c', ['c']],
    ['x', ['x']],
  ];
  for (const [name, held] of rows)
    it(`of ${name}`, () =>
      expect(heldTargets({ upgrades: [way] }, target(name, 'trixie', 'pve'), false)).toEqual(held));

  it('is everything where that is asked for', () =>
    expect(heldTargets({ upgrades: [way] }, target('a', 'trixie', 'pve'), true)).toBeNull());
});
