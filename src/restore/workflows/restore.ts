/**
 * Implements `pommgr restore`: makes a host's installed packages exactly those of a stored baseline, or of a host lock.
 * Invariant: nothing changes before the whole plan is known, allowed, and every file that it needs was hashed; the next
 * run continues an interrupted one.
 */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { valueOf } from '../../core/domain/named.ts';
import { openAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { findIdentity, identityPassphrase, readIdentity } from '../adapters/identity-file.ts';
import type { AskIdentityPassphrase } from '../adapters/identity-file.ts';
import { putBackIdentity } from '../adapters/host-identity.ts';
import { hostName } from '../../apt/adapters/host-facts.ts';
import { readJsonFile } from '../../core/adapters/json-file.ts';
import { readRestoreJournal, removeRestoreFiles } from '../../store/adapters/restore-files.ts';
import {
  locateStore,
  lockStore,
  readStoreState,
  storeExists,
  type Store,
} from '../../store/adapters/store.ts';
import { checkClock } from '../../host/domain/clock.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { IdentityFile } from '../domain/host-identity.ts';
import { hostLockKind, type HostLock } from '../../apt/domain/host-lock.ts';
import { heldChanges } from '../../apt/domain/package-set.ts';
import type { Context } from '../../core/domain/progress.ts';
import { checkAllowed, neededFlags, type RestoreAllowances } from '../domain/restore-plan.ts';
import type { RestoreReport } from '../domain/restore-report.ts';
import { toolKey, toolPackageName, type OfferedTool } from '../domain/tool-package.ts';
import { takeToolPackage } from '../adapters/tool-package.ts';
import type { StoreState } from '../../store/domain/store-state.ts';
import { carryOutRestore, repairDpkg } from './carry-out-restore.ts';
import { openStoredBaseline, targetFor } from '../../store/workflows/open-stored-baseline.ts';
import { isRestored, planRestore, restoreGoal, type RestoreInput } from './plan-restore.ts';
import { checkPlannedFiles } from './read-offers.ts';
import { withPackageFiles } from '../../store/workflows/package-files.ts';
import { admitStored } from '../../host/workflows/admit-approval.ts';
import { recover } from '../../host/workflows/recover.ts';
import { fetchRestoreSources } from './restore-sources.ts';
import { noStore, warnOfInterrupted } from '../../host/workflows/work-on-store.ts';

export interface RestoreOptions extends RestoreAllowances {
  root?: string | undefined;
  store?: string | undefined;
  /** Name. Default: the lock's where the store has it, else the applied one. */
  baseline?: string | undefined;
  /** File with a host lock. */
  lock?: string | undefined;
  target?: string | undefined;
  /** Medium whose runtime carries pommgr's own package. */
  media?: string | undefined;
  /** Directory with a saved identity. */
  identity?: string | undefined;
  askPassphrase: AskIdentityPassphrase;
  trustExpiredUpstream: boolean;
  dryRun: boolean;
  context: Context;
}

/** @throws PommgrError `refused.*` where a flag is missing; `usage.root` for a root without an apt of its own. */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const root = await namedRoot(options.root);
  const store = await locateStore(root, options.store);
  const aptRoot = await openAptRoot(root);
  if (aptRoot.kind === 'outside') throw noAptInside(root);
  if (!(await storeExists(store))) throw noStore(store);
  const identity = await openIdentity(aptRoot, options);
  const held = await lockStore(store);
  try {
    if (options.dryRun) await warnOfInterrupted(store, options.context);
    else await recover(store, root, options.context);
    return await restoreLocked({ options, aptRoot, store, identity });
  } finally {
    await removeRestoreFiles(store);
    await held.release();
  }
}

interface Work {
  options: RestoreOptions;
  aptRoot: AptRoot;
  store: Store;
  identity: IdentityFile[];
}

async function restoreLocked(work: Work): Promise<RestoreReport> {
  const { options, aptRoot } = work;
  const { context, dryRun } = options;
  const { input, state } = await prepare(work);
  const { stored, target, journal } = input;
  let goal = await restoreGoal(input);
  if (!dryRun && (await repairDpkg(goal, input, context))) goal = await restoreGoal(input);
  context.progress.step('Letting apt plan');
  const planned = await planRestore(goal, input);
  const nativeArchitecture = aptRoot.architecture;
  const needed = neededFlags(planned.plan, { foreign: goal.foreign, nativeArchitecture });
  if (!dryRun) checkAllowed(planned.plan, needed, options);
  await withPackageFiles(stored, { ...work, signal: context.signal }, (files) =>
    checkPlannedFiles(planned.plan, stored, {
      ...{ target, nativeArchitecture, files, dryRun },
      checkedBefore: goal.tool === null ? null : toolKey(nativeArchitecture),
    }),
  );
  const decisions = [...needed, ...input.sources.decisions];
  const report: Omit<RestoreReport, 'outcome' | 'identity' | 'differences'> = {
    root: aptRoot.root,
    baseline: { name: stored.baseline.name, digest: stored.baseline.digest },
    applied: state.applied?.baseline ?? null,
    lock: options.lock ?? null,
    plan: planned.plan,
    heldChanged: heldChanges(planned.found, planned.plan, nativeArchitecture),
    foreign: [...goal.foreign.values()].map(({ name, architecture, version }) => ({
      ...{ name, architecture, version },
    })),
    unavailable: goal.unavailable,
    tool: goal.tool === null ? null : { version: goal.tool.version, media: options.media ?? '' },
    decisions,
    resumed: journal !== undefined,
  };
  const identity = await putBackIdentity(aptRoot, work.identity, { dryRun });
  if (dryRun) return { ...report, outcome: 'would-restore', identity, differences: [] };
  const identityIsSame = identity.every(({ outcome }) => outcome === 'same');
  if (isRestored(planned) && identityIsSame && journal === undefined) {
    return { ...report, outcome: 'unchanged', identity, differences: [] };
  }
  const differences = await carryOutRestore(planned, input, { decisions, context });
  const unavailable = goal.unavailable.map((item) =>
    item.name === toolPackageName && goal.tool !== null ? { ...item, installed: goal.tool.version } : item,
  );
  return { ...report, outcome: 'restored', unavailable, identity, differences };
}

