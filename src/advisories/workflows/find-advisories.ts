/**
 * Finds which known issues a baseline mends on hosts, which stay open, and which are in what nobody has installed, by the
 * security data that was taken with the baseline.
 */
import type { HostLock } from '../../apt/domain/host-lock.ts';
import { splitSource } from '../../apt/domain/package-source.ts';
import type { PlannedChange } from '../../apt/domain/planned-change.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import {
  findListed,
  listedKey,
  readListedPackages,
  type ListedBaseline,
  type ListedPackage,
} from '../../baseline/workflows/listed-packages.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { Context } from '../../core/domain/progress.ts';
import { readAdvisoryRecord } from '../adapters/kept-advisories.ts';
import { ageInDays, type AdvisoryData } from '../domain/advisory-record.ts';
import {
  findingsOf,
  findNotInstalled,
  type AdvisoryFindings,
  type HostFindings,
  type KnownPackage,
  type UsedData,
} from '../domain/findings.ts';
import { loadIssues, type LoadedIssues } from './load-issues.ts';

export interface FindAdvisoriesOptions {
  /** The baseline, with the data beside it. */
  listed: ListedBaseline;
  /** All baselines that may tell where the packages of the hosts are from. */
  baselines: readonly ListedBaseline[];
  hosts: readonly HostToJudge[];
  context: Context;
}

export interface HostToJudge {
  name: string;
  lock: HostLock;
  /** What the upgrade would do; null where it could not be planned: then nothing is mended. */
  changes: readonly PlannedChange[] | null;
}

/** A host with its packages before and after the upgrade. */
interface JudgedHost extends Pick<HostToJudge, 'name'> {
  release: string;
  before: KnownPackage[];
  after: KnownPackage[];
  unknownSource: string[];
}

/** Returns null where no data was taken with the baseline. @throws PommgrError as `loadIssues`. */
export async function findAdvisories(options: FindAdvisoriesOptions): Promise<AdvisoryFindings | null> {
  const { listed, context } = options;
  const record = await readAdvisoryRecord(listed.directory);
  if (record === undefined) return null;
  context.progress.step('Comparing packages with the security data');
  const offers = await readOffers(listed);
  const hosts: JudgedHost[] = [];
  for (const host of options.hosts) hosts.push(await judgeHost(host, { ...options, offers }));
  const wanted = new Set<string>();
  for (const { name, source } of [...offers.newest, ...hosts.flatMap(({ before }) => before)]) {
    wanted.add(name);
    wanted.add(source.name);
  }
  const { directory } = listed;
  const loaded = await loadIssues(record, { directory, isWanted: (name) => wanted.has(name), context });
  const covered = new Set(record.data.flatMap(({ releases }) => releases));
  return {
    data: record.data.map((data) => usedData(data, { loaded, offers, now: context.now() })),
    changelogsOnly: [...offers.vendors].toSorted(compareText),
    hosts: hosts.map((host) => hostFindings(host, { loaded, offers })),
    notInstalled: [...covered].flatMap((release) =>
      findNotInstalled(loaded.byRelease.get(release) ?? new Map(), {
        offered: offers.newest.filter((item) => item.codename === null || item.codename === release),
        hosts: hosts.filter((host) => host.release === release).map(({ before }) => before),
      }),
    ),
  };
}

interface OfferedPackage extends KnownPackage {
  codename: string | null;
}

/** What the baseline has of each package. */
interface Offers {
  /** The highest version of each name and architecture in each Debian release. */
  newest: OfferedPackage[];
  /** By `listedKey`. */
  byKey: Map<string, KnownPackage>;
  /** Name of the source package by that of the binary package. */
  sources: Map<string, string>;
  vendors: Set<string>;
}

async function readOffers(listed: ListedBaseline): Promise<Offers> {
  const newest = new Map<string, OfferedPackage>();
  const offers: Omit<Offers, 'newest'> = { byKey: new Map(), sources: new Map(), vendors: new Set() };
  for await (const item of readListedPackages(listed)) {
    if (item.entry.architecture === 'source') continue;
    const known = knownPackage(item);
    const { codename } = item.from;
    if (known.vendor !== null) offers.vendors.add(known.vendor);
    offers.byKey.set(listedKey(known), known);
    offers.sources.set(known.name, known.source.name);
    const key = `${codename} ${known.name} ${known.architecture}`;
    const other = newest.get(key);
    if (other === undefined || compareVersions(known.version, other.version) > 0)
      newest.set(key, { ...known, codename });
  }
  return { ...offers, newest: [...newest.values()] };
}

