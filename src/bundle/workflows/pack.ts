/**
 * Implements `pommgr pack`: Baseline -> PackPlan -> Bundle, on a medium. The same baseline, options and time give the
 * same bytes; the manifest is written last.
 */
import { keyPlaceOf } from '../../config/domain/key-setting.ts';
import { plannedReport, writeReport } from '../../approval/workflows/write-report.ts';
import type { ReportMaker, ReportPack } from '../../approval/domain/report-pack.ts';
import { takeReports } from '../../hosts/workflows/take-reports.ts';
import { syncsDirectories } from '../../core/adapters/writes-at.ts';
import { lockPath } from '../../medium/adapters/medium-lock.ts';
import { openKeys } from '../../trust/adapters/signing.ts';
import { chooseClosure } from './choose-closure.ts';
import { latestBaseline, readBaseline } from '../../baseline/adapters/baseline-files.ts';
import { bundleDirectory } from '../../medium/adapters/bundle-root.ts';
import { lifeCycleWarnings } from '../../baseline/workflows/life-cycle.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { withLock } from '../../core/adapters/file-lock.ts';
import { requireFileSize, requireSpace, withSpace } from '../../core/adapters/free-space.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { removeUnfinishedBundle } from '../../medium/adapters/medium-writer.ts';
import { type AskPassphrase } from '../../trust/adapters/signing.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { BundleBase } from '../../medium/domain/bundle.ts';
import type { BundleContents } from '../../medium/domain/bundle-objects.ts';
import type { Config } from '../../config/domain/config.ts';
import type { SpaceNeed } from '../../core/domain/error-place.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { RuntimeReport } from '../../medium/domain/medium-tool.ts';
import type { ReadBackMethod } from '../../medium/domain/read-back-method.ts';
import type { Extra } from '../../config/domain/extras.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { SubscriptionPack } from '../../subscription/domain/subscription-pack.ts';
import { parseVolumeSize } from '../../medium/domain/volume-size.ts';
import { chooseBase } from './choose-base.ts';
import { isPackedAlready } from './existing-bundle.ts';
import { hashExtras } from './hash-extras.ts';
import { planPack, type PackPlan } from './plan-pack.ts';
import { planSiteSubscriptions } from '../../subscription/workflows/plan-subscriptions.ts';
import { rememberDelta, rememberReceipts } from './remember-use.ts';
import { rememberSequence } from './remember-sequence.ts';
import { withAdvisories } from './with-advisories.ts';
import { writeBundle } from './write-bundle.ts';
import { chooseRuntime, planRuntime, runtimeSpace } from '../../medium/workflows/write-runtime.ts';
import { writeSubscriptions } from '../../subscription/workflows/write-subscriptions.ts';
import { writeTop, type TopOptions } from '../../medium/workflows/write-tool.ts';

export interface PackOptions {
  /** Path of pommgr.yaml; config-file.ts says where it is searched by default. */
  configFile: string | undefined;
  media: string;
  /** Default: the newest baseline of the config's track. */
  baselineName?: string | undefined;
  /** What the site already has: name of a baseline, `receipt`, `receipt:DIR`, or `none`, which is the default. */
  since?: string | undefined;
  /** Size as parseVolumeSize reads it. Default: the largest that FAT32 can hold. */
  volumeSize?: string | undefined;
  /** Makes a thin bundle of a whole baseline, by the closures of the config. */
  closure?: boolean;
  /** Replaces `volumeSize`. */
  volumeSizeBytes?: number | undefined;
  /** Whether the medium is read back after writing. Default: yes. */
  readBack?: boolean;
  /** Whether this pommgr's runtime is copied too. Default: no. */
  withRuntime?: boolean;
  /** Makes the report that travels beside the bundle. Default: none. */
  reports?: ReportMaker | undefined;
  dryRun?: boolean;
  askPassphrase?: AskPassphrase;
  context: Context;
}

