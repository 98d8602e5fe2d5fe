/** The selection on small sets of offers: which packages each rule takes, and that nothing but the input decides. */
import { describe, expect, it } from 'vitest';
import { selectPackages, type HostClosure } from '../../src/closure/domain/closure-jobs.ts';
import { chainText, chainTo } from '../../src/closure/domain/chains.ts';
import type { Inventory, InventoryPackage, PackageRelations } from '../../src/apt/domain/inventory.ts';
import { createOffers, offerKey, type Offer, type Offers } from '../../src/closure/domain/offers.ts';
import { closureConfigSchema } from '../../src/config/domain/closure-settings.ts';

type Stanza = [
  name: string,
  version: string,
  relations?: PackageRelations & { architecture?: string; mirror?: string },
];

function offersOf(stanzas: readonly Stanza[], foreign: readonly string[] = []): Offers {
  const builder = createOffers({
    nativeArchitecture: 'amd64',
    architectures: new Set(['amd64', ...foreign]),
    priorities: new Map([
      ['main', 990],
      ['backports', 100],
      ['experimental', 1],
    ]),
    isWanted: () => true,
  });
  for (const [name, version, { architecture = 'amd64', mirror = 'main', ...relations } = {}] of stanzas) {
    const offer: Offer = { name, version, architecture, relations, sizeBytes: 1, mirror, tasks: [] };
    builder.add(offer);
  }
  return builder.finish();
}

function hostOf(packages: readonly (readonly [string, string, Partial<InventoryPackage>?])[]): Inventory {
  return {
    schema: 'pommgr/host-lock/v2',
    created: '2026-01-01T00:00:00Z',
    hostName: 'host',
    codename: 'trixie',
    architecture: 'amd64',
    foreignArchitectures: ['i386'],
    packages: packages.map(([name, version, more = {}]) => ({
      ...{ name, version, architecture: 'amd64', automatic: false, hold: false },
      ...more,
    })),
  };
}

/** What the closure of one host takes, as `name version`, with the architecture where it is another. */
function taken(
  stanzas: readonly Stanza[],
  about: {
    host?: Parameters<typeof hostOf>[0];
    install?: string[];
    recommends?: boolean;
    keepInstalled?: boolean;
    foreign?: string[];
  },
): string[] {
  const { host = [], foreign = [], ...settings } = about;
  const closure = closureConfigSchema.parse(settings);
  const offers = offersOf(stanzas, foreign);
  const { closures } = selectPackages(offers, {
    inventories: [{ inventory: hostOf(host), possible: [] }],
    closure,
    isAlso: () => false,
  });
  const { selection } = closures.find((one) => one.host === 'host') as HostClosure;
  return [...selection.values()]
    .map(({ offer: { name, version, architecture } }) =>
      architecture === 'amd64' ? `${name} ${version}` : `${name}:${architecture} ${version}`,
    )
    .toSorted();
}

