/**
 * Inventories of hosts that apt put together from Debian's real indices (tests/prepare-indices.sh): the same seed gives
 * the same host. Each has main alone; updates and security come with the mirrors that a closure is made of.
 */
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openJudge, type JudgedHost, type JudgedMirror } from '../../src/closure/adapters/judge.ts';
import { createOffersScanner } from '../../src/closure/domain/offers-index.ts';
import type { Offer } from '../../src/closure/domain/offers.ts';
import type { InventoryPackage } from '../../src/apt/domain/inventory.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from './scratch.ts';

export type CorpusRelease = 'bookworm' | 'trixie';

const cache = fileURLToPath(new URL('../../.cache/indices', import.meta.url));
const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The mirrors of a config with all that Debian offers for a release, as lines of YAML. */
export function corpusMirrors(release: CorpusRelease): string[] {
  const mirror = (id: string, place: string, suite: string, architectures: string): string =>
    `  - { id: ${id}, uri: "file://${join(cache, release, place)}", suite: ${suite}, components: [main], architectures: ${architectures}, keyring: ${debianKeyring}, checkValidUntil: false }`;
  return [
    mirror('debian', 'debian', release, '[amd64, i386]'),
    mirror('debian-updates', 'debian', `${release}-updates`, '[amd64]'),
    mirror('debian-security', 'debian-security', `${release}-security`, '[amd64]'),
  ];
}

export interface Corpus {
  /** Writes `host-<seed>.lock.json` and returns the number of packages in it. */
  addHost(seed: number, directory: string): Promise<number>;
}

/** Reads the indices of a release; hosts are made by the apt of this machine. */
export async function openCorpus(release: CorpusRelease): Promise<Corpus> {
  await access(join(cache, 'stamp')).catch(() => {
    throw new Error('the indices are missing: run "bash tests/prepare-indices.sh" once');
  });
  const offers = new Map<string, Offer>();
  const names: string[] = [];
  const foreignNames: string[] = [];
  const backported: string[] = [];
  for (const [suite, architecture] of [
    [release, 'amd64'],
    [release, 'i386'],
    [`${release}-backports`, 'amd64'],
  ] as const) {
    const directory = join(cache, release, 'debian/dists', suite, `main/binary-${architecture}`);
    const [file = ''] = await readdir(directory);
    const path = join(directory, file);
    const scanner = createOffersScanner({ mirror: 'debian', component: 'main', index: path });
    const take = (found: Offer[]): void => {
      for (const offer of found) {
        offers.set(`${offer.name}:${architecture} ${offer.version}`, offer);
        if (suite !== release) backported.push(offer.name);
        else if (architecture === 'amd64') names.push(offer.name);
        else if (offer.relations.multiArch === 'same') foreignNames.push(offer.name);
      }
    };
    const { stdout } = await run('/usr/lib/apt/apt-helper', ['cat-file', path]);
    take(scanner.push(Buffer.from(stdout)));
    take(scanner.end());
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
      directory: join(cache, release, 'debian'),
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