export interface PackResult {
  /** `unchanged`: the medium already has this very bundle. `planned`: a dry run. */
  outcome: 'packed' | 'unchanged' | 'planned';
  bundle: string;
  directory: string;
  baseline: { name: string; digest: string };
  /** Base of a delta; null for a full bundle. */
  base: BundleBase | null;
  extras: Extra[];
  /** Fingerprints of the keys that sign it. */
  signers: string[];
  layout: 'volumes' | 'pom';
  volumes: number;
  /** Number of snapshot directories; 0 with volumes. */
  snapshots: number;
  /** Number of objects in the volumes; with layout `pom`, of files in the snapshots. */
  objects: number;
  /** Contents of the baseline that it brings; null where POM fills the medium. */
  contents: BundleContents | null;
  /** Size of everything that the manifest covers. */
  sizeBytes: number;
  /** How the medium was read back after writing; null where it was not. */
  readBack: ReadBackMethod | null;
  runtime: RuntimeReport;
  /** Subscription keys of the hosts; null where the config wants none on media or names no hosts. */
  subscriptions: SubscriptionPack | null;
  /** The report beside the bundle, by which it is approved. */
  report: ReportPack;
}

/** Room for bundle.json, manifests, signatures, launcher and texts, whatever the block size of the file system. */
export const smallFiles = { files: 32, sizeBytes: 4 * 1024 * 1024 };

/**
 * @throws PommgrError `config.*` for a missing baseline or signing key, `usage.*` for a medium that is not there or a
 *   volume size that is too small, `refused.exists`, `state.space`, `integrity.*` for a file that is not as it was.
 */
export async function pack(options: PackOptions): Promise<PackResult> {
  const { media, context } = options;
  const { config, keys, keyFiles, plan, subscriptions, runtime } = await preparePack(options);
  await warnOfWeakFileSystem(media, context);
  const planned = await planRuntime(runtime, { media, keys, context });
  const work = { media, keys, keyFiles, context, runtime: planned };
  if (options.dryRun === true) {
    const outcome = (await isPackedAlready(plan, work)) ? 'unchanged' : 'planned';
    const need = await spaceNeed(work, outcome === 'planned' ? plan : undefined);
    await requireSpace(media, need.sizeBytes, need);
    return {
      ...result(plan, work, outcome),
      subscriptions: await writeSubscriptions(subscriptions, { ...work, dryRun: true }),
      report: plannedReport(media, plan.name, options.reports),
    };
  }
  return await withLock(await lockPath(config, media), `the medium ${media}`, async () => {
    const done = await packPlan(plan, work, options.readBack ?? true);
    const report = await writeReport({
      ...{ media, bundle: plan.name, keys, config, baseline: plan.baseline, context },
      ...{ maker: options.reports, isNew: done.outcome === 'packed' },
    });
    return { ...done, report, subscriptions: await writeSubscriptions(subscriptions, work) };
  });
}

/** Warns once about a file system that does not sync directories. */
async function warnOfWeakFileSystem(media: string, context: Context): Promise<void> {
  if (await syncsDirectories(media)) return;
  context.progress.warn(
    `The file system at ${media} does not sync directories: unmount it before you take the medium out, or what was written last may be lost.`,
  );
}

/** Performs the first steps of every way of packing volumes; changes only the sequence number in the state. */
export async function preparePack(options: PackOptions) {
  const { media, closure = false, dryRun = false, context } = options;
  const loaded = await loadConfig(options.configFile);
  await listMedium(media);
  await takeIn(loaded, options);
  const baseline = await chooseBaseline(loaded, options.baselineName);
  const config = await withAdvisories(loaded, baseline);
  for (const text of await lifeCycleWarnings(config, baseline, context.now())) context.progress.warn(text);
  const keys = await openKeys(config, options.askPassphrase);
  const subscriptions = await planSiteSubscriptions(config, { isRequired: false, context });
  if (!dryRun) {
    await rememberSequence(config, { media, keys, context });
    await rememberReceipts(config, { top: media, context });
  }
  const plan = await planPack(config, baseline, {
    volumeSizeBytes: options.volumeSizeBytes ?? parseVolumeSize(options.volumeSize ?? 'fat32'),
    base: await chooseBase(config, baseline, { since: options.since, media, context }),
    extras: await hashExtras(config, context),
    closure: await chooseClosure(config, baseline, { closure, dryRun, context }),
  });
  const runtime = await chooseRuntime(options.withRuntime === true, context);
  if (!dryRun) await rememberDelta(config, plan);
  return { config, keys, keyFiles: config.signing.privateKeys.map(keyPlaceOf), plan, subscriptions, runtime };
}