const cases: {
  it: string;
  stanzas: Stanza[];
  about: Parameters<typeof taken>[1];
  takes: string[];
}[] = [
  {
    it: 'takes the candidate of what is installed, and the highest version only',
    stanzas: [
      ['a', '1'],
      ['a', '2'],
      ['unrelated', '1'],
    ],
    about: { host: [['a', '1']] },
    takes: ['a 2'],
  },
  {
    it: 'takes the very versions of the lock where the config wants them, with what these need',
    stanzas: [
      ['a', '1', { depends: 'old' }],
      ['a', '2'],
      ['old', '1'],
    ],
    about: { host: [['a', '1']], keepInstalled: true },
    takes: ['a 1', 'a 2', 'old 1'],
  },
  {
    it: 'follows Pre-Depends, Depends and Recommends',
    stanzas: [
      ['a', '1', { preDepends: 'b', depends: 'c', recommends: 'd' }],
      ...(['b', 'c', 'd'] as const).map((name): Stanza => [name, '1']),
    ],
    about: { install: ['a'] },
    takes: ['a 1', 'b 1', 'c 1', 'd 1'],
  },
  {
    it: 'leaves recommended packages out where the config says so',
    stanzas: [
      ['a', '1', { recommends: 'd' }],
      ['d', '1'],
    ],
    about: { install: ['a'], recommends: false },
    takes: ['a 1'],
  },
  {
    it: 'takes the first alternative that exists',
    stanzas: [
      ['a', '1', { depends: 'gone | b | c' }],
      ['b', '1'],
      ['c', '1'],
    ],
    about: { install: ['a'] },
    takes: ['a 1', 'b 1'],
  },
  {
    it: 'takes the alternative that the host has in place of the first',
    stanzas: [
      ['a', '1', { depends: 'b | c' }],
      ['b', '1'],
      ['c', '1'],
    ],
    about: { host: [['c', '1']], install: ['a'] },
    takes: ['a 1', 'c 1'],
  },
  {
    it: 'looks at the version that the host will have',
    stanzas: [
      ['a', '1', { depends: 'b (>= 2) | c' }],
      ['b', '2'],
      ['c', '1'],
    ],
    about: { host: [['b', '1']], install: ['a'] },
    takes: ['a 1', 'b 2'],
  },
  {
    it: 'takes the next alternative too where the first is held in another version',
    stanzas: [
      ['a', '1', { depends: 'b (>= 2) | c' }],
      ['b', '2'],
      ['c', '1'],
    ],
    about: { host: [['b', '1', { hold: true }]], install: ['a'] },
    takes: ['a 1', 'b 2', 'c 1'],
  },
  {
    it: 'passes over a first alternative whose version is too low',
    stanzas: [
      ['a', '1', { depends: 'b (>= 2) | c' }],
      ['b', '1'],
      ['c', '1'],
    ],
    about: { install: ['a'] },
    takes: ['a 1', 'c 1'],
  },
  {
    it: 'takes all that provide a purely virtual name',
    stanzas: [
      ['a', '1', { depends: 'mta' }],
      ['exim', '1', { provides: 'mta' }],
      ['postfix', '1', { provides: 'mta' }],
    ],
    about: { install: ['a'] },
    takes: ['a 1', 'exim 1', 'postfix 1'],
  },
  {
    it: 'takes the real package of a name that others provide too',
    stanzas: [
      ['a', '1', { depends: 'mta' }],
      ['mta', '1'],
      ['postfix', '1', { provides: 'mta' }],
    ],
    about: { install: ['a'] },
    takes: ['a 1', 'mta 1'],
  },
  {
    it: 'counts versioned Provides, and those without a version not',
    stanzas: [
      ['a', '1', { depends: 'api (>= 2)' }],
      ['old', '1', { provides: 'api (= 1)' }],
      ['new', '1', { provides: 'api (= 2)' }],
      ['any', '1', { provides: 'api' }],
    ],
    about: { install: ['a'] },
    takes: ['a 1', 'new 1'],
  },
  {
    it: 'takes a provider that the host has instead of all',
    stanzas: [
      ['a', '1', { depends: 'mta' }],
      ['exim', '1', { provides: 'mta' }],
      ['postfix', '1', { provides: 'mta' }],
    ],
    about: { host: [['postfix', '1']], install: ['a'] },
    takes: ['a 1', 'postfix 1'],
  },
  {
    it: 'takes the next alternative too where the first conflicts with what the host has',
    stanzas: [
      ['a', '1', { depends: 'b | c' }],
      ['b', '1', { conflicts: 'x' }],
      ['c', '1'],
      ['x', '1'],
    ],
    about: { host: [['x', '1']], install: ['a'] },
    takes: ['a 1', 'b 1', 'c 1', 'x 1'],
  },
  {
    it: 'takes the next alternative too where the host has something that breaks the first',
    stanzas: [
      ['a', '1', { depends: 'b | c' }],
      ['b', '1'],
      ['c', '1'],
      ['x', '1', { breaks: 'b (<< 2)' }],
    ],
    about: { host: [['x', '1']], install: ['a'] },
    takes: ['a 1', 'b 1', 'c 1', 'x 1'],
  },
  {
    it: 'takes the next alternative too where the first cannot be installed at all',
    stanzas: [
      ['a', '1', { depends: 'b | c' }],
      ['b', '1', { depends: 'd' }],
      ['d', '1', { depends: 'b, nowhere' }],
      ['c', '1'],
    ],
    about: { install: ['a'] },
    takes: ['a 1', 'b 1', 'c 1', 'd 1'],
  },
  {
    it: 'knows what a package of no mirror provides',
    stanzas: [
      ['a', '1', { depends: 'b | c' }],
      ['b', '1'],
      ['c', '1'],
    ],
    about: { host: [['vendor', '5', { relations: { provides: 'c' } }]], install: ['a'] },
    takes: ['a 1'],
  },
  {
    it: 'takes essential packages that are missing: an upgrade installs them',
    stanzas: [
      ['a', '1'],
      ['init', '1', { essential: true }],
    ],
    about: { host: [['a', '1']] },
    takes: ['a 1', 'init 1'],
  },
  {
    it: 'takes foreign packages in their architecture, and the native one that may stand in',
    stanzas: [
      ['wine', '1', { architecture: 'i386', depends: 'lib, tool, shared' }],
      ['lib', '1'],
      ['lib', '1', { architecture: 'i386' }],
      ['tool', '1', { multiArch: 'foreign' }],
      ['shared', '1', { architecture: 'all', multiArch: 'foreign' }],
    ],
    about: { foreign: ['i386'], install: ['wine:i386'] },
    takes: ['lib:i386 1', 'shared:all 1', 'tool 1', 'wine:i386 1'],
  },
  {
    it: 'takes of a suite that is not automatic what is installed from it or in no other, and nothing else',
    stanzas: [
      ['a', '1'],
      ['a', '3', { mirror: 'backports', depends: 'only' }],
      ['b', '1'],
      ['b', '3', { mirror: 'backports' }],
      ['b', '9', { mirror: 'experimental' }],
      ['only', '2', { mirror: 'experimental' }],
    ],
    about: { host: [['a', '2']], install: ['b'] },
    takes: ['a 1', 'a 3', 'b 1', 'only 2'],
  },
  {
    it: 'takes no foreign package for a native one',
    stanzas: [
      ['a', '1', { depends: 'tool, any:any' }],
      ['tool', '1', { multiArch: 'foreign' }],
      ['tool', '1', { architecture: 'i386', multiArch: 'foreign' }],
      ['any', '1', { multiArch: 'allowed' }],
      ['any', '1', { architecture: 'i386', multiArch: 'allowed' }],
    ],
    about: { foreign: ['i386'], install: ['a'] },
    takes: ['a 1', 'any 1', 'tool 1'],
  },
];

