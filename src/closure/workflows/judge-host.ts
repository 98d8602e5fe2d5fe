/** Lets apt plan each job of one host, with the whole baseline and with the thin one. */
import type { Inventory, InventoryPackage, PackageRelations } from '../../apt/domain/inventory.ts';
import type { AptProgram } from '../../apt/domain/apt-program.ts';
import type { JudgedHost } from '../adapters/judge.ts';
import type { LockFile } from '../adapters/lock-files.ts';
import type { AptPlan } from '../domain/apt-plan.ts';
import { inventoryAfterPlan } from '../domain/host-inventory.ts';
import { installedRelations } from '../domain/host-state.ts';
import { hostJobs, restoreJob, type Job } from '../domain/judged-jobs.ts';
import type { HostProof, JobProof } from '../domain/lock-proof.ts';
import { slotOf } from '../domain/offers.ts';
import type { Selection } from '../domain/selection.ts';
import { stageHindrances } from '../domain/stage-hindrances.ts';
import { renderExtendedStates, renderStatus } from '../domain/status-text.ts';
import { judgePlans } from './judge-plans.ts';
import type { Court } from './open-court.ts';
import type { ClosedTarget, ClosureTools, NativeSelection } from './select-target.ts';

interface Judged {
  native: NativeSelection;
  court: Court;
  /** With the packages that the host has at the start. */
  lock: LockFile | undefined;
  selection: Selection;
}

export interface HostVerdict {
  proof: HostProof;
  /** What the upgrade leaves, as apt planned it; undefined for the bare system. */
  leaves: Inventory | undefined;
}

/** Plans a job twice and compares; returns its proof and the plan. */
type PlanJob = (
  host: JudgedHost,
  job: Job & { apt?: AptProgram | undefined },
) => Promise<{ proof: JobProof; plan: AptPlan }>;

/** @throws PommgrError `integrity.closure` for the first difference. */
export async function judgeHost(
  closed: ClosedTarget,
  judged: Judged,
  tools: ClosureTools,
): Promise<HostVerdict> {
  const { native, court, lock, selection } = judged;
  const { closure, target } = closed;
  const { offers } = native;
  const packages = { files: selection.size, sizeBytes: 0 };
  for (const { offer } of selection.values()) packages.sizeBytes += offer.sizeBytes;
  const where = { target: target.name, host: lock?.inventory.hostName ?? null, selection, offers };
  const plan: PlanJob = async (host, job) => {
    tools.context.signal.throwIfAborted();
    const { recommends } = closure;
    const { apt } = job;
    const whole = await host.plan(job.words, { preferences: court.whole, recommends, apt });
    const thin = await host.plan(job.words, { preferences: court.thin, recommends, apt });
    const missing = thin.files.map(pathOfUri).filter((path) => !court.files.has(path));
    return { proof: judgePlans({ job: job.name, whole, thin }, { ...where, missing }), plan: thin };
  };
  if (lock !== undefined) return await judgeLocked(closed, { ...judged, lock, packages, plan });
  const jobs: JobProof[] = [];
  for (const job of hostJobs(closure, true)) jobs.push((await plan(court.bare, job)).proof);
  const proof: HostProof = {
    ...{ host: null, lock: null, architecture: native.nativeArchitecture, packages },
    ...{ strangers: [], unknownRelations: 0, jobs },
  };
  return { proof, leaves: undefined };
}

/**
 * Nobody installs or removes packages between the switch to another release and its upgrade, so that there the other
 * jobs start from what the upgrade leaves.
 */
async function judgeLocked(
  { closure, target, stage, apt, aptBefore }: ClosedTarget,
  judged: Judged & { lock: LockFile; packages: HostProof['packages']; plan: PlanJob },
): Promise<HostVerdict> {
  const { native, court, lock, packages, plan } = judged;
  const { inventory } = lock;
  const { offers } = native;
  const isCarried = stage?.carried.has(inventory.hostName) === true;
  const [upgrade, ...others] = hostJobs(closure, false);
  if (upgrade === undefined) throw new Error('a host has no upgrade');
  const changesRelease = isCarried && stage.kind === 'release';
  const jobs: JobProof[] = [];
  const planOthers = async (host: JudgedHost): Promise<void> => {
    for (const job of others) jobs.push((await plan(host, job)).proof);
  };
  const upgradePlan = await withHost(inventory, judged, async (host) => {
    // The apt of the old release carries the change out; a machine has one apt for all.
    const first = await plan(host, { ...upgrade, apt: changesRelease ? aptBefore : apt });
    jobs.push(first.proof);
    if (!changesRelease) await planOthers(host);
    return first.plan;
  });
  const leaves = inventoryAfterPlan(inventory, upgradePlan, offers);
  if (changesRelease) await withHost(leaves, judged, planOthers);
  const later = changesRelease ? leaves : inventory;
  const { keepInstalled } = closure;
  jobs.push((await plan(court.bare, restoreJob(later, { offers, keepInstalled }))).proof);
  const about = { inventory, plan: upgradePlan, codename: target.codename };
  const hindrances = stage === undefined ? [] : stageHindrances(stage, about);
  const proof: HostProof = {
    ...{ host: inventory.hostName, lock: lock.sha256, architecture: inventory.architecture, packages },
    ...(isCarried && stage.before !== undefined ? { after: stage.before.name } : {}),
    ...(hindrances.length === 0 ? {} : { hindrances }),
    strangers: strangersOf(inventory.packages, native),
    unknownRelations: listed(inventory, native).filter(isUnknown).length,
    jobs,
  };
  return { proof, leaves };
}

async function withHost<Result>(
  inventory: Inventory,
  { native, court }: Judged,
  work: (host: JudgedHost) => Promise<Result>,
): Promise<Result> {
  const host = await court.judge.openHost({
    status: renderStatus(listed(inventory, native)),
    extendedStates: renderExtendedStates(inventory.packages, native.nativeArchitecture),
  });
  try {
    return await work(host);
  } finally {
    await host.close();
  }
}

interface ListedPackage {
  item: InventoryPackage;
  relations: PackageRelations;
}

function listed({ packages }: Inventory, { offers }: NativeSelection): ListedPackage[] {
  return packages.map((item) => ({ item, relations: installedRelations(item, offers) }));
}

/** Returns installed packages that no mirror offers. */
function strangersOf(packages: readonly InventoryPackage[], { offers }: NativeSelection): string[] {
  return packages
    .filter((item) => offers.candidate(item.name, slotOf(item, offers.nativeArchitecture)) === undefined)
    .map(({ name, version }) => `${name} ${version}`);
}

/** A lock of version 1 has no relations, and no mirror has that version any longer. */
function isUnknown({ item, relations }: ListedPackage): boolean {
  return item.relations === undefined && Object.keys(relations).length === 0;
}

/** Returns the path that a `file:` URI of apt names. */
function pathOfUri(uri: string): string {
  return decodeURIComponent(uri.replace(/^file:\/*/, '/'));
}
