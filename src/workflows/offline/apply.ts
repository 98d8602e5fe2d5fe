/**
 * `pommgr apply`: Medium -> VerifiedBundle -> StoredBaseline -> AppliedBaseline -> UpgradePlan.
 * Invariant: the host changes only after the whole bundle is verified and stored; the medium is never written.
 */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openAptRoot, type AptRoot } from '../../adapters/apt-root.ts';
import { pathExists, removeDurably } from '../../adapters/atomic-files.ts';
import { hostFacts } from '../../adapters/host-facts.ts';
import { listMedium, openBundle, type VerifiedBundle } from '../../adapters/medium.ts';
import { locateStore, lockStore, readStoreState, storeExists, type Store } from '../../adapters/store.ts';
import { addTrustedKey, readTrustedKeys, trustedKeysDirectory } from '../../adapters/trusted-keys.ts';
import { admitBaseline } from '../../domain/apply-plan.ts';
import type { ApplyReport } from '../../domain/apply-report.ts';
import { chooseBundle } from '../../domain/bundle-choice.ts';
import { checkClock } from '../../domain/clock.ts';
import { chooseTarget, hostKind } from '../../domain/host.ts';
import type { Context } from '../../domain/progress.ts';
import type { Decision, StoreState } from '../../domain/store-state.ts';
import type { Target } from '../../domain/target.ts';
import { applyBaseline } from './apply-baseline.ts';
import { recover } from './recover.ts';
import { planSetAside } from './set-aside.ts';
import { checkBundle, storeBundle } from './store-bundle.ts';
import { warnOfInterrupted } from './work-on-store.ts';

export interface ApplyOptions {
  media: string;
  /** Where the host's / lies. Default: `/`. */
  root?: string | undefined;
  /** Default: as the host's config says, else `<root>/var/lib/pommgr`. */
  store?: string | undefined;
  /** Name; needed where several fit. */
  target?: string | undefined;
  /** Name of a bundle. Default: the highest of the host's track. */
  bundle?: string | undefined;
  allowOlder?: boolean;
  switchTrack?: boolean;
  /** Imports without switching. */
  storeOnly?: boolean;
  /** Checks everything and changes nothing. */
  dryRun?: boolean;
  context: Context;
}

interface Work {
  options: ApplyOptions;
  root: string;
  store: Store;
}

/** @throws PommgrError as DESIGN.md, "Guarantees" 4 lists them. */
export async function apply(options: ApplyOptions): Promise<ApplyReport> {
  const root = await realpath(resolve(options.root ?? '/'));
  const store = await locateStore(root, options.store);
  const work: Work = { options, root, store };
  if (options.dryRun === true) return planOnly(work);
  return withLockedStore(store, () => carryOut(work));
}

/** A store that this run made and that holds nothing is taken away again when the run fails. */
async function withLockedStore<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const isNew = !(await pathExists(store.directory));
  const lock = await lockStore(store);
  try {
    return await work();
  } catch (error) {
    if (isNew && !(await storeExists(store))) await removeDurably(store.directory);
    throw error;
  } finally {
    await lock.release();
  }
}

async function carryOut(work: Work): Promise<ApplyReport> {
  const { options, root, store } = work;
  const { context } = options;
  const recovered = await recover(store, root, context);
  const admitted = await admit(work);
  const { verified, target, aptRoot, decisions } = admitted;
  const { stored, added } = await storeBundle(verified, {
    store,
    context,
    listsDirectory: listsDirectory(root),
  });
  const report = { ...reportOf(work, admitted), added, recovered };
  if (options.storeOnly === true) {
    await trustNewSigners(verified, root);
    return { ...report, outcome: 'stored', setAside: [], plan: null };
  }
  const outcome = await applyBaseline(stored, {
    ...{ store, aptRoot, target, decisions, context },
    action: 'apply',
  });
  await trustNewSigners(verified, root);
  const { changed, setAside, plan } = outcome;
  return { ...report, outcome: changed ? 'applied' : 'unchanged', setAside, plan };
}

async function planOnly(work: Work): Promise<ApplyReport> {
  const { options, store, root } = work;
  const { context } = options;
  await warnOfInterrupted(store, context);
  const admitted = await admit(work);
  const { baseline, added } = await checkBundle(admitted.verified, {
    store,
    context,
    listsDirectory: listsDirectory(root),
  });
  const report = { ...reportOf(work, admitted), added, recovered: null, plan: null };
  if (options.storeOnly === true) return { ...report, outcome: 'would-store', setAside: [] };
  checkClock(baseline, context.now());
  const setAside = await planSetAside(admitted.aptRoot, admitted.state.setAside);
  return { ...report, outcome: 'would-apply', setAside };
}

interface Admitted {
  verified: VerifiedBundle;
  state: StoreState;
  aptRoot: AptRoot;
  target: Target;
  decisions: Decision[];
}

/** Everything that can be refused before a volume is read. */
async function admit({ options, root, store }: Work): Promise<Admitted> {
  const { media, context, allowOlder = false, switchTrack = false } = options;
  context.progress.step(`Checking ${media}`);
  const trusted = await readTrustedKeys(trustedKeysDirectory(root));
  const state = await readStoreState(store);
  const { bundles } = await listMedium(media);
  const track = state.applied?.track ?? null;
  const name = chooseBundle(bundles, { media, chosen: options.bundle, track, switchTrack });
  const verified = await openBundle(media, name, trusted);
  for (const { fingerprint, vouchedBy } of verified.newSigners) {
    context.progress.warn(
      `The bundle is signed by a new key, ${fingerprint}, to which ${vouchedBy} handed over.`,
    );
  }
  const { bundle } = verified;
  const offer = { track: bundle.track, sequence: bundle.sequence, ...bundle.baseline };
  const decisions = admitBaseline(offer, state, { allowOlder, switchTrack });
  if (verified.newSigners.length > 0) decisions.push('trust-new-signer');
  const aptRoot = await openAptRoot(root);
  const host = hostKind(await hostFacts(aptRoot));
  return {
    verified,
    state,
    aptRoot,
    target: chooseTarget(bundle.targets, host, { name: options.target }),
    decisions,
  };
}

function reportOf({ root, store }: Work, { verified, target, decisions }: Admitted) {
  const { name, bundle, signers, newSigners } = verified;
  const { track, sequence, baseline } = bundle;
  return {
    bundle: name,
    baseline: { name: baseline.name, digest: baseline.digest, track, sequence },
    root,
    store: store.directory,
    target: target.name,
    signers: signers.map(({ fingerprint }) => fingerprint),
    newSigners: newSigners.map(({ fingerprint, vouchedBy }) => ({ fingerprint, vouchedBy })),
    decisions,
  };
}

/** Only what a trusted key handed over to gets here. */
async function trustNewSigners({ newSigners }: VerifiedBundle, root: string): Promise<void> {
  for (const signer of newSigners) await addTrustedKey(trustedKeysDirectory(root), signer);
}

function listsDirectory(root: string): string {
  return resolve(root, 'var/lib/apt/lists');
}
