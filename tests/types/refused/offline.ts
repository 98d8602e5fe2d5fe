/** Nothing of the offline chain is made by a literal, a spread or `new`. tests/types/sealed.test.ts reads the marks. */
import { UpgradePlan } from '../../../src/apt/domain/apt-simulation.ts';
import type { Baseline } from '../../../src/baseline/domain/baseline.ts';
import { AppliedBaseline } from '../../../src/host/workflows/applied-baseline.ts';
import { applyBaseline } from '../../../src/host/workflows/apply-baseline.ts';
import { storeRemote } from '../../../src/host/workflows/store-remote.ts';
import { VerifiedBundle } from '../../../src/medium/adapters/verified-bundle.ts';
import type { Bundle } from '../../../src/medium/domain/bundle.ts';
import { StoredBaseline } from '../../../src/store/adapters/stored-baseline.ts';
import { VerifiedOffer } from '../../../src/store/workflows/open-offer.ts';
import { storeBundle } from '../../../src/store/workflows/store-bundle.ts';
import { readSignedFile, SignedDirectory } from '../../../src/trust/adapters/signed-directory.ts';

declare const bundle: Bundle;
declare const baseline: Baseline;
declare const signed: SignedDirectory;
declare const verified: VerifiedBundle;
declare const offer: VerifiedOffer;
declare const stored: StoredBaseline;
declare const applied: AppliedBaseline;
declare const plan: UpgradePlan;
declare const options: Parameters<typeof storeBundle>[1];
declare const remoteOptions: Parameters<typeof storeRemote>[1];
declare const applyOptions: Parameters<typeof applyBaseline>[1];

// TS2739: a directory that nobody verified
export const literalSigned: SignedDirectory = { directory: signed.directory, base: signed.base };

// TS2741: a signed directory elsewhere
export const spreadSigned: SignedDirectory = { ...signed, directory: signed.base, digests: new Map() };

// TS2673: the constructor is private
export const newSigned = new SignedDirectory({ kind: 'tool', directory: signed.directory }, { ...signed });

// TS2740: a bundle that nobody verified
export const literalBundle: VerifiedBundle = { name: 'site-1', media: '/mnt', bundle };

// TS2740: a verified bundle with another document
export const spreadBundle: VerifiedBundle = { ...verified, bundle };

// TS2673: the constructor is private
export const newBundle = new VerifiedBundle({ ...verified });

// TS2741: an offer with another baseline
export const spreadOffer: VerifiedOffer = { ...offer, files: offer.files, baseline };

// TS2673: the constructor is private
export const newOffer = new VerifiedOffer(offer.source, { ...offer });

// TS2741: a baseline that nobody stored
export const literalStored: StoredBaseline = { directory: '/store/x', remote: null, baseline };

// TS2741: a stored baseline with another document
export const spreadStored: StoredBaseline = { ...stored, baseline };

// TS2673: the constructor is private
export const newStored = new StoredBaseline({ directory: '/store/x', remote: null }, baseline);

// TS2741: a baseline that apt does not see
export const spreadApplied: AppliedBaseline = {
  ...applied,
  applied: applied.applied,
  plan: applied.plan,
  newer: applied.newer,
};

// TS2673: the constructor is private
export const newApplied = new AppliedBaseline(stored, { applied: applied.applied });

// TS2741: a plan that apt did not make
export const spreadPlan: UpgradePlan = { ...plan, remove: [], incoming: [] };

// TS2673: the constructor is private
export const newPlan = new UpgradePlan([]);

// TS2740: a bundle is stored, and was not verified
export const leftOutVerify = storeBundle({ ...verified }, options);

// TS2739: an offer of another host is stored, and was not verified
export const leftOutOffer = storeRemote({ ...offer }, remoteOptions);

// TS2741: a baseline is applied, and was not stored
export const leftOutStore = applyBaseline({ directory: '/store/x', remote: null, baseline }, applyOptions);

// TS2739: a file is believed of a directory that was not opened
export const leftOutOpen = readSignedFile({ ...signed }, 'node', 1024);
