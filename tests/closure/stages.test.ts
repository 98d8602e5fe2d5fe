/** The stages of a way: where each host starts, what a stage leaves, what the next one takes, what stands against it. */
import { describe, expect, it } from 'vitest';
import type { Inventory, InventoryPackage, PackageRelations } from '../../src/apt/domain/inventory.ts';
import type { Target } from '../../src/apt/domain/target.ts';
import { emptyPlan, type AptPlan } from '../../src/closure/domain/apt-plan.ts';
import { selectPackages } from '../../src/closure/domain/closure-jobs.ts';
import {
  inventoryAfter,
  inventoryAfterPlan,
  parsePlanLine,
} from '../../src/closure/domain/host-inventory.ts';
import { createOffers, offerKey, type Offers } from '../../src/closure/domain/offers.ts';
import { hindranceText, stageHindrances } from '../../src/closure/domain/stage-hindrances.ts';
import { stageLocks } from '../../src/closure/domain/staged-locks.ts';
import { closureConfigSchema } from '../../src/config/domain/closure-settings.ts';

type Item = [name: string, version: string, more?: Partial<InventoryPackage>];

function inventoryOf(items: readonly Item[], codename = 'bookworm'): Inventory {
  return {
    ...{ schema: 'pommgr/host-lock/v2', created: '2026-01-01T00:00:00Z', hostName: 'host', codename },
    ...{ architecture: 'amd64', foreignArchitectures: ['i386'] },
    packages: items.map(([name, version, more]) => ({
      ...{ name, version, architecture: 'amd64', automatic: false, hold: false, relations: {} },
      ...more,
    })),
  };
}

function offersOf(
  stanzas: readonly [string, string, (PackageRelations & { architecture?: string })?][],
): Offers {
  const builder = createOffers({
    nativeArchitecture: 'amd64',
    architectures: new Set(['amd64', 'i386']),
    priorities: new Map([['main', 990]]),
    isWanted: () => true,
  });
  for (const [name, version, { architecture = 'amd64', ...relations } = {}] of stanzas)
    builder.add({ name, version, architecture, relations, sizeBytes: 1, mirror: 'main', tasks: [] });
  return builder.finish();
}

const shown = (packages: readonly InventoryPackage[]): string[] =>
  packages.map(({ name, version, automatic }) => `${name} ${version}${automatic ? ' auto' : ''}`).toSorted();

describe('the start of a host', () => {
  const targets = (['pve-8', 'pve-8-squid', 'pve-9', 'pve-9-tentacle'] as const).map(
    (name) => ({ name, codename: name.startsWith('pve-8') ? 'bookworm' : 'trixie' }) as Target,
  );
  const way = { name: 'way', stages: targets.map(({ name }) => name) };
  const lock = (codename: string) => ({ file: 'L', inventory: inventoryOf([], codename) });
  const placesOf = (codename: string): string[] =>
    [...stageLocks(way, { targets, locks: [lock(codename)] })].map(
      ([name, { stage, locks }]) =>
        `${name} ${stage.kind} after ${stage.before?.name ?? 'nothing'}: ${locks.length} locks, ${stage.carried.size} carried`,
    );

  it('is the first stage for its release; every later one starts from the stage before', () => {
    expect(placesOf('bookworm')).toEqual([
      'pve-8 last after nothing: 1 locks, 0 carried',
      'pve-8-squid ceph after pve-8: 1 locks, 1 carried',
      'pve-9 release after pve-8-squid: 1 locks, 1 carried',
      'pve-9-tentacle ceph after pve-9: 1 locks, 1 carried',
    ]);
  });

  it('is the release stage for a host that has the next release already', () => {
    expect(placesOf('trixie')).toEqual([
      'pve-8 last after nothing: 0 locks, 0 carried',
      'pve-8-squid ceph after pve-8: 0 locks, 0 carried',
      'pve-9 release after pve-8-squid: 1 locks, 0 carried',
      'pve-9-tentacle ceph after pve-9: 1 locks, 1 carried',
    ]);
  });

  it('is refused for a release that no stage is for', () => {
    expect(() => placesOf('bullseye')).toThrow(
      'The host host (L) is on bullseye; the stages of way are for bookworm, trixie.',
    );
  });
});