function knownPackage({ entry, from }: ListedPackage): KnownPackage {
  const { name, version, architecture } = entry;
  return { name, version, architecture, source: splitSource(entry), vendor: vendorOf(from.origin) };
}

/** Debian's own suites: `Debian`, `Debian Backports`. */
function vendorOf(origin: string): string | null {
  return origin === '' || /^debian\b/i.test(origin) ? null : origin;
}

async function judgeHost(
  { name, lock, changes }: HostToJudge,
  { baselines, offers }: { baselines: readonly ListedBaseline[]; offers: Offers },
): Promise<JudgedHost> {
  const listed = await findListed(lock.packages, baselines, lock.baseline?.digest);
  const unknownSource: string[] = [];
  // The lock of an older pommgr names no sources at all.
  const hasSources = lock.packages.some(({ source }) => source !== undefined);
  const installed = new Map<string, KnownPackage>();
  for (const item of lock.packages) {
    const found = listed.get(listedKey(item));
    const guess = hasSources ? item.name : offers.sources.get(item.name);
    const source = item.source ?? found?.entry.source ?? guess;
    if (source === undefined) unknownSource.push(item.name);
    const { version, architecture } = item;
    installed.set(`${item.name}:${architecture}`, {
      ...{ name: item.name, version, architecture },
      source: splitSource({ source: source ?? item.name, version }),
      vendor: found === undefined ? null : vendorOf(found.from.origin),
    });
  }
  const after = new Map(installed);
  for (const change of changes ?? []) applyChange(after, change, offers);
  return {
    ...{ name, release: lock.codename, unknownSource },
    before: [...installed.values()],
    after: [...after.values()],
  };
}

/** A removal names the native architecture for a package of architecture `all`, and so may an upgrade. */
function applyChange(
  packages: Map<string, KnownPackage>,
  { name, architecture, from, to }: PlannedChange,
  { byKey, sources }: Offers,
): void {
  const old = [`${name}:${architecture}`, `${name}:all`].find((key) => packages.get(key)?.version === from);
  if (old !== undefined) packages.delete(old);
  if (to === null) return;
  const version = to;
  const known =
    byKey.get(listedKey({ name, version, architecture })) ??
    byKey.get(listedKey({ name, version, architecture: 'all' }));
  const source = splitSource({ source: sources.get(name) ?? name, version });
  packages.set(`${name}:${architecture}`, known ?? { name, version, architecture, source, vendor: null });
}

function hostFindings(
  { name, release, before, after, unknownSource }: JudgedHost,
  { loaded, offers }: { loaded: LoadedIssues; offers: Offers },
): HostFindings {
  const issues = loaded.byRelease.get(release) ?? new Map();
  const offered = offers.newest.filter(({ codename }) => codename === null || codename === release);
  const found = findingsOf(issues, { before, after, offered });
  return { host: name, release, ...found, unknownSource: unknownSource.toSorted(compareText) };
}

function usedData(
  { name, format, releases, from, dated, issues, original }: AdvisoryData,
  { loaded, offers, now }: { loaded: LoadedIssues; offers: Offers; now: Date },
): UsedData {
  return {
    ...{ name, format, releases, from, dated, issues, sha256: original.sha256 },
    ageDays: ageInDays(dated, now),
    doubt: doubtOf(loaded.binaries.get(name), { offers, releases }),
  };
}

/** Packages that are too few to say anything. */
const fewPackages = 20;

/**
 * debsecan's data does not say which release it is for, but which binary packages each source has there. Where most of
 * the baseline's are others, it is of another release.
 */
function doubtOf(
  binaries: ReadonlyMap<string, readonly string[]> | undefined,
  { offers, releases }: { offers: Offers; releases: readonly string[] },
): string | null {
  if (binaries === undefined) return null;
  let [all, foreign] = [0, 0];
  for (const { name, source, codename } of offers.newest) {
    const known = binaries.get(source.name);
    if (known === undefined || (codename !== null && !releases.includes(codename))) continue;
    all += 1;
    if (!known.includes(name)) foreign += 1;
  }
  if (all < fewPackages || foreign * 2 < all) return null;
  return `it may be of another release than ${releases.join(', ')}: it does not know ${foreign} of ${all} packages`;
}
