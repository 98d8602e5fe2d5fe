/**
 * Implements `pommgr apply`: Medium -> VerifiedBundle -> StoredBaseline -> AppliedBaseline -> UpgradePlan. Invariant:
 * the host changes only after the whole bundle is verified and stored; the medium is never written.
 */
import type { Admission } from '../../approval/workflows/admit-bundle.ts';
import { openAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { sizesOfPlan } from '../../apt/adapters/upgrade-sizes.ts';
import { openPreviewDirectory } from '../../store/adapters/preview-directory.ts';
import { locateStore, readStoreState, type Store } from '../../store/adapters/store.ts';
import { readHostTrust } from '../../trust/adapters/trusted-keys.ts';
import { admitBaseline, admitImport, offerOf } from '../../store/domain/apply-plan.ts';
import type { ApplyReport } from '../domain/apply-report.ts';
import { admitGaps } from '../domain/gaps.ts';
import { checkClock } from '../domain/clock.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Decision, StoreState } from '../../store/domain/store-state.ts';
import type { Target } from '../../apt/domain/target.ts';
import { admitChain, keepAdmission } from './admit-approval.ts';
import { applyBaseline, type ApplyBaselineOptions } from './apply-baseline.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { chooseHostTarget, heldTargets } from './choose-host-target.ts';
import { checkReceiptTop, leaveReceipt } from './leave-receipt.ts';
import { openChain, type BundleChain } from '../../store/workflows/open-chain.ts';
import { previewUpgrade, withPreviewScratch } from './preview-upgrade.ts';
import type { Forecaster } from './previewed-upgrade.ts';
import { recover } from './recover.ts';
import { rememberTarget } from './remember-target.ts';
import { planSetAside } from './set-aside.ts';
import { checkChain, storeChain } from '../../store/workflows/store-chain.ts';
import { verifySubscriptions } from '../../subscription/workflows/verify-subscriptions.ts';
import { verifyTool } from '../../medium/workflows/verify-tool.ts';
import { warnOfInterrupted, withLockedStore } from './work-on-store.ts';
import { namedRoot, pathInRoot } from '../../core/adapters/root-paths.ts';
import { reportOf } from './apply-facts.ts';
import { newSignersOf, settle } from './settle-apply.ts';

export interface ApplyOptions {
  media: string;
  /** Other media that hold volumes of the same sets. */
  furtherMedia?: readonly string[];
  /** Path of the host's / on this machine. Default: `/`. */
  root?: string | undefined;
  /** Default: the store in the host's config, else `<root>/var/lib/pommgr`. */
  store?: string | undefined;
  /** Name; needed where several fit. */
  target?: string | undefined;
  /** Name of a bundle. Default: the highest of the host's track. */
  bundle?: string | undefined;
  allowOlder?: boolean;
  /** See Allowances. */
  acceptSequence?: number | undefined;
  switchTrack?: boolean;
  /** Switches although the baseline cannot fully serve the host in its present state. */
  acceptGaps?: boolean;
  /** Asks for no approval: only for a dry run that shows what the bundle would do. */
  isForecast?: boolean;
  /** Imports without switching. */
  storeOnly?: boolean;
  /** Stores the files of all targets, for hosts that use this store. Default: those of the host's own target. */
  allTargets?: boolean;
  /** Checks everything and changes nothing. */
  dryRun?: boolean;
  /** Inspects the plan of a dry run in detail. */
  forecast?: Forecaster | undefined;
  /** Takes a target of the Debian release after the host's, which this judges before the switch. */
  upgradeRelease?: AdmitRelease | undefined;
  /** Activates the host's subscription keys with those on the medium, after the switch. */
  activate?: ((report: ApplyReport, place: ActivationPlace) => Promise<ApplyReport>) | undefined;
  /** Directory in which the host leaves a receipt, in `receipts/`. */
  receipt?: string | undefined;
  context: Context;
}

/**
 * Judges the change to another release and notes that it is begun; returns what the switch is to do differently.
 * @throws PommgrError where the change must not be made.
 */
export type AdmitRelease = (
  stored: StoredBaseline,
  about: Pick<ApplyBaselineOptions, 'store' | 'aptRoot' | 'target' | 'decisions' | 'context'>,
) => Promise<Pick<ApplyBaselineOptions, 'action' | 'acceptGaps' | 'decisions' | 'coming'>>;

/** Where keys are activated; the store is locked, unless nothing changes. */
export interface ActivationPlace {
  media: string;
  root: string;
  store: Store;
  dryRun?: boolean;
  context: Context;
}

interface Work {
  options: ApplyOptions;
  root: string;
  store: Store;
}

/** @throws PommgrError of the families trust, integrity, state and refused: docs/threat-model.md says against what. */
export async function apply(options: ApplyOptions): Promise<ApplyReport> {
  const root = await namedRoot(options.root);
  const store = await locateStore(root, options.store);
  await checkReceiptTop(options.receipt, options.context);
  const work: Work = { options, root, store };
  const activate = async (report: ApplyReport): Promise<ApplyReport> =>
    options.activate === undefined ? report : await options.activate(report, { ...options, root, store });
  if (options.dryRun === true) return activate(await planOnly(work));
  return withLockedStore(store, async () =>
    leaveReceipt(await activate(await carryOut(work)), { ...options, root, store }),
  );
}

async function carryOut(work: Work): Promise<ApplyReport> {
  const { options, root, store } = work;
  const { context } = options;
  const recovered = await recover(store, root, context);
  const admitted = await admit(work);
  const { target, aptRoot, decisions, admission } = admitted;
  const { stored, added } = await storeChain(admitted, {
    store,
    context,
    held: heldTargets(admitted.verified.bundle, target, options.allTargets === true),
    listsDirectory: await pathInRoot(root, '/var/lib/apt/lists'),
  });
  await keepAdmission(stored, admission, store);
  const report = { ...reportOf(work, admitted), added, recovered };
  if (options.storeOnly === true) {
    await settle(admitted, { root, store, media: options.media, context });
    return { ...report, outcome: 'stored', setAside: [], plan: null, sizes: null, gaps: null };
  }
  const switching = { store, aptRoot, target, decisions, admission, context };
  const outcome = await applyBaseline(stored, {
    ...switching,
    action: 'apply',
    acceptGaps: options.acceptGaps ?? false,
    ...(await options.upgradeRelease?.(stored, switching)),
  });
  await rememberTarget(store, options.target);
  await settle(admitted, { root, store, media: options.media, context });
  const { changed, setAside, plan, gaps } = outcome;
  const sizes = await sizesOfPlan(aptRoot, plan);
  return { ...report, outcome: changed ? 'applied' : 'unchanged', setAside, plan, sizes, gaps };
}

async function planOnly(work: Work): Promise<ApplyReport> {
  const { options, store, root } = work;
  const { context } = options;
  await warnOfInterrupted(store, context);
  const admitted = await admit(work);
  return withPreviewScratch(admitted.aptRoot, async (scratch) => {
    const preview = options.storeOnly === true ? undefined : await openPreviewDirectory(scratch);
    const held = heldTargets(admitted.verified.bundle, admitted.target, options.allTargets === true);
    const chain = {
      store,
      context,
      held,
      listsDirectory: await pathInRoot(root, '/var/lib/apt/lists'),
      preview,
    };
    const { baseline, shares, added, directory } = await checkChain(admitted, chain);
    const report = {
      ...reportOf(work, admitted),
      added,
      recovered: null,
      plan: null,
      sizes: null,
      gaps: null,
    };
    if (directory === undefined || preview === undefined)
      return { ...report, outcome: 'would-store', setAside: [] };
    checkClock(baseline, context.now());
    const setAside = await planSetAside(admitted.aptRoot, admitted.state.setAside);
    const seen = { directory, remote: null, baseline, shares };
    const { files, ...upgrade } = await previewUpgrade(seen, { ...admitted, scratch, context });
    if (options.acceptGaps !== true && options.upgradeRelease === undefined)
      admitGaps(baseline.name, upgrade.gaps);
    const bundles = [...admitted.before, admitted.verified];
    const forecast = await options.forecast?.({
      ...{ aptRoot: admitted.aptRoot, target: admitted.target, scratch, context },
      ...{ baseline, shares, directory, files, ...upgrade },
      packages:
        preview.directory === directory ? { kind: 'bundles', bundles, store } : { kind: 'stored', directory },
    });
    return { ...report, ...upgrade, forecast: forecast ?? null, outcome: 'would-apply', setAside };
  });
}

interface Admitted extends BundleChain {
  state: StoreState;
  aptRoot: AptRoot;
  target: Target;
  decisions: Decision[];
  admission: Admission;
}

/** Checks everything that can be refused before a volume is read. */
async function admit({ options, root, store }: Work): Promise<Admitted> {
  const { media, context, allowOlder = false, switchTrack = false, storeOnly = false } = options;
  const { acceptSequence, dryRun = false, isForecast = false } = options;
  const all = [media, ...(options.furtherMedia ?? [])];
  context.progress.step(`Checking ${all.join(', ')}`);
  const trusted = await readHostTrust(root);
  const state = await readStoreState(store);
  const track = state.applied?.track ?? null;
  const chain = await openChain(
    { media: all, chosen: options.bundle, track, switchTrack },
    { store, state, trusted, context },
  );
  const { bundle } = chain.verified;
  const admitOne = storeOnly ? admitImport : admitBaseline;
  const decisions = admitOne(offerOf(bundle), state, { allowOlder, switchTrack, acceptSequence });
  if (newSignersOf(chain).length > 0) decisions.push('trust-new-signer');
  const aptRoot = await openAptRoot(root);
  const target = await chooseHostTarget(bundle, {
    ...{ aptRoot, store, state, name: options.target, storeOnly },
    upgradeRelease: options.upgradeRelease !== undefined,
  });
  for (const place of all) {
    await verifyTool(place, { trusted, context });
    await verifySubscriptions(place, trusted);
  }
  const isRequired = !storeOnly && !isForecast;
  const admission = await admitChain(chain, { root, store, isRequired, dryRun, context });
  return { ...chain, state, aptRoot, admission, target, decisions };
}
