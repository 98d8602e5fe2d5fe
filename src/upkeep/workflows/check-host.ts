/** Checks whether a host is as its store says: unfinished work, links, guard, sources, clock, keys. Changes nothing. */
import { readApprovalPolicy } from '../../approval/adapters/approval-policy.ts';
import type { Context } from '../../core/domain/progress.ts';
import { admitStored } from '../../host/workflows/admit-approval.ts';
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { appliedFiles, currentNumber } from '../../host/adapters/applied-directory.ts';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { ifPresent } from '../../core/adapters/system-error.ts';
import { guardIsThere, linksInPlace, listOtherSources } from '../../apt/adapters/host-apt-files.ts';
import { hostLauncher, hostLauncherPath } from '../../trust/adapters/host-launcher.ts';
import { readIncoming } from '../../store/adapters/incoming-file.ts';
import { readJournal } from '../../store/adapters/journal.ts';
import { readRestoreJournal } from '../../store/adapters/restore-files.ts';
import { storedSigners } from '../../store/adapters/stored-root.ts';
import type { Store } from '../../store/adapters/store.ts';
import { readHostTrust, requireTrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { clockBehind, clockText } from '../../host/domain/clock.ts';
import type { DoctorProblem } from '../domain/doctor-report.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { missingVolumes, waitingText } from '../../bundle/domain/incoming.ts';
import { type Applied, type StoreState } from '../../store/domain/store-state.ts';
import { operationBaseline, operationText } from '../../store/domain/journal.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { findBaseline, targetFor } from '../../store/workflows/open-stored-baseline.ts';
import { compareApt } from '../../host/workflows/compare-apt.ts';
import { aptConfiguration } from '../../host/workflows/apt-configuration.ts';
import { prepareSources } from '../../host/workflows/prepare-sources.ts';
import { findReplacedSources } from '../../host/workflows/take-back-link.ts';

export interface HostCheck {
  store: Store;
  state: StoreState;
  aptRoot: AptRoot;
  /** What is applied; undefined where nothing is, or it cannot be read. */
  stored: StoredBaseline | undefined;
}

const applyHint = 'Run "pommgr apply" again with the medium of the applied baseline.';
/** A replacement cannot be undone, and the operator must state the goal again. */
const restoreHint =
  'Run the same "pommgr restore" again: it goes on from there. --repair does not, for it must not change packages.';
const repairHint = 'Run "pommgr doctor --repair".';

export async function checkWork({ store }: Pick<HostCheck, 'store'>): Promise<DoctorProblem[]> {
  const journal = await readJournal(store);
  if (journal !== undefined) {
    const { operation, started } = journal;
    const about = operationText(operation.kind, operationBaseline(operation));
    return [{ what: `Interrupted: ${about}, begun at ${started}.`, hint: repairHint }];
  }
  const restoring = await readRestoreJournal(store);
  const problems: DoctorProblem[] = [];
  if (restoring !== undefined) {
    const { baseline, started } = restoring;
    problems.push({
      what: `Interrupted: the restore to ${baseline.name}, begun at ${started}.`,
      hint: restoreHint,
    });
  }
  const incoming = await readIncoming(store);
  if (incoming !== undefined) {
    const missing = missingVolumes(incoming);
    problems.push({
      what: `${waitingText({ ...incoming, missing })}, since ${incoming.started}.`,
      hint: 'Run "pommgr apply" with that medium, or give the set up with --repair.',
    });
  }
  const names: string[] = [];
  for (const directory of [store.baselines, store.remotes, store.pool]) {
    names.push(...(await listDirectory(directory)));
  }
  const left = names.filter((name) => name.endsWith('.tmp'));
  if (left.length === 0) return problems;
  return [
    ...problems,
    { what: `An interrupted run left ${left.length} unfinished files.`, hint: repairHint },
  ];
}

/** Checks that all of our files that apt reads exist and have the applied content. */
export async function checkAptFiles(check: HostCheck): Promise<DoctorProblem[]> {
  const { store, state, aptRoot } = check;
  const problems: DoctorProblem[] = [];
  if ((await guardIsThere(aptRoot.root)) && (await readJournal(store)) === undefined) {
    problems.push({ what: 'The guard of a switch is still there.', hint: repairHint });
  }
  if (state.applied === null) return problems;
  try {
    const replaced = await findReplacedSources(check);
    if (replaced !== undefined) {
      const what = `${replaced.path} was replaced by a file with the same entries, as the web interface does when one is switched off or on.`;
      problems.push({ what, hint: repairHint });
    } else if (!(await linksInPlace(aptRoot.root, pathForApt(aptRoot, store.current)))) {
      problems.push({ what: 'A link to the store is missing in /etc/apt.', hint: applyHint });
    }
    const found = await currentNumber(store);
    if (found === state.applied.number) problems.push(...(await textProblems(state.applied, check)));
    else {
      const what = `${store.current} leads to ${found ?? 'nothing'}, expected ${state.applied.number}.`;
      problems.push({ what, hint: applyHint });
    }
    if (problems.length === 0 && check.stored !== undefined) {
      problems.push(...(await compareApt({ ...check, stored: check.stored, candidates: 'all' })));
    }
  } catch (error) {
    problems.push(problemOf(error));
  }
  return problems;
}

/** Pins depend on what was installed at the time. */
async function textProblems(
  applied: Applied,
  { store, state, aptRoot, stored }: HostCheck,
): Promise<DoctorProblem[]> {
  if (stored === undefined) return [];
  const target = await targetFor(stored, aptRoot, { state });
  const { texts } = await prepareSources(stored, { target, aptRoot, pins: null });
  const files = appliedFiles(store, applied.number);
  const wrong: string[] = [];
  if ((await readText(files.sources)) !== texts.sources) wrong.push(files.sources);
  const configuration = aptConfiguration(stored, { store, aptRoot, target });
  if ((await readText(files.configuration)) !== configuration) wrong.push(files.configuration);
  const preferences = await readText(files.preferences);
  if (state.pins === null ? preferences !== texts.preferences : preferences === undefined) {
    wrong.push(files.preferences);
  }
  return wrong.map((file) => ({ what: `${file} is not what was written.`, hint: applyHint }));
}

async function readText(path: string): Promise<string | undefined> {
  return await ifPresent(readPlainText(path));
}

export async function checkSources({ state, aptRoot }: HostCheck): Promise<DoctorProblem[]> {
  if (state.applied === null) return [];
  return (await listOtherSources(aptRoot)).map((path) => ({
    what: `${path}: a source that is not of the baseline.`,
    hint: 'Run "pommgr apply" again, which sets it aside, or "pommgr pin" if it is to stay.',
  }));
}

export function checkHostClock({ stored }: HostCheck, now: Date): DoctorProblem[] {
  const ahead = stored === undefined ? undefined : clockBehind(stored.baseline, now);
  if (stored === undefined || ahead === undefined) return [];
  const hint = 'Set the clock of this host (date --set): apt refuses what seems to be of the future.';
  return [{ what: clockText(stored.baseline.name, ahead, now), hint }];
}

/** Checks that a key is trusted, and that a key which is still trusted signed the applied baseline. */
export async function checkKeys({ store, state, aptRoot }: HostCheck): Promise<DoctorProblem[]> {
  try {
    const trusted = await readHostTrust(aptRoot.root);
    requireTrustedKeys(trusted);
    if (state.applied !== null) {
      const { directory } = await findBaseline(store, state, state.applied.baseline);
      await storedSigners(directory, trusted);
    }
    return [];
  } catch (error) {
    return [problemOf(error)];
  }
}

/** Checks that approvers are not signers, enough of them, and that none withdrew what is applied. */
export async function checkApprovals(
  { store, state, aptRoot: { root }, stored }: HostCheck,
  context: Context,
): Promise<DoctorProblem[]> {
  try {
    const { threshold } = await readApprovalPolicy(root);
    if (threshold === null || stored === undefined) return [];
    await admitStored(stored, { root, store, state, isRequired: true, dryRun: true, context });
    return [];
  } catch (error) {
    return [problemOf(error)];
  }
}

/** A host need not have one. */
export async function checkLauncher({ aptRoot }: Pick<HostCheck, 'aptRoot'>): Promise<DoctorProblem[]> {
  const found = await hostLauncher(aptRoot.root);
  if (found === 'none' || found === 'current') return [];
  const what = {
    foreign: `${hostLauncherPath} is not pommgr's launcher.`,
    'other-version': `${hostLauncherPath} is not the launcher of this pommgr: another version, or changed.`,
  };
  const hint = {
    foreign: 'Find out whose it is. Remove it, and "pommgr apply" installs the right one.',
    'other-version': 'Run "pommgr apply", which installs its own.',
  };
  return [{ what: what[found], hint: hint[found] }];
}

/** One of our errors is a finding; any other error is a failure of the check itself. */
function problemOf(error: unknown): DoctorProblem {
  if (!(error instanceof PommgrError)) throw error;
  return { what: error.message, hint: error.hints.join(' ') };
}
