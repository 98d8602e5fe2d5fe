/** What the report of `apply` says of a bundle before anything is done with it. */
import type { Admission } from '../../approval/workflows/admit-bundle.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { Store } from '../../store/adapters/store.ts';
import type { Decision } from '../../store/domain/store-state.ts';
import type { BundleChain } from '../../store/workflows/open-chain.ts';
import { newSignersOf } from './settle-apply.ts';

interface AdmittedChain extends BundleChain {
  target: Target;
  decisions: Decision[];
  admission: Admission;
}

export function reportOf({ root, store }: { root: string; store: Store }, admitted: AdmittedChain) {
  const { verified, before, target, decisions, admission } = admitted;
  const { name, bundle, signers } = verified;
  const { track, sequence, baseline, base } = bundle;
  return {
    bundle: name,
    base: base === null ? null : { name: base.name, digest: base.digest },
    extras: bundle.extras,
    storedFirst: before.map((bundleBefore) => bundleBefore.name),
    baseline: { name: baseline.name, digest: baseline.digest, track, sequence },
    from: null,
    root,
    store: store.directory,
    target: target.name,
    signers: signers.map(({ fingerprint }) => fingerprint),
    newSigners: newSignersOf(admitted).map(({ fingerprint, vouchedBy }) => ({ fingerprint, vouchedBy })),
    decisions,
    approvals: [...admission.approvals],
    receipt: null,
    forecast: null,
    activation: null,
  };
}
