/** Debian's real indices as tests/prepare-indices.sh fetched them, and what is offered in them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareVersions } from '../../src/apt/domain/debian-version.ts';
import type { InventoryPackage } from '../../src/apt/domain/inventory.ts';
import type { PackageEntry } from '../../src/apt/domain/package-entry.ts';
import { openJudge, type JudgedMirror } from '../../src/closure/adapters/judge.ts';
import { createOffersScanner } from '../../src/closure/domain/offers-index.ts';
import type { Offer } from '../../src/closure/domain/offers.ts';
import { renderExtendedStates, renderStatus } from '../../src/closure/domain/status-text.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from './scratch.ts';

export type CorpusRelease = 'bookworm' | 'trixie';

/** What tests/prepare-indices.sh fetched. */
export const corpusIndices = fileURLToPath(new URL('../../.cache/indices', import.meta.url));
export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What a thin target of the corpus sees: the id of the mirror, its place in the cache, and its suite's suffix. */
export const offeredMirrors = [
  ['debian', 'debian', ''],
  ['debian-updates', 'debian', '-updates'],
  ['debian-security', 'debian-security', '-security'],
] as const;

/**
 * What apt's own plans for these hosts install with the whole mirrors, and the candidates of what is installed: the least
 * that a thin baseline must hold.
 */
export async function wantedByApt(
  release: CorpusRelease,
  { locks, install }: { locks: string; install: readonly string[] },
): Promise<{ files: number; sizeBytes: number }> {
  const certificates = await readFile(debianKeyring);
  const offers = new Map<string, Offer>();
  const candidates = new Map<string, Offer>();
  const mirrors: JudgedMirror[] = [];
  for (const [id, place, suffix] of offeredMirrors) {
    const architectures = suffix === '' ? ['amd64', 'i386'] : ['amd64'];
    const suite = `${release}${suffix}`;
    const directory = join(corpusIndices, release, place);
    mirrors.push({ id, suite, certificates, types: ['deb'], components: ['main'], architectures, directory });
    for (const architecture of architectures) {
      for (const offer of await readOffers(release, { place, suite, architecture })) {
        const name = `${offer.name}:${architecture}`;
        offers.set(`${name} ${offer.version}`, offer);
        const known = candidates.get(name);
        if (known === undefined || compareVersions(known.version, offer.version) < 0)
          candidates.set(name, offer);
      }
    }
  }
  const judge = await openJudge(await scratchDirectory(), { mirrors, architectures: ['amd64', 'i386'] });
  const preferences = await judge.addPreferences('none.pref', '');
  const wanted = new Set<Offer>();
  const take = (offer: Offer | undefined): void => {
    if (offer !== undefined) wanted.add(offer);
  };
  for (const file of (await readdir(locks)).toSorted()) {
    const text = await readFile(join(locks, file), 'utf8');
    const { packages } = JSON.parse(text) as { packages: InventoryPackage[] };
    for (const { name, architecture } of packages)
      take(candidates.get(`${name}:${architecture === 'all' ? 'amd64' : architecture}`));
    const host = await judge.openHost({
      status: renderStatus(packages.map((item) => ({ item, relations: item.relations ?? {} }))),
      extendedStates: renderExtendedStates(packages, 'amd64'),
    });
    for (const words of [['dist-upgrade'], ...install.map((name) => ['install', name])]) {
      const plan = await host.plan(words, { preferences, recommends: true });
      for (const line of [...plan.install, ...plan.upgrade]) {
        const [, name = '', architecture = 'amd64', version = ''] =
          /^([^\s:]+)(?::(\S+))? \((?:\S+ => )?(\S+)\)$/.exec(line) ?? [];
        take(offers.get(`${name}:${architecture} ${version}`));
      }
    }
    await host.close();
  }
  const sizeBytes = [...wanted].reduce((sum, offer) => sum + offer.sizeBytes, 0);
  return { files: wanted.size, sizeBytes };
}

/** What a suite offers for one architecture, those of architecture `all` with it. */
export async function readOffers(
  release: CorpusRelease,
  { place, suite, architecture }: { place: string; suite: string; architecture: string },
): Promise<Offer[]> {
  const directory = join(corpusIndices, release, place, 'dists', suite, `main/binary-${architecture}`);
  const [file = ''] = await readdir(directory);
  const path = join(directory, file);
  const scanner = createOffersScanner({ mirror: 'debian', component: 'main', index: path });
  const { stdout } = await run('/usr/lib/apt/apt-helper', ['cat-file', path]);
  return [...scanner.push(Buffer.from(stdout)), ...scanner.end()];
}

/** What a release and its updates, security and backports suites list of some packages for amd64. */
export async function corpusEntries(
  release: CorpusRelease,
  names: ReadonlySet<string>,
): Promise<PackageEntry[]> {
  const entries = new Map<string, PackageEntry>();
  for (const [place, suite] of [
    ['debian', release],
    ['debian', `${release}-updates`],
    ['debian', `${release}-backports`],
    ['debian-security', `${release}-security`],
  ] as const) {
    const directory = join(corpusIndices, release, place, 'dists', suite, 'main/binary-amd64');
    const [file = ''] = await readdir(directory);
    const { stdout } = await run('/usr/lib/apt/apt-helper', ['cat-file', join(directory, file)]);
    for (const stanza of stdout.split('\n\n')) {
      const [, name = ''] = /^Package: (.*)$/.exec(stanza.slice(0, stanza.indexOf('\n'))) ?? [];
      if (!names.has(name)) continue;
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
      const sha256 = field('SHA256');
      entries.set(sha256, {
        ...{ mirror: 'debian', component: 'main', name, sha256, version: field('Version') },
        ...{ architecture: field('Architecture'), source: field('Source') || name },
        ...{ filename: field('Filename'), sizeBytes: Number(field('Size')) },
      });
    }
  }
  return [...entries.values()];
}
