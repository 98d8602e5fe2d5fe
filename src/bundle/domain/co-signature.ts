/** What a second signature takes: the bundle that is there against the one that this machine would write. */
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Bundle, BundleBase } from '../../medium/domain/bundle.ts';
import { canonicalJson, compareText } from '../../core/domain/canonical-json.ts';

export interface CoSignReport {
  /** `unchanged`: all our keys had signed it. `planned`: a dry run. */
  outcome: 'co-signed' | 'unchanged' | 'different' | 'planned';
  bundle: string;
  directory: string;
  baseline: { name: string; digest: string };
  /** What a delta builds on; null for a full bundle. */
  base: BundleBase | null;
  /** Fingerprints of the keys whose signature was added. */
  added: string[];
  /** What else on the medium got their signature: `tool`, `runtime/0.1.0`. */
  alsoSigned: string[];
  /** Fingerprints of the others that are known here and whose signature is good. */
  signers: string[];
  /** What differs from the bundle that this machine would write: `vol-0001.tar`, `bundle.json: targets` … */
  differences: string[];
}

/** The members of two documents that are not the same, sorted, with the file that they are of. */
function differingMembers(file: string, there: object, rebuilt: object): string[] {
  const names = new Set([...Object.keys(there), ...Object.keys(rebuilt)]);
  const of = (document: object, name: string): string =>
    canonicalJson((document as Record<string, unknown>)[name] ?? null);
  return [...names]
    .filter((name) => of(there, name) !== of(rebuilt, name))
    .toSorted(compareText)
    .map((name) => `${file}: ${name}`);
}

/** Where the documents of two baselines differ, their shared content left out when its digest is the same. */
export function differingBaseline(there: Baseline, own: Baseline): string[] {
  const names = differingMembers('baseline.json', there, own);
  return there.digest === own.digest ? names : names.filter((name) => !name.endsWith(': content'));
}

/** Where the documents of two bundles differ; of their volumes only number, sizes and objects count. */
export function differingBundle(there: Bundle, rebuilt: Bundle): string[] {
  const withoutDigests = (bundle: Bundle): object => ({
    ...bundle,
    volumes: bundle.volumes.map((volume) => ({ ...volume, sha256: '' })),
  });
  return differingMembers('bundle.json', withoutDigests(there), withoutDigests(rebuilt));
}
