/**
 * Changes packages for `restore`. Invariant: the journal exists from before the first change until after the last, and
 * the report's differences are those that dpkg reports afterwards.
 */
import {
  configureAll,
  hasDpkgUpdates,
  removeHalfInstalled,
  runInstall,
  unpackPackage,
} from '../../apt/adapters/apt-install.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { appendAudit, auditUser } from '../../store/adapters/audit-log.ts';
import { readInstalledSet, setMarks } from '../../apt/adapters/installed-set.ts';
import { removeRestoreJournal, writeRestoreJournal } from '../../store/adapters/restore-files.ts';
import { readStoreState, writeStoreState } from '../../store/adapters/store.ts';
import { aptName } from '../../apt/domain/apt-policy.ts';
import { digestOf } from '../../core/domain/digest.ts';
import { sortMarked } from '../../apt/domain/host-lock.ts';
import { differencesOf, packageSet, type Difference, type PackageSet } from '../../apt/domain/package-set.ts';
import { toolKey } from '../domain/tool-package.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Decision } from '../../store/domain/store-state.ts';
import { formatTime } from '../../core/domain/time.ts';
import type { RestoreGoal, RestoreInput, RestorePlan } from './plan-restore.ts';
import { withPackageFiles } from '../../store/workflows/package-files.ts';

/**
 * Completes an interrupted dpkg run, so that apt can plan; returns whether there was anything to do.
 * @throws PommgrError `tool.dpkg`.
 */
export async function repairDpkg(
  { unfinished, goal, offers, tool }: RestoreGoal,
  { store, aptRoot, stored }: RestoreInput,
  context: Context,
): Promise<boolean> {
  if (unfinished.length === 0 && !(await hasDpkgUpdates(aptRoot))) return false;
  context.progress.step('Ending what dpkg had begun');
  for (const item of unfinished.filter(({ status }) => status === 'half-installed')) {
    const key = aptName(item, aptRoot.architecture);
    if (tool !== null && key === toolKey(aptRoot.architecture)) {
      await unpackPackage(aptRoot, tool.file);
      continue;
    }
    const [entry] = offers.entries(key, goal.get(key)?.version ?? '');
    if (entry !== undefined) {
      const asking = { store, aptRoot, signal: context.signal };
      const file = await withPackageFiles(stored, asking, (files) => files.verify(entry));
      await unpackPackage(aptRoot, file);
    } else if (!goal.has(key)) await removeHalfInstalled(aptRoot, key);
  }
  await configureAll(aptRoot);
  return true;
}

/** @throws PommgrError `tool.apt` when apt fails; the next run goes on. */
export async function carryOutRestore(
  restorePlan: RestorePlan,
  input: RestoreInput,
  { decisions, context }: { decisions: readonly Decision[]; context: Context },
): Promise<Difference[]> {
  const { aptRoot, store, sources } = input;
  const { goal, plan, words } = restorePlan;
  await begin(goal, input, context);
  if (words.length > 0) {
    context.progress.step('Letting apt do it');
    await runInstall(aptRoot, words, { files: sources.files, noRemovals: plan.remove.length === 0 });
  }
  context.progress.step('Restoring the marks');
  await setMarks(aptRoot, goal, await readSet(aptRoot));
  const differences = differencesOf(goal, await readSet(aptRoot));
  await record(input, decisions, context);
  await removeRestoreJournal(store);
  return differences;
}

async function begin(
  goal: PackageSet,
  { store, stored, target, lock }: RestoreInput,
  context: Context,
): Promise<void> {
  const { name, digest } = stored.baseline;
  await writeRestoreJournal(store, {
    schema: 'pommgr/restore-journal/v1',
    started: formatTime(context.timestamp()),
    baseline: { name, digest },
    target: target.name,
    lockDigest: lock === undefined ? null : digestOf(lock),
    goal: sortMarked([...goal.values()]),
  });
}

async function readSet(aptRoot: AptRoot): Promise<PackageSet> {
  return packageSet((await readInstalledSet(aptRoot)).packages, aptRoot.architecture);
}

async function record(
  { store, stored, target }: RestoreInput,
  decisions: readonly Decision[],
  context: Context,
): Promise<void> {
  const state = await readStoreState(store);
  const audit = await appendAudit(store, state.audit, {
    time: formatTime(context.timestamp()),
    user: auditUser(),
    action: 'restore',
    baseline: stored.baseline.name,
    digest: stored.baseline.digest,
    target: target.name,
    decisions: [...decisions],
  });
  await writeStoreState(store, { ...state, audit });
}
