/** Defines the report of `detach`. Paths are the host's own. */
import type { Recovered } from './recovered.ts';
import type { StoreSecret } from '../../store/domain/store-secret.ts';
import type { SetAside } from '../../store/domain/store-state.ts';

export interface DetachReport {
  /** `unchanged`: nothing was applied, and there was nothing to purge. */
  outcome: 'detached' | 'would-detach' | 'unchanged';
  root: string;
  store: string;
  /** Baseline that was applied; null for none. */
  baseline: string | null;
  /** Files that were put back at `path`. */
  putBack: SetAside[];
  /** Those of `putBack` that were changed while they were set aside, for instance by an upgrade of their package. */
  changed: string[];
  /** Files that somebody removed while they were set aside. */
  missing: string[];
  /** Earlier files of a path that another file has now. */
  kept: { from: string; to: string }[];
  /** The files with secrets that a purge removes. */
  secrets: StoreSecret[];
  /** What a purge removes besides the store: the launcher, and its copies of runtimes. */
  removed: string[];
  /** The store and the audit log are removed, too. */
  purged: boolean;
  recovered: Recovered | null;
}
