/**
 * Lets apt judge a closure: every job of every host, once with what a host of the whole baseline would see and once
 * with what a host of the thin one will see. Sources and lists are the same; the preferences differ.
 */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createCandidates } from '../../mirror/domain/candidates.ts';
import { renderPreferences } from '../../apt/domain/apt-preferences.ts';
import { isFiltered } from '../../config/domain/mirror.ts';
import { readSelectedPackages } from '../../mirror/adapters/package-list-file.ts';
import type { IndexedMirror } from '../../mirror/workflows/indexed-mirror.ts';
import { openJudge, type Judge, type JudgedHost, type JudgedMirror } from '../adapters/judge.ts';
import type { LockFile } from '../adapters/lock-files.ts';
import { installedRelations } from '../domain/host-state.ts';
import type { InventoryPackage, PackageRelations } from '../../apt/domain/inventory.ts';
import { hostJobs, restoreJob, type Job } from '../domain/judged-jobs.ts';
import type { HostProof, JobProof, TargetProof } from '../domain/lock-proof.ts';
import { slotOf, type Offer } from '../domain/offers.ts';
import type { Selection } from '../domain/selection.ts';
import { renderExtendedStates, renderStatus } from '../domain/status-text.ts';
import { judgePlans } from './judge-plans.ts';
import type { PlacedMirror } from './read-target-offers.ts';
import type { ClosedTarget, ClosureTools, NativeSelection } from './select-target.ts';

export interface ProofInput {
  natives: readonly NativeSelection[];
  whole: readonly PlacedMirror[];
  /** The same mirrors with their thin lists. */
  thin: readonly IndexedMirror[];
  /** An empty one. */
  directory: string;
}

/** A judge for hosts of the same architectures, with the two sets of preferences. */
interface Court {
  judge: Judge;
  whole: string;
  thin: string;
  bare: JudgedHost;
  /** Paths of the package files that the thin baseline has. */
  files: ReadonlySet<string>;
}

/** @throws PommgrError `integrity.closure` for the first difference. */
export async function proveTarget(
  closed: ClosedTarget,
  input: ProofInput,
  tools: ClosureTools,
): Promise<TargetProof> {
  const { target } = closed;
  const proofs: HostProof[] = [];
  let aptVersion = '';
  for (const native of input.natives) {
    const courts = new Map<string, Court>();
    const cases: (() => Promise<HostProof>)[] = [];
    const courtFor = async (foreign: readonly string[]): Promise<Court> => {
      const architectures = [
        native.nativeArchitecture,
        ...foreign.filter((name) => target.architectures.includes(name)),
      ];
      const key = architectures.join(' ');
      const known = courts.get(key);
      if (known !== undefined) return known;
      const directory = join(input.directory, `${courts.size}-${native.nativeArchitecture}`);
      await mkdir(directory);
      const court = await openCourt(closed, { ...input, native, architectures, directory });
      aptVersion = court.judge.aptVersion;
      courts.set(key, court);
      return court;
    };
    const own = await courtFor([]);
    tools.context.progress.step(`apt ${aptVersion} judges the closure of target ${target.name}`);
    for (const { host, selection } of native.closures) {
      const lock = native.locks.find(({ inventory }) => inventory.hostName === host);
      const court = lock === undefined ? own : await courtFor(lock.inventory.foreignArchitectures);
      cases.push(() => judgeHost(closed, { native, court, lock, selection }, tools));
    }
    proofs.push(...(await inParallel(cases)));
  }
  const kept = await sizeOf(input.thin, target.mirrors);
  return {
    target: target.name,
    aptVersion,
    hosts: proofs,
    thin: kept,
    whole: input.natives[0]?.whole ?? kept,
    filtered: [...new Set(input.natives.flatMap(({ filtered }) => filtered))],
  };
}

/** apt is one thread. */
async function inParallel<Result>(works: readonly (() => Promise<Result>)[]): Promise<Result[]> {
  const results: Result[] = [];
  const queue = [...works.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results[next[0]] = await next[1]();
  };
  try {
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), works.length) }, worker));
  } finally {
    queue.length = 0;
  }
  return results;
}

async function openCourt(
  { target }: ClosedTarget,
  about: ProofInput & { native: NativeSelection; architectures: readonly string[]; directory: string },
): Promise<Court> {
  const { native, whole, thin, architectures, directory } = about;
  const own = whole.filter(({ mirror }) => target.mirrors.includes(mirror.mirror.id));
  const mirrors: JudgedMirror[] = own.map(({ mirror, directory: place }) => ({
    id: mirror.mirror.id,
    // Sources are no part of a plan.
    types: ['deb'],
    suite: mirror.mirror.suite,
    components: mirror.mirror.components,
    architectures: mirror.mirror.architectures.filter((name) => architectures.includes(name)),
    directory: place,
    certificates: mirror.verified.certificates,
  }));
  const [first = native.nativeArchitecture, ...others] = architectures;
  const judge = await openJudge(directory, {
    mirrors: mirrors.filter((_, index) => own[index]?.mirror.mirror.types.includes('deb')),
    architectures: [first, ...others],
  });
  const host = { target: { ...target, architectures: [...architectures] }, native: first };
  const wholeMirrors = own.map(({ mirror }) => mirror);
  const isPinned = wholeMirrors.some(
    ({ mirror, release, packages }) =>
      isFiltered(mirror.filters) ||
      (release.notAutomatic && target.notAutomatic.includes(mirror.id)) ||
      packages.omitted > 0,
  );
  const thinMirrors = thin.filter(({ mirror }) => target.mirrors.includes(mirror.id));
  return {
    judge,
    whole: await judge.addPreferences(
      'whole.pref',
      await preferencesText(wholeMirrors, { ...host, isPinned }),
    ),
    thin: await judge.addPreferences(
      'thin.pref',
      await preferencesText(thinMirrors, { ...host, isPinned: true }),
    ),
    bare: await judge.openHost(bareTexts(native)),
    files: await thinFiles(own, thinMirrors),
  };
}

