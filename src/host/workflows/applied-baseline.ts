/**
 * Compares a baseline with what a host's apt sees. Invariant: an AppliedBaseline was compared with apt under the host's
 * own configuration, and every file that apt's plan needs was found.
 */
import { simulateUpgrade } from '../../apt/adapters/apt.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import type { Store } from '../../store/adapters/store.ts';
import type { Applied } from '../../store/domain/store-state.ts';
import { withPackageFiles } from '../../store/workflows/package-files.ts';
import { checkCandidates, checkPlanFiles, type NewerPackage } from './check-apt.ts';
import type { PreparedSources } from './prepare-sources.ts';

interface SeenByApt {
  applied: Applied;
  plan: UpgradePlan;
  newer: NewerPackage[];
}

let sealed: (stored: StoredBaseline, seen: SeenByApt) => AppliedBaseline;

/** A baseline that apt's sources and preferences describe. Only `compareApplied` creates one. */
export class AppliedBaseline {
  readonly stored: StoredBaseline;
  readonly #seen: SeenByApt;

  static {
    sealed = (stored, seen) => new AppliedBaseline(stored, seen);
  }

  private constructor(stored: StoredBaseline, seen: SeenByApt) {
    this.stored = stored;
    this.#seen = seen;
  }

  get applied(): Applied {
    return this.#seen.applied;
  }

  /** What `apt-get dist-upgrade` would do now. */
  get plan(): UpgradePlan {
    return this.#seen.plan;
  }

  /** Packages that are installed in a newer version than the baseline's. */
  get newer(): NewerPackage[] {
    return this.#seen.newer;
  }
}

export interface Comparison {
  applied: Applied;
  prepared: PreparedSources;
  store: Store;
  aptRoot: AptRoot;
  /** Whether other sources stay active: then only the pinned packages are compared. */
  isShared: boolean;
  signal: AbortSignal;
}

/** @throws PommgrError `tool.apt` where apt sees something else, `integrity.missing` for a file that its plan needs. */
export async function compareApplied(
  stored: StoredBaseline,
  { applied, prepared, store, aptRoot, isShared, signal }: Comparison,
): Promise<AppliedBaseline> {
  const newer = await checkCandidates(aptRoot, {
    ...prepared,
    ...(isShared ? { candidates: prepared.pinned } : {}),
  });
  const plan = await simulateUpgrade(aptRoot);
  if (!isShared) {
    await withPackageFiles(stored, { store, aptRoot, signal }, (files) =>
      checkPlanFiles(plan, stored, files),
    );
  }
  return sealed(stored, { applied, plan, newer });
}