describe('the closure of a host', () => {
  for (const { it: title, stanzas, about, takes } of cases) {
    it(title, () => {
      expect(taken(stanzas, about)).toEqual(takes);
      // Neither the order of the mirrors nor that of the lock matters.
      const backwards = { ...about, host: [...(about.host ?? [])].toReversed() };
      expect(taken([...stanzas].toReversed(), backwards)).toEqual(takes);
    });
  }
});

it('serves a bare system: essential, required and important packages, what they must have, and what is asked for', () => {
  const offers = offersOf([
    ['init', '1', { essential: true, depends: 'libinit' }],
    ['libinit', '1', { recommends: 'docs' }],
    ['docs', '1'],
    ['less', '1', { priority: 'important' }],
    ['bash', '1', { priority: 'required' }],
    ['vim', '1', { priority: 'optional' }],
    ['nano', '1', { priority: 'standard' }],
  ]);
  const closure = closureConfigSchema.parse({ install: ['vim', 'absent'] });

  const { bare, closures, unknown } = selectPackages(offers, {
    inventories: [],
    closure,
    isAlso: (name) => name === 'nano',
  });

  expect(bare.map(({ name }) => name).toSorted()).toEqual(['bash', 'init', 'less', 'libinit']);
  expect(unknown).toEqual(['absent']);
  const [{ selection } = { selection: new Map() }] = closures;
  expect(new Set(selection.keys())).toEqual(
    new Set(['bash', 'docs', 'init', 'less', 'libinit', 'nano', 'vim'].map((name) => `${name} 1 amd64`)),
  );
});

it('tells by which chain a package came in', () => {
  const offers = offersOf([
    ['a', '1', { depends: 'b (>= 1) | c' }],
    ['b', '2', { recommends: 'd' }],
    ['d', '3'],
  ]);
  const { closures } = selectPackages(offers, {
    inventories: [],
    closure: closureConfigSchema.parse({ install: ['a'] }),
    isAlso: () => false,
  });
  const selection = closures[0]?.selection ?? new Map();
  const key = offerKey({ name: 'd', version: '3', architecture: 'amd64' });

  expect(chainText(chainTo(key, selection))).toBe(
    'a 1 amd64 is asked for by install; depends on b (>= 1) | c: b 2 amd64; recommends d: d 3 amd64',
  );
});