async function thinFiles(
  placed: readonly PlacedMirror[],
  thin: readonly IndexedMirror[],
): Promise<ReadonlySet<string>> {
  const files = new Set<string>();
  for (const { mirror, directory } of placed) {
    const list = thin.find((one) => one.mirror.id === mirror.mirror.id);
    if (list === undefined) continue;
    for await (const { filename } of readSelectedPackages(list.packages.path))
      files.add(join(directory, filename));
  }
  return files;
}

/** The path that a `file:` URI of apt names. */
function pathOfUri(uri: string): string {
  return decodeURIComponent(uri.replace(/^file:\/*/, '/'));
}

/** As a host gets them, but for the comment. */
async function preferencesText(
  mirrors: readonly IndexedMirror[],
  about: { target: ClosedTarget['target']; native: string; isPinned: boolean },
): Promise<string> {
  const baseline = { name: 'judged', digest: '' };
  if (!about.isPinned) return renderPreferences({ baseline, candidates: [], filtered: false });
  const candidates = createCandidates(
    about.target,
    mirrors.map(({ mirror, release }) => ({ id: mirror.id, release })),
  );
  for (const { packages } of mirrors)
    for await (const entry of readSelectedPackages(packages.path)) candidates.add(entry);
  return renderPreferences({
    baseline,
    candidates: candidates.list(about.native),
    onRequest: candidates.onRequest(about.native),
    filtered: true,
  });
}

function bareTexts({ bare, nativeArchitecture }: NativeSelection): {
  status: string;
  extendedStates: string;
} {
  const packages = bare.map((offer) => ({ item: asInstalled(offer), relations: offer.relations }));
  return {
    status: renderStatus(packages),
    extendedStates: renderExtendedStates(
      packages.map(({ item }) => item),
      nativeArchitecture,
    ),
  };
}

function asInstalled({ name, version, architecture }: Offer): InventoryPackage {
  return { name, version, architecture, automatic: false, hold: false };
}

async function judgeHost(
  closed: ClosedTarget,
  about: {
    native: NativeSelection;
    court: Court;
    lock: LockFile | undefined;
    selection: Selection;
  },
  tools: ClosureTools,
): Promise<HostProof> {
  const { native, court, lock, selection } = about;
  const { closure, target } = closed;
  const { offers } = native;
  const packages = { files: selection.size, sizeBytes: 0 };
  for (const { offer } of selection.values()) packages.sizeBytes += offer.sizeBytes;
  const where = { target: target.name, host: lock?.inventory.hostName ?? null, selection, offers };
  const plan = async (host: JudgedHost, job: Job): Promise<JobProof> => {
    tools.context.signal.throwIfAborted();
    const { recommends } = closure;
    const whole = await host.plan(job.words, { preferences: court.whole, recommends });
    const thin = await host.plan(job.words, { preferences: court.thin, recommends });
    const missing = thin.files.map(pathOfUri).filter((path) => !court.files.has(path));
    return judgePlans({ job: job.name, whole, thin }, { ...where, missing });
  };
  if (lock === undefined) {
    const jobs: JobProof[] = [];
    for (const job of hostJobs(closure, true)) jobs.push(await plan(court.bare, job));
    return {
      ...{ host: null, lock: null, architecture: native.nativeArchitecture, packages },
      ...{ strangers: [], unknownRelations: 0, jobs },
    };
  }
  const { inventory } = lock;
  const listed = inventory.packages.map((item) => ({ item, relations: installedRelations(item, offers) }));
  const host = await court.judge.openHost({
    status: renderStatus(listed),
    extendedStates: renderExtendedStates(inventory.packages, native.nativeArchitecture),
  });
  try {
    const jobs: JobProof[] = [];
    for (const job of hostJobs(closure, false)) jobs.push(await plan(host, job));
    const { keepInstalled } = closure;
    jobs.push(await plan(court.bare, restoreJob(inventory, { offers, keepInstalled })));
    return {
      ...{ host: inventory.hostName, lock: lock.sha256, architecture: inventory.architecture, packages },
      strangers: strangersOf(inventory.packages, native),
      unknownRelations: listed.filter(({ item, relations }) => isUnknown(item, relations)).length,
      jobs,
    };
  } finally {
    await host.close();
  }
}

/** Installed packages of which the mirrors offer nothing. */
function strangersOf(packages: readonly InventoryPackage[], { offers }: NativeSelection): string[] {
  return packages
    .filter((item) => offers.candidate(item.name, slotOf(item, offers.nativeArchitecture)) === undefined)
    .map(({ name, version }) => `${name} ${version}`);
}

/** A lock of version 1 says nothing, and no mirror has that version any longer. */
function isUnknown(item: InventoryPackage, relations: PackageRelations): boolean {
  return item.relations === undefined && Object.keys(relations).length === 0;
}

async function sizeOf(
  mirrors: readonly IndexedMirror[],
  ids: readonly string[],
): Promise<{ files: number; sizeBytes: number }> {
  const size = { files: 0, sizeBytes: 0 };
  for (const { mirror, packages } of mirrors) {
    if (!ids.includes(mirror.id)) continue;
    for await (const entry of readSelectedPackages(packages.path)) {
      size.files += 1;
      size.sizeBytes += entry.sizeBytes;
    }
  }
  return size;
}