/** Checks everything that can be found wrong before apt is asked for a plan. */
async function prepare({
  options,
  aptRoot,
  store,
}: Work): Promise<{ input: RestoreInput; state: StoreState }> {
  const { context, removeForeign, trustExpiredUpstream } = options;
  const state = await readStoreState(store);
  const lock = options.lock === undefined ? undefined : await readJsonFile(options.lock, hostLockKind);
  const name = options.baseline ?? lockedBaseline(lock, state) ?? state.applied?.baseline;
  if (name === undefined) throw noBaseline(store);
  const stored = await openStoredBaseline(store, state, name);
  checkClock(stored.baseline, context.now());
  await admitStored(stored, {
    ...{ root: aptRoot.root, store, state, media: options.media, context },
    ...{ isRequired: true, dryRun: options.dryRun },
  });
  const target = await targetFor(stored, aptRoot, { state, name: options.target });
  if (lock !== undefined) checkLockFits(lock, options.lock ?? '', { ...target, aptRoot });
  const journal = await readRestoreJournal(store);
  if (journal !== undefined) {
    context.progress.warn(
      `A restore to ${journal.baseline.name} was interrupted (${journal.started}); this one goes on from there.`,
    );
  }
  context.progress.step(`Letting apt read the lists of ${name}`);
  const fetching = { store, aptRoot, target, trustExpiredUpstream, context };
  const sources = await fetchRestoreSources(stored, fetching);
  const offeredTool = await offerTool(lock, { options, aptRoot, store });
  const input = { store, aptRoot, stored, target, lock, journal, sources, removeForeign, offeredTool };
  return { input, state };
}

/** After the sources are there, for they begin with an empty directory. */
async function offerTool(
  lock: HostLock | undefined,
  { options, aptRoot, store }: Omit<Work, 'identity'>,
): Promise<OfferedTool | undefined> {
  const { media, context } = options;
  if (media === undefined) return undefined;
  context.progress.step(`Looking for pommgr's package on ${media}`);
  const version = lock?.packages.find(({ name }) => name === toolPackageName)?.version;
  const offered = await takeToolPackage(media, { store, aptRoot, version, signal: context.signal });
  if (offered === undefined) {
    context.progress.warn(
      `${media} carries no Debian package of pommgr for ${aptRoot.architecture}; pommgr stays as it is.`,
    );
  }
  return offered;
}

/** The lock's own baseline, where the store has it. */
function lockedBaseline(lock: HostLock | undefined, { known }: StoreState): string | undefined {
  const baseline = lock?.baseline ?? undefined;
  return baseline !== undefined && valueOf(known, baseline.name) === baseline.digest
    ? baseline.name
    : undefined;
}

function checkLockFits(
  lock: HostLock,
  file: string,
  { codename, aptRoot }: { codename: string; aptRoot: AptRoot },
): void {
  if (lock.codename === codename && lock.architecture === aptRoot.architecture) return;
  throw new PommgrError(
    'trust.target',
    `The lock ${file} is of another kind of host: expected ${codename} (${aptRoot.architecture}), found ${lock.codename} (${lock.architecture}).`,
    { hints: ['Take the lock of this host.'], details: { file } },
  );
}

async function openIdentity(
  aptRoot: AptRoot,
  { identity: directory, askPassphrase }: RestoreOptions,
): Promise<IdentityFile[]> {
  if (directory === undefined) return [];
  const path = await findIdentity(directory, await hostName(aptRoot));
  return readIdentity(path, await identityPassphrase(path, askPassphrase));
}

function noAptInside(root: string): PommgrError {
  return new PommgrError('usage.root', `There is no apt in ${root}: expected a whole Debian system.`, {
    hints: ["Restore works on this machine or on the root of another system, with that system's own apt."],
    details: { root },
  });
}

function noBaseline({ directory }: Store): PommgrError {
  return new PommgrError('state.baseline', `No baseline is applied from the store ${directory}.`, {
    hints: [
      'Bring one with "pommgr apply --media DIR".',
      'Name another store with --store, or a baseline of it with --baseline.',
    ],
    details: { directory },
  });
}
