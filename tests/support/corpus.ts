/**
 * Inventories of hosts that apt put together from Debian's real indices (tests/prepare-indices.sh): the same seed gives
 * the same host. Each has main alone; updates and security come with the mirrors that a closure is made of.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openJudge, type JudgedHost, type JudgedMirror } from '../../src/closure/adapters/judge.ts';
import type { Offer } from '../../src/closure/domain/offers.ts';
import type { InventoryPackage } from '../../src/apt/domain/inventory.ts';
import { pathExists, writeFileAtomic } from '../../src/core/adapters/atomic-files.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import {
  corpusIndices,
  debianKeyring,
  offeredMirrors,
  readOffers,
  type CorpusRelease,
} from './corpus-indices.ts';
import { scratchDirectory } from './scratch.ts';

/** A config with one thin target for these hosts, whose mirrors have all of a release. */
export function corpusConfig(release: CorpusRelease, closure: object): string {
  return [
    ...['schema: pommgr/config/v1', 'track: corpus', 'engine: builtin', 'mirrors:'],
    ...corpusMirrors(release),
    ...['targets:', '  - name: debian', '    products: [debian]', `    codename: ${release}`],
    '    mirrors: [debian, debian-updates, debian-security]',
    `    closure: ${JSON.stringify(closure)}`,
    '',
  ].join('\n');
}

/** A config with the way from Debian 12 to Debian 13 for hosts of Debian 12. */
export function corpusWayConfig(closure: object): string {
  const mirrorsOf = (number: number): string[] =>
    offeredMirrors.map(([id]) => id.replace('debian', `debian-${number}`));
  const target = (number: number, codename: string): string =>
    JSON.stringify({
      ...{ name: `debian-${number}`, products: ['debian'], codename, architectures: ['amd64'] },
      ...{ mirrors: mirrorsOf(number), closure },
    });
  return [
    ...['schema: pommgr/config/v1', 'track: corpus', 'engine: builtin', 'mirrors:'],
    ...corpusMirrors('bookworm').map((line) => line.replace('id: debian', 'id: debian-12')),
    ...corpusMirrors('trixie').map((line) => line.replace('id: debian', 'id: debian-13')),
    `targets: [${target(12, 'bookworm')}, ${target(13, 'trixie')}]`,
    'upgrades: [{ name: debian-12-to-13, stages: [debian-12, debian-13] }]',
    '',
  ].join('\n');
}

/** The mirrors of a config with all that Debian offers for a release, as lines of YAML. */
function corpusMirrors(release: CorpusRelease): string[] {
  return offeredMirrors.map(
    ([id, place, suffix]) =>
      `  - { id: ${id}, uri: "file://${join(corpusIndices, release, place)}", suite: ${release}${suffix}, components: [main], architectures: ${suffix === '' ? '[amd64, i386]' : '[amd64]'}, keyring: ${debianKeyring}, checkValidUntil: false }`,
  );
}

export interface Corpus {
  /** Writes `host-<seed>.lock.json` and returns the number of packages in it. */
  addHost(seed: number, directory: string): Promise<number>;
}

/** Goes up when hosts are made in another way. */
const hostsVersion = 1;

/** Hosts of a release, made by the apt of this machine; those that were made once stay beside the indices. */
export async function openCorpus(release: CorpusRelease): Promise<Corpus> {
  const stamp = await readFile(join(corpusIndices, 'stamp'), 'utf8').catch(() => {
    throw new Error('the indices are missing: run "bash tests/prepare-indices.sh" once');
  });
  const made = join(corpusIndices, release, `hosts-${sha256Hex(`${stamp} ${hostsVersion}`).slice(0, 16)}`);
  await mkdir(made, { recursive: true });
  let maker: Corpus | undefined;
  return {
    async addHost(seed, directory) {
      const file = `host-${seed}.lock.json`;
      if (!(await pathExists(join(made, file)))) {
        maker ??= await openMaker(release);
        // By its name only once it is whole.
        const place = await scratchDirectory();
        await maker.addHost(seed, place);
        await writeFileAtomic(join(made, file), await readFile(join(place, file)));
      }
      await copyFile(join(made, file), join(directory, file));
      const { packages } = JSON.parse(await readFile(join(made, file), 'utf8')) as { packages: unknown[] };
      return packages.length;
    },
  };
}

