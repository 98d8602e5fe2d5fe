/**
 * A baseline that the store holds whole, and one that apt sees. Values of these types are made only by the steps
 * that did the work: src/store/workflows/store-bundle.ts and switch-sources.ts.
 */
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Applied } from './store-state.ts';

declare const storedBrand: unique symbol;
declare const appliedBrand: unique symbol;

/** Every file of it was verified and is under its final name: in `directory`, or part of it in another host's store. */
export interface StoredBaseline {
  readonly [storedBrand]: true;
  /** Absolute: `<store>/baselines/<name>`, or `<store>/remotes/<name>` for one that is used from elsewhere. */
  readonly directory: string;
  /** Address of the other host's store that has its indices and packages; null for one that is kept whole. */
  readonly remote: string | null;
  readonly baseline: Baseline;
}

/** apt's sources and preferences are this baseline's, and apt's candidates were compared with it. */
export interface AppliedBaseline {
  readonly [appliedBrand]: true;
  readonly applied: Applied;
  readonly stored: StoredBaseline;
}
