/**
 * Implements `pommgr apply --from`: a baseline in the store of another host -> AppliedBaseline -> UpgradePlan.
 * Invariant: data from that store is checked like data from a medium: signature, track, sequence, target, digests.
 */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { join } from 'node:path';
import type { Admission } from '../../approval/workflows/admit-bundle.ts';
import { openAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { sizesOfPlan } from '../../apt/adapters/upgrade-sizes.ts';
import { openStoreSource, storeAddress, type StoreSource } from '../../store/adapters/store-source.ts';
import { locateStore, readStoreState, type Store } from '../../store/adapters/store.ts';
import { readHostTrust } from '../../trust/adapters/trusted-keys.ts';
import { admitBaseline, offerOf } from '../../store/domain/apply-plan.ts';
import type { ApplyReport } from '../domain/apply-report.ts';
import { bundleDirectoryName } from '../../medium/domain/bundle.ts';
import { admitGaps } from '../domain/gaps.ts';
import { checkClock } from '../domain/clock.ts';
import type { Context } from '../../core/domain/progress.ts';
import { chooseOffered } from '../../store/domain/store-index.ts';
import type { Decision, StoreState } from '../../store/domain/store-state.ts';
import type { Target } from '../../apt/domain/target.ts';
import { admitOffer, keepAdmission } from './admit-approval.ts';
import { applyBaseline } from './apply-baseline.ts';
import { chooseHostTarget } from './choose-host-target.ts';
import { openOffer, type VerifiedOffer } from '../../store/workflows/open-offer.ts';
import { recordImport } from '../../store/workflows/record-import.ts';
import { previewUpgrade, withPreviewScratch } from './preview-upgrade.ts';
import type { Forecaster } from './previewed-upgrade.ts';
import { recover } from './recover.ts';
import { rememberTarget } from './remember-target.ts';
import { planSetAside } from './set-aside.ts';
import { holds, requireHeld } from '../../store/domain/held-targets.ts';
import { findStored } from '../../store/workflows/store-bundle.ts';
import { checkRemote, storeRemote } from './store-remote.ts';
import { warnOfInterrupted, withLockedStore } from './work-on-store.ts';

export interface ApplyFromOptions {
  /** `http://HOST:PORT`, or the directory of a store on a share. */
  from: string;
  root?: string | undefined;
  /** Store of this host. */
  store?: string | undefined;
  target?: string | undefined;
  /** Name. Default: the highest of the host's track. */
  baseline?: string | undefined;
  allowOlder?: boolean;
  /** See Allowances. */
  acceptSequence?: number | undefined;
  switchTrack?: boolean;
  dryRun?: boolean;
  context: Context;
  /** Switches although the baseline cannot fully serve the host in its present state. */
  acceptGaps?: boolean;
  /** See ApplyOptions. */
  isForecast?: boolean;
  /** Inspects the plan of a dry run in detail. */
  forecast?: Forecaster | undefined;
}

interface Work {
  options: ApplyFromOptions;
  store: Store;
  aptRoot: AptRoot;
  source: StoreSource;
}

/** @throws PommgrError as `apply`, and `network.*` while the other store cannot be reached. */
export async function applyFrom(options: ApplyFromOptions): Promise<ApplyReport> {
  const root = await namedRoot(options.root);
  const store = await locateStore(root, options.store);
  const aptRoot = await openAptRoot(root);
  const address = await storeAddress(options.from, aptRoot);
  const hashers = openHasherPool(1);
  const source = await openStoreSource(address, { aptRoot, hashers, signal: options.context.signal });
  const work: Work = { options, store, aptRoot, source };
  try {
    if (options.dryRun === true) return await planOnly(work);
    return await withLockedStore(store, () => carryOut(work));
  } finally {
    await source.close();
    await hashers.close();
  }
}

async function carryOut(work: Work): Promise<ApplyReport> {
  const { options, store, aptRoot } = work;
  const { context } = options;
  const recovered = await recover(store, aptRoot.root, context);
  const admitted = await admit(work);
  const { offer, target, decisions, admission } = admitted;
  const { stored, added } =
    (await findOwn(work, admitted)) ?? (await storeRemote(offer, { store, aptRoot, target, context }));
  await keepAdmission(stored, admission, store);
  const { changed, setAside, plan, gaps } = await applyBaseline(stored, {
    ...{ store, aptRoot, target, decisions, admission, context },
    action: 'apply',
    acceptGaps: options.acceptGaps ?? false,
  });
  await rememberTarget(store, options.target);
  const outcome = changed ? 'applied' : 'unchanged';
  const sizes = await sizesOfPlan(aptRoot, plan);
  return {
    ...reportOf(work, admitted),
    outcome,
    from: stored.remote,
    added,
    recovered,
    setAside,
    plan,
    sizes,
    gaps,
  };
}

async function planOnly(work: Work): Promise<ApplyReport> {
  const { options, store, aptRoot, source } = work;
  const { context } = options;
  await warnOfInterrupted(store, context);
  const admitted = await admit(work);
  const { offer, state } = admitted;
  const own = await findOwn(work, admitted);
  return withPreviewScratch(aptRoot, async (scratch) => {
    const directory = own?.stored.directory ?? join(scratch, 'baseline');
    const added = own?.added ?? (await checkRemote(offer, directory, admitted.target));
    checkClock(offer.baseline, context.now());
    const setAside = await planSetAside(aptRoot, state.setAside);
    const from = own === undefined ? source.address : null;
    // The indices are in that directory, and apt requests no package.
    const { baseline, shares } = own?.stored ?? offer;
    const seen = { directory, remote: null, baseline, shares };
    const { files, ...upgrade } = await previewUpgrade(seen, {
      ...{ aptRoot, target: admitted.target, state },
      ...{ scratch, context },
    });
    if (options.acceptGaps !== true) admitGaps(offer.baseline.name, upgrade.gaps);
    const forecast = await options.forecast?.({
      ...{ aptRoot, target: admitted.target, scratch, context },
      ...{ baseline, shares, directory, files, ...upgrade },
      packages: own === undefined ? { kind: 'remote', source } : { kind: 'stored', directory },
    });
    const report = { ...reportOf(work, admitted), outcome: 'would-apply' as const, from, added };
    return { ...report, ...upgrade, forecast: forecast ?? null, recovered: null, setAside };
  });
}

/** If this host's own store holds its target, no other store is needed. */
async function findOwn({ store, options }: Work, { offer: { bundle }, target }: Admitted) {
  const found = await findStored(store, { bundle });
  if (found === undefined || !holds(found.stored.held, target.name)) return undefined;
  options.context.progress.warn(`${bundle.baseline.name} is in this host's own store: that is what is used.`);
  if (options.dryRun !== true) {
    await recordImport(found.stored.baseline, { store, context: options.context });
  }
  return found;
}

interface Admitted {
  offer: VerifiedOffer;
  state: StoreState;
  target: Target;
  decisions: Decision[];
  admission: Admission;
}

/** Checks everything that can be refused before anything is kept. */
async function admit({ options, store, aptRoot, source }: Work): Promise<Admitted> {
  const { context, allowOlder = false, switchTrack = false, acceptSequence } = options;
  context.progress.step(`Asking ${source.address}`);
  const trusted = await readHostTrust(aptRoot.root);
  const state = await readStoreState(store);
  const offered = chooseOffered(await source.list(), {
    address: source.address,
    chosen: options.baseline,
    track: state.applied?.track ?? null,
    switchTrack,
  });
  const offer = await openOffer(source, offered, trusted);
  const decisions = admitBaseline(offerOf(offer.bundle), state, { allowOlder, switchTrack, acceptSequence });
  const target = await chooseHostTarget(offer.bundle, {
    ...{ aptRoot, store, state, name: options.target, upgradeRelease: false, storeOnly: false },
  });
  const ownHeld = (await findStored(store, offer))?.stored.held;
  const isOwn = ownHeld !== undefined && holds(ownHeld, target.name);
  if (!isOwn) {
    const held = offered.targets ?? null;
    requireHeld({ baseline: offer.baseline, held }, target.name, source.address);
  }
  const { dryRun = false, isForecast = false } = options;
  const admission = await admitOffer(offer, offered, {
    ...{ root: aptRoot.root, store, isRequired: !isForecast, dryRun, context },
  });
  return { offer, state, target, decisions, admission };
}

function reportOf({ store, aptRoot }: Work, { offer, target, decisions, admission }: Admitted) {
  const { bundle, signers } = offer;
  const { track, sequence, baseline } = bundle;
  return {
    bundle: bundleDirectoryName(bundle),
    base: null,
    extras: [],
    storedFirst: [],
    baseline: { name: baseline.name, digest: baseline.digest, track, sequence },
    root: aptRoot.root,
    store: store.directory,
    target: target.name,
    signers: signers.map(({ fingerprint }) => fingerprint),
    newSigners: [],
    decisions,
    approvals: [...admission.approvals],
    receipt: null,
    forecast: null,
    activation: null,
  };
}