/** Reads the indices of a release. */
async function openMaker(release: CorpusRelease): Promise<Corpus> {
  const offers = new Map<string, Offer>();
  const names: string[] = [];
  const foreignNames: string[] = [];
  const backported: string[] = [];
  for (const [suite, architecture] of [
    [release, 'amd64'],
    [release, 'i386'],
    [`${release}-backports`, 'amd64'],
  ] as const) {
    for (const offer of await readOffers(release, { place: 'debian', suite, architecture })) {
      offers.set(`${offer.name}:${architecture} ${offer.version}`, offer);
      if (suite !== release) backported.push(offer.name);
      else if (architecture === 'amd64') names.push(offer.name);
      else if (offer.relations.multiArch === 'same') foreignNames.push(offer.name);
    }
  }
  const judges = {
    plain: await emptyHost(release, ['amd64']),
    foreign: await emptyHost(release, ['amd64', 'i386']),
  };
  const basic = [...offers.values()]
    .filter(
      ({ architecture, relations: { priority = '', essential } }) =>
        architecture !== 'i386' && (essential === true || ['required', 'important'].includes(priority)),
    )
    .map(({ name }) => name);
  return {
    async addHost(seed, directory) {
      const random = createRandom(seed);
      const pick = (from: readonly string[], count: number): string[] =>
        Array.from({ length: count }, () => from[Math.floor(random() * from.length)] ?? 'hello');
      const isForeign = random() < 0.25;
      let picks = [
        ...pick(names, 20 + Math.floor(random() * 40)),
        ...(random() < 0.25 ? [`task-${pick(['gnome', 'kde', 'xfce', 'lxde', 'mate'], 1)[0]}-desktop`] : []),
        ...(random() < 0.5 ? [`task-${pick(['ssh', 'web', 'print', 'mail'], 1)[0]}-server`] : []),
        ...(random() < 0.3 ? pick(backported, 3).map((name) => `${name}/${release}-backports`) : []),
        ...(isForeign ? pick(foreignNames, 5).map((name) => `${name}:i386`) : []),
      ].filter((name) => name !== 'task-mail-server');
      const { host, preferences } = isForeign ? judges.foreign : judges.plain;
      const recommends = random() < 0.8;
      for (;;) {
        const plan = await host.plan(['install', ...basic, ...picks], { preferences, recommends });
        if (plan.refusal === null) {
          const packages = plan.install.map((line) => installed(line, { offers, picks }));
          const lock = lockOf(seed, release, { packages: changed(packages, picks, random), isForeign });
          await writeFile(join(directory, `host-${seed}.lock.json`), JSON.stringify(lock, null, 1));
          return packages.length;
        }
        // Picks that exclude one another: without every third, there is a way in the end.
        picks = picks.filter((_, index) => index % 3 !== 2 && picks.length > 2);
      }
    },
  };
}

/** A line of apt's plan, `name (version)` or `name:architecture (version)`, as an installed package. */
function installed(
  line: string,
  { offers, picks }: { offers: ReadonlyMap<string, Offer>; picks: readonly string[] },
): InventoryPackage {
  const [, name = '', architecture = 'amd64', version = ''] =
    /^([^\s:]+)(?::(\S+))? \((\S+)\)$/.exec(line) ?? [];
  const offer = offers.get(`${name}:${architecture} ${version}`);
  if (offer === undefined) throw new Error(`no index has ${line}`);
  const automatic = !picks.some((pick) => pick.split(/[:/]/)[0] === name);
  return {
    name,
    version,
    architecture: offer.architecture,
    automatic,
    hold: false,
    relations: offer.relations,
  };
}

/** Some picks are held, some are older than what Debian has, and some packages are of no repository. */
function changed(
  packages: readonly InventoryPackage[],
  picks: readonly string[],
  random: () => number,
): InventoryPackage[] {
  const strangers: InventoryPackage[] = Array.from({ length: Math.floor(random() * 3) }, (_, index) => ({
    name: `vendor-agent-${index}`,
    version: '5.1',
    architecture: 'amd64',
    automatic: false,
    hold: false,
    relations: {
      depends: `libc6 (>= 2.30)${random() < 0.5 ? ', curl | wget' : ''}`,
      recommends: 'ca-certificates',
      ...(random() < 0.3 ? { provides: 'mail-transport-agent' } : {}),
      installedSizeKiB: 100,
    },
  }));
  const marked = packages.map((item) => {
    if (!picks.includes(item.name)) return item;
    const isOld = random() < 0.2;
    return {
      ...item,
      hold: random() < 0.1,
      version: isOld ? item.version.replace(/^(\d+:)?/, '$10~') : item.version,
    };
  });
  return [...marked, ...strangers];
}

function lockOf(
  seed: number,
  release: CorpusRelease,
  { packages, isForeign }: { packages: InventoryPackage[]; isForeign: boolean },
): unknown {
  return {
    schema: 'pommgr/host-lock/v2',
    created: '2026-01-01T00:00:00Z',
    hostName: `host-${seed}`,
    codename: release,
    architecture: 'amd64',
    foreignArchitectures: isForeign ? ['i386'] : [],
    packages,
  };
}

/** apt on a bare root, with main and backports. */
async function emptyHost(
  release: CorpusRelease,
  architectures: readonly [string, ...string[]],
): Promise<{ host: JudgedHost; preferences: string }> {
  const directory = await scratchDirectory();
  await mkdir(directory, { recursive: true });
  const mirror = (id: string, suite: string, known: readonly string[]): Promise<JudgedMirror> =>
    readFile(debianKeyring).then((certificates) => ({
      ...{ id, suite, certificates, types: ['deb'], components: ['main'], architectures: known },
      directory: join(corpusIndices, release, 'debian'),
    }));
  const mirrors = [
    await mirror('debian', release, architectures),
    await mirror('backports', `${release}-backports`, ['amd64']),
  ];
  const judge = await openJudge(directory, { mirrors, architectures });
  return {
    host: await judge.openHost({ status: '', extendedStates: '' }),
    preferences: await judge.addPreferences('none.pref', ''),
  };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
