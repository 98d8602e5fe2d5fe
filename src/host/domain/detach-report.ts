/** What `detach` did, or would do. Paths are the host's own. */
import type { Recovered } from './recovered.ts';
import type { StoreSecret } from '../../store/domain/store-secret.ts';
import type { SetAside } from '../../store/domain/store-state.ts';

export interface DetachReport {
  /** `unchanged`: nothing was applied, and there was nothing to purge. */
  outcome: 'detached' | 'would-detach' | 'unchanged';
  root: string;
  store: string;
  /** What was applied; null for nothing. */
  baseline: string | null;
  /** Files that are back at `path`. */
  putBack: SetAside[];
  /** Those of `putBack` that were changed while they were aside, as by an upgrade of their package. */
  changed: string[];
  /** Files that somebody removed while they were aside. */
  missing: string[];
  /** Earlier files of a place that another one has now. */
  kept: { from: string; to: string }[];
  /** The files with secrets that a purge removes. */
  secrets: StoreSecret[];
  /** What a purge takes away besides the store: the launcher, and its copies of runtimes. */
  removed: string[];
  /** The store and the audit log are gone, too. */
  purged: boolean;
  recovered: Recovered | null;
}