describe('what a stage leaves', () => {
  const offers = offersOf([
    ['app', '2', { depends: 'lib2' }],
    ['lib2', '2'],
    ['held', '2'],
    ['lib2', '2', { architecture: 'i386' }],
  ]);
  const before = inventoryOf([
    ['app', '1'],
    ['lib1', '1', { automatic: true, relations: { provides: 'lib' } }],
    ['held', '1', { hold: true }],
  ]);

  it('is assumed without apt: candidates, and what was selected besides', () => {
    const closure = closureConfigSchema.parse({});
    const start = { inventory: before, possible: [] };
    const { closures } = selectPackages(offers, { inventories: [start], closure, isAlso: () => false });
    const selection = closures[1]?.selection ?? new Map();

    const { inventory, possible } = inventoryAfter(start, { offers, selection });

    expect(shown(inventory.packages)).toEqual(['app 2', 'held 1', 'lib1 1 auto']);
    expect(shown(possible)).toEqual(['lib2 2 auto']);
    expect(inventory.packages.find(({ name }) => name === 'app')?.relations).toEqual({ depends: 'lib2' });
  });

  it("is apt's plan carried out: versions, relations, marks, removals, foreign packages", () => {
    const plan: AptPlan = {
      ...emptyPlan(null),
      install: ['lib2 (2)', 'lib2:i386 (2)'],
      upgrade: ['app (1 => 2)'],
      remove: ['lib1 (1)'],
      keptBack: ['held (1 => 2)'],
    };

    const { packages } = inventoryAfterPlan(before, plan, offers);

    expect(shown(packages)).toEqual(['app 2', 'held 1', 'lib2 2 auto', 'lib2 2 auto']);
    expect(packages.map(({ architecture }) => architecture).toSorted()).toEqual([
      ...['amd64', 'amd64', 'amd64', 'i386'],
    ]);
    expect(packages.find(({ name }) => name === 'held')?.hold).toBe(true);
  });

  it('is refused where apt plans what no mirror has', () => {
    const plan = { ...emptyPlan(null), install: ['lib9 (9)'] };
    expect(() => inventoryAfterPlan(before, plan, offers)).toThrow(
      'apt plans to install lib9:amd64 9, which no mirror of the target offers.',
    );
  });

  it('is read from lines of apt', () => {
    expect(parsePlanLine('app (1 => 2)')).toEqual({ name: 'app', architecture: undefined, version: '2' });
    expect(parsePlanLine('lib:i386 (1:2-3)')).toEqual({
      name: 'lib',
      architecture: 'i386',
      version: '1:2-3',
    });
  });
});

it('serves a host whether or not a stage before installed a package', () => {
  const offers = offersOf([
    ['app', '2', { depends: 'first | maybe' }],
    ['first', '2'],
    ['maybe', '2', { depends: 'lib' }],
    ['lib', '2'],
  ]);
  const inventory = inventoryOf([['app', '1']]);
  const maybe: InventoryPackage = {
    ...{ name: 'maybe', version: '1', architecture: 'amd64', automatic: true, hold: false, relations: {} },
  };
  const closure = closureConfigSchema.parse({});
  const taken = (possible: InventoryPackage[]): string[] => {
    const about = { inventories: [{ inventory, possible }], closure, isAlso: () => false };
    const selection = selectPackages(offers, about).closures[1]?.selection ?? new Map();
    return [...selection.values()].map(({ offer }) => offerKey(offer)).toSorted();
  };

  expect(taken([])).toEqual(['app 2 amd64', 'first 2 amd64']);
  expect(taken([maybe])).toEqual(['app 2 amd64', 'first 2 amd64', 'lib 2 amd64', 'maybe 2 amd64']);
});

describe('what stands against a stage', () => {
  const pve: Item[] = [
    ['pve-manager', '8.4.21'],
    ['proxmox-ve', '8.4.0'],
    ['ceph-osd', '19.2.3-pve1'],
  ];
  const upgrade = ['proxmox-ve (8.4.0 => 9.2.0)', 'pve-manager (8.4.21 => 9.2.11)'];
  const cases: [string, Partial<AptPlan>, Item[], string[]][] = [
    ['nothing', { upgrade }, pve, []],
    ['a refusal of apt', { refusal: 'E: broken' }, pve, ['apt cannot resolve the upgrade']],
    [
      'the removal of a product',
      { upgrade: upgrade.slice(1), remove: ['proxmox-ve (8.4.0)', 'ceph-osd (19.2.3-pve1)'] },
      pve,
      ['apt would remove ceph-osd 19.2.3-pve1, proxmox-ve 8.4.0'],
    ],
    [
      'a product that is kept back',
      { upgrade: upgrade.slice(0, 1), keptBack: ['pve-manager (8.4.21 => 9.2.11)'] },
      pve,
      ['pve-manager 8.4.21 would stay in the old version'],
    ],
    [
      'a product that the next release does not offer',
      {},
      pve,
      ['proxmox-ve 8.4.0, pve-manager 8.4.21 would stay in the old version'],
    ],
    [
      'a Ceph that is too old',
      { upgrade },
      [...pve.slice(0, 2), ['ceph-mon', '18.2.7-pve1']],
      ['ceph-mon 18.2.7-pve1 must be upgraded before; add a stage with a newer Ceph'],
    ],
  ];
  for (const [title, plan, items, texts] of cases) {
    it(`is ${title}`, () => {
      const about = { inventory: inventoryOf(items), codename: 'trixie' };
      const stage = { kind: 'release' as const, carried: new Set(['host']) };
      const found = stageHindrances(stage, { ...about, plan: { ...emptyPlan(null), ...plan } });
      expect(found.map(hindranceText)).toEqual(texts);
    });
  }

  it('is not asked of a host that has the next release, nor of a stage on the same one', () => {
    const about = { inventory: inventoryOf(pve), codename: 'trixie', plan: emptyPlan(null) };
    expect(stageHindrances({ kind: 'release', carried: new Set() }, about)).toEqual([]);
    expect(stageHindrances({ kind: 'ceph', carried: new Set(['host']) }, about)).toEqual([]);
  });
});