/** Takes in the reports of hosts on the medium, for the next snapshot; an invalid report does not prevent packing. */
async function takeIn({ stateDir }: Config, { media, dryRun = false, context }: PackOptions): Promise<void> {
  try {
    const { open } = await takeReports({ stateDir, media: [media], dryRun, skipUnknown: true, context });
    if (open.length === 0) return;
    const names = open.map((wish) => wish.package).join(', ');
    context.progress.note(`Hosts wish for ${names}: "pommgr snapshot --accept-requests" agrees to it.`);
  } catch (error) {
    if (!(error instanceof PommgrError) || error.family === 'interrupted') throw error;
    context.progress.warn(error.message);
  }
}

async function packPlan(
  plan: PackPlan,
  work: TopOptions,
  readBack: boolean,
): Promise<ReturnType<typeof result>> {
  const isThere = await isPackedAlready(plan, work);
  if (!isThere) await removeUnfinishedBundle(work.media, plan.name);
  const need = await spaceNeed(work, isThere ? undefined : plan);
  return await withSpace(work.media, need, async () => {
    await writeTop(work);
    if (isThere) return result(plan, work, 'unchanged');
    return { ...result(plan, work, 'packed'), readBack: await writeBundle(plan, { ...work, readBack }) };
  });
}

/** Returns the space for a plan, where there is one, and for the runtime. @throws PommgrError `usage.volume-size` */
async function spaceNeed({ media, runtime }: TopOptions, plan: PackPlan | undefined): Promise<SpaceNeed> {
  const beside = runtimeSpace(runtime);
  if (plan !== undefined) await requireFileSize(media, plan.volumes);
  return {
    sizeBytes: (plan?.sizeBytes ?? 0) + beside.sizeBytes + smallFiles.sizeBytes,
    files: (plan?.volumes.length ?? 0) + beside.files + smallFiles.files,
    what: plan === undefined ? 'the runtime' : `the bundle ${plan.name}`,
    waysOut: [
      'Or spread it over several media (--media for each, or --resume), or pack only what a baseline of the site lacks (--since BASELINE).',
    ],
  };
}

/** @throws PommgrError `config.baseline` */
export async function chooseBaseline(config: Config, name: string | undefined): Promise<Baseline> {
  if (name !== undefined) return await readBaseline(config.stateDir, name);
  const latest = await latestBaseline(config.stateDir, config.track);
  if (latest !== undefined) return latest;
  throw new PommgrError(
    'config.baseline',
    `The track ${config.track} has no baseline in ${config.stateDir}.`,
    { hints: ['Make one with "pommgr snapshot".'], details: { track: config.track } },
  );
}

function result(
  plan: PackPlan,
  work: TopOptions,
  outcome: PackResult['outcome'],
): Omit<PackResult, 'subscriptions' | 'report'> {
  return {
    outcome,
    bundle: plan.name,
    directory: bundleDirectory(work.media, plan.name),
    baseline: { name: plan.baseline.name, digest: plan.baseline.digest },
    base: plan.base,
    extras: plan.extras,
    signers: work.keys.map(({ publicKey }) => publicKey.fingerprint),
    layout: 'volumes',
    volumes: plan.volumes.length,
    snapshots: 0,
    objects: plan.objects,
    contents: plan.contents,
    sizeBytes: plan.sizeBytes,
    readBack: null,
    runtime: work.runtime.report,
  };
}
