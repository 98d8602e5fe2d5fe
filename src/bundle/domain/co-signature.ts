/** Compares an existing bundle with the one that this machine would write, for a second signature. */
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Bundle, BundleBase } from '../../medium/domain/bundle.ts';
import { canonicalJson, compareText } from '../../core/domain/canonical-json.ts';

export interface CoSignReport {
  /** `unchanged`: all our keys had signed it already. `planned`: a dry run. */
  outcome: 'co-signed' | 'unchanged' | 'different' | 'planned';
  bundle: string;
  directory: string;
  baseline: { name: string; digest: string };
  /** Base of a delta; null for a full bundle. */
  base: BundleBase | null;
  /** Fingerprints of the keys whose signature was added. */
  added: string[];
  /** Other parts of the medium that got these signatures: `tool`, `runtime/0.1.0`. */
  alsoSigned: string[];
  /** Fingerprints of the other signers that are known here and whose signature is good. */
  signers: string[];
  /** Differences from the bundle that this machine would write: `vol-0001.tar`, `bundle.json: targets` … */
  differences: string[];
}

/** Returns the members that differ between two documents, sorted, with the name of the file. */
function differingMembers(file: string, there: object, rebuilt: object): string[] {
  const names = new Set([...Object.keys(there), ...Object.keys(rebuilt)]);
  const of = (document: object, name: string): string =>
    canonicalJson((document as Record<string, unknown>)[name] ?? null);
  return [...names]
    .filter((name) => of(there, name) !== of(rebuilt, name))
    .toSorted(compareText)
    .map((name) => `${file}: ${name}`);
}

/**
 * Returns where the documents of two baselines differ; their shared content is left out when its digest is the same.
 */
export function differingBaseline(there: Baseline, own: Baseline): string[] {
  const names = differingMembers('baseline.json', there, own);
  return there.digest === own.digest ? names : names.filter((name) => !name.endsWith(': content'));
}

/** Returns where the documents of two bundles differ; only number, sizes and objects of their volumes count. */
export function differingBundle(there: Bundle, rebuilt: Bundle): string[] {
  const withoutDigests = (bundle: Bundle): object => ({
    ...bundle,
    volumes: bundle.volumes.map((volume) => ({ ...volume, sha256: '' })),
  });
  return differingMembers('bundle.json', withoutDigests(there), withoutDigests(rebuilt));
}
