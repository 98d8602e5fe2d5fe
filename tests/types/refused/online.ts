/** Nothing of the online chain is made by a literal, a spread or `new`. tests/types/sealed.test.ts reads the marks. */
import { FetchedPlan } from '../../../src/mirror/workflows/fetch-packages.ts';
import { FetchPlan } from '../../../src/mirror/workflows/fetch-plan.ts';
import { IndexedMirror } from '../../../src/mirror/workflows/indexed-mirror.ts';
import { Snapshot, TakenSnapshots } from '../../../src/mirror/workflows/taken-snapshots.ts';
import { VerifiedRelease } from '../../../src/upstream/workflows/verify-releases.ts';
import { fetchIndices } from '../../../src/mirror/workflows/fetch-indices.ts';
import { settlePackages } from '../../../src/mirror/workflows/settle-packages.ts';
import { writeBaseline } from '../../../src/snapshot/workflows/write-baseline.ts';

declare const release: VerifiedRelease;
declare const otherRelease: VerifiedRelease['release'];
declare const mirror: IndexedMirror;
declare const plan: FetchPlan;
declare const fetched: FetchedPlan;
declare const snapshot: Snapshot;
declare const taken: TakenSnapshots;
declare const tools: Parameters<typeof fetchIndices>[1];
declare const parts: Parameters<typeof writeBaseline>[0];

// TS2740: a Release from text that nobody verified
export const literalRelease: VerifiedRelease = { mirror: release.mirror, release: otherRelease };

// TS2739: a verified Release with other content
export const spreadRelease: VerifiedRelease = { ...release, release: otherRelease };

// TS2673: the constructor is private
export const newRelease = new VerifiedRelease({ ...release });

// TS2740: a mirror without indices
export const literalMirror: IndexedMirror = { verified: release, indices: [], twiceListed: [] };

// TS2740: an indexed mirror with other indices
export const spreadMirror: IndexedMirror = { ...mirror, indices: [] };

// TS2673: the constructor is private
export const newMirror = new IndexedMirror(release, { indices: [] });

// TS2740: a verified Release is not an indexed mirror
export const releaseAsMirror: IndexedMirror = release;

// TS2739: a plan with other mirrors
export const spreadPlan: FetchPlan = { ...plan, mirrors: [] };

// TS2673: the constructor is private
export const newPlan = new FetchPlan({ mirrors: [] });

// TS2741: a plan that nobody carried out
export const literalFetched: FetchedPlan = { plan, fetched: fetched.fetched, lacking: new Set<string>() };

// TS2739: a fetched plan that is another's
export const spreadFetched: FetchedPlan = { ...fetched, plan };

// TS2673: the constructor is private
export const newFetched = new FetchedPlan(plan, { fetched: fetched.fetched, lacking: new Set() });

// TS2739: a snapshot that was never made
export const literalSnapshot: Snapshot = { mirror, name: '2026-01-01T00:00:00Z', files: [] };

// TS2739: a snapshot of another mirror
export const spreadSnapshot: Snapshot = { ...snapshot, mirror };

// TS2673: the constructor is private
export const newSnapshot = new Snapshot(mirror, { name: '', files: [] });

// TS2741: a set of snapshots that lacks some
export const spreadTaken: TakenSnapshots = { ...taken, snapshots: [] };

// TS2673: the constructor is private
export const newTaken = new TakenSnapshots({ ...taken, snapshots: [] });

// TS2740: the Release files are fetched, and not verified
export const leftOutVerify = fetchIndices([{ mirror: release.mirror }], tools);

// TS2739: the packages are planned, and not fetched
export const leftOutFetch = settlePackages(plan);

// TS2739: a baseline of snapshots that no engine took
export const leftOutTake = writeBaseline({ ...parts, taken: { snapshots: [] } });
