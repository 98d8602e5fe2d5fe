/** Notes that a stage begins, before apt is switched to it: the journal first, then the guard. */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import type { Store } from '../../store/adapters/store.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { writeUpgradeJournal } from '../../store/adapters/upgrade-files.ts';
import { placeUpgradeGuard } from '../adapters/upgrade-guard.ts';

export interface BegunOptions {
  store: Store;
  aptRoot: AptRoot;
  target: Target;
  /** Name of the way; null for none. */
  way: string | null;
  /** Findings that the operator accepted, by id, sorted. */
  accepted: readonly string[];
  context: Context;
}

export async function noteBegun(
  { baseline }: StoredBaseline,
  { store, aptRoot, target, way, accepted, context }: BegunOptions,
): Promise<void> {
  const { name, digest } = baseline;
  await writeUpgradeJournal(store, {
    schema: 'pommgr/upgrade-journal/v1',
    started: formatTime(context.timestamp()),
    baseline: { name, digest },
    ...{ way, target: target.name, codename: target.codename },
    accepted: [...accepted],
    log: null,
  });
  await placeUpgradeGuard({ aptRoot, store });
}
