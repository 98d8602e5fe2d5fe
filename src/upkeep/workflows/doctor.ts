/**
 * Implements `pommgr doctor`: checks whether a host and its store are as they should be; with repair, it resolves
 * interrupted work first.
 */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import { guardIsThere, removeGuard } from '../../apt/adapters/host-apt-files.ts';
import { cleanPool } from '../../store/adapters/store-pool.ts';
import {
  locateStore,
  lockStore,
  readStoreState,
  storeExists,
  type Store,
} from '../../store/adapters/store.ts';
import { cleanBaselines } from '../../store/adapters/stored-baseline-directory.ts';
import { takeBackLink } from '../../host/workflows/take-back-link.ts';
import type { Recovered } from '../../host/domain/recovered.ts';
import {
  checkNames,
  type CheckName,
  type DoctorProblem,
  type DoctorReport,
} from '../domain/doctor-report.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { StoreState } from '../../store/domain/store-state.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { verifyAudit } from './audit-verify.ts';
import * as host from './check-host.ts';
import { checkOtherStore } from './check-other-store.ts';
import { checkStore } from './check-store.ts';
import { giveUpVolumes } from '../../store/workflows/gather-volumes.ts';
import { openStoredBaseline } from '../../store/workflows/open-stored-baseline.ts';
import { recover } from '../../host/workflows/recover.ts';
import { noStore } from '../../host/workflows/work-on-store.ts';

export interface DoctorOptions {
  root?: string | undefined;
  store?: string | undefined;
  /** Reads every stored file. */
  deep: boolean;
  /** Resolves what an interrupted run left. */
  repair: boolean;
  context: Context;
}

/** @throws PommgrError `state.no-store`, `state.locked` while another run is at work. */
export async function doctor(options: DoctorOptions): Promise<DoctorReport> {
  const root = await namedRoot(options.root);
  const store = await locateStore(root, options.store);
  if (!(await storeExists(store))) throw noStore(store);
  const lock = await lockStore(store);
  try {
    const recovered = options.repair ? await repair(store, root, options.context) : null;
    return { ...(await examine(store, root, options)), recovered };
  } finally {
    await lock.release();
  }
}

/** A guard without a journal only hides the host's own files. */
async function repair(store: Store, root: string, context: Context): Promise<Recovered | null> {
  const recovered = await recover(store, root, context);
  if (!(await storeExists(store))) throw noStore(store);
  await giveUpVolumes(store, context);
  await cleanPool(store);
  await cleanBaselines(store);
  if (await guardIsThere(root)) await removeGuard(root);
  await takeBackLink({ store, aptRoot: await openAptRoot(root) }, context);
  return recovered;
}

async function examine(
  store: Store,
  root: string,
  { deep, context }: DoctorOptions,
): Promise<Omit<DoctorReport, 'recovered'>> {
  const state = await readStoreState(store);
  const check: host.HostCheck = {
    store,
    state,
    aptRoot: await openAptRoot(root),
    stored: await openApplied(store, state),
  };
  const examinations: Record<CheckName, () => Promise<DoctorProblem[]>> = {
    work: () => host.checkWork(check),
    apt: () => host.checkAptFiles(check),
    sources: () => host.checkSources(check),
    store: async () => [
      ...(await checkStore({ store, state, deep, context })),
      ...(await checkOtherStore(check, context)),
    ],
    clock: () => Promise.resolve(host.checkHostClock(check, context.now())),
    keys: () => host.checkKeys(check),
    approvals: () => host.checkApprovals(check, context),
    launcher: () => host.checkLauncher(check),
    audit: () => checkAudit(store),
  };
  const checks: DoctorReport['checks'] = [];
  for (const name of checkNames) checks.push({ name, problems: await examinations[name]() });
  return { root, store: store.directory, applied: state.applied?.baseline ?? null, deep, checks };
}

/** `checkStore` reports what is wrong with it. */
async function openApplied(store: Store, state: StoreState): Promise<StoredBaseline | undefined> {
  if (state.applied === null) return undefined;
  try {
    return await openStoredBaseline(store, state, state.applied.baseline);
  } catch (error) {
    if (error instanceof PommgrError) return undefined;
    throw error;
  }
}

async function checkAudit(store: Store): Promise<DoctorProblem[]> {
  const { file, problems } = await verifyAudit(store);
  return problems.map(({ line, what }) => ({
    what: `${file}, line ${line}: ${what}.`,
    hint: 'Find out who changed it; keep a copy of the log and of state.json.',
  }));
}
