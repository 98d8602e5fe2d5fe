/** Lets apt plan each job of one host, with the whole baseline and with the thin one. */
import type { InventoryPackage, PackageRelations } from '../../apt/domain/inventory.ts';
import type { JudgedHost } from '../adapters/judge.ts';
import type { LockFile } from '../adapters/lock-files.ts';
import { installedRelations } from '../domain/host-state.ts';
import { hostJobs, restoreJob, type Job } from '../domain/judged-jobs.ts';
import type { HostProof, JobProof } from '../domain/lock-proof.ts';
import { slotOf } from '../domain/offers.ts';
import type { Selection } from '../domain/selection.ts';
import { renderExtendedStates, renderStatus } from '../domain/status-text.ts';
import { judgePlans } from './judge-plans.ts';
import type { Court } from './open-court.ts';
import type { ClosedTarget, ClosureTools, NativeSelection } from './select-target.ts';

/** @throws PommgrError `integrity.closure` for the first difference. */
export async function judgeHost(
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

/** Returns installed packages that no mirror offers. */
function strangersOf(packages: readonly InventoryPackage[], { offers }: NativeSelection): string[] {
  return packages
    .filter((item) => offers.candidate(item.name, slotOf(item, offers.nativeArchitecture)) === undefined)
    .map(({ name, version }) => `${name} ${version}`);
}

/** A lock of version 1 has no relations, and no mirror has that version any longer. */
function isUnknown(item: InventoryPackage, relations: PackageRelations): boolean {
  return item.relations === undefined && Object.keys(relations).length === 0;
}

/** Returns the path that a `file:` URI of apt names. */
function pathOfUri(uri: string): string {
  return decodeURIComponent(uri.replace(/^file:\/*/, '/'));
}
