/**
 * Implements `pommgr pack --format pom`: Baseline -> MountedMedium -> PomBundlePlan -> Bundle, beside the snapshots
 * that POM copies.
 */
import { keyPlaceOf } from '../../config/domain/key-setting.ts';
import { join } from 'node:path';
import { plannedReport, writeReport } from '../../approval/workflows/write-report.ts';
import type { ReportMaker } from '../../approval/domain/report-pack.ts';
import { lifeCycleWarnings } from '../../baseline/workflows/life-cycle.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { withLock } from '../../core/adapters/file-lock.ts';
import type { FileTotal } from '../../mirror/adapters/pool-files.ts';
import { requireSpace, withSpace } from '../../core/adapters/free-space.ts';
import type { SpaceNeed } from '../../core/domain/error-place.ts';
import { mediumPoolName, planMediumCopy, type MediumCopy } from '../../pom/adapters/medium-copy.ts';
import { bundleDirectory } from '../../medium/adapters/bundle-root.ts';
import { requirePomFileSystem } from '../../pom/adapters/mount-point.ts';
import { syncPomMedium } from '../../pom/adapters/pom-media.ts';
import { type AskPassphrase, openKeys } from '../../trust/adapters/signing.ts';
import { bundleTotal } from '../../medium/domain/bundle.ts';
import { below, topPlace } from '../../core/domain/place.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { isThereAlready } from './existing-bundle.ts';
import { withAdvisories } from './with-advisories.ts';
import { chooseBaseline, smallFiles, type PackResult } from './pack.ts';
import { lockPath } from '../../medium/adapters/medium-lock.ts';
import { explainMismatch } from '../../pom/workflows/explain-pom.ts';
import { removeGoneBundles } from './remove-gone-bundles.ts';
import { bundleFilesTotal, planPomBundle } from './plan-pom-bundle.ts';
import { findMountedMedium, mayNeedSecondSync } from '../../pom/workflows/pom-medium.ts';
import { rememberSequence } from './remember-sequence.ts';
import { writePomBundle, type PomBundleWork } from './write-pom-bundle.ts';
import { chooseRuntime, planRuntime, runtimeSpace } from '../../medium/workflows/write-runtime.ts';
import { planSiteSubscriptions } from '../../subscription/workflows/plan-subscriptions.ts';
import { writeSubscriptions } from '../../subscription/workflows/write-subscriptions.ts';
import { writeTop, type TopOptions } from '../../medium/workflows/write-tool.ts';

export interface PackPomOptions {
  configFile: string | undefined;
  /** Id of a medium in POM's config. */
  medium: string;
  /** Default: the newest baseline of the config's track. */
  baselineName?: string | undefined;
  /** Whether this pommgr's runtime is copied too. Default: no. */
  withRuntime?: boolean;
  /** See PackOptions. */
  reports?: ReportMaker | undefined;
  dryRun?: boolean;
  askPassphrase?: AskPassphrase;
  context: Context;
}

/** `copied`: contents that the medium lacked before, including those of other snapshots. */
export type PackPomResult = PackResult & { copied: FileTotal };

type PomWork = PomBundleWork & { top: TopOptions };

/** @throws PommgrError as `findMountedMedium`, `planPomBundle`; `state.space`, `refused.*`, `integrity.*`. */
export async function packPom(options: PackPomOptions): Promise<PackPomResult> {
  const { context } = options;
  const config = await loadConfig(options.configFile);
  const baseline = await chooseBaseline(config, options.baselineName);
  for (const text of await lifeCycleWarnings(config, baseline, context.now())) context.progress.warn(text);
  const keys = await openKeys(config, options.askPassphrase);
  if ((await withAdvisories(config, baseline)).extras.length > 0) {
    context.progress.warn('Extras and security data do not travel on a medium that POM fills.');
  }
  const medium = await findMountedMedium(config, baseline, options.medium);
  const subscriptions = await planSiteSubscriptions(config, { isRequired: false, context });
  const plan = await planPomBundle(config, baseline);
  const top = {
    media: medium.mountpoint,
    keys,
    keyFiles: config.signing.privateKeys.map(keyPlaceOf),
    context,
  };
  const runtime = await planRuntime(await chooseRuntime(options.withRuntime === true, context), top);
  const work: PomWork = { config, medium, plan, keys, context, top: { ...top, runtime } };
  if (options.dryRun === true) {
    const copy = await planMediumCopy(medium.mountpoint, medium.mirrors);
    const need = spaceNeed(copy, work);
    await requireSpace(medium.mountpoint, need.sizeBytes, need);
    return {
      ...result(work, copy, (await wasPacked(work)) ? 'unchanged' : 'planned'),
      subscriptions: await writeSubscriptions(subscriptions, { ...top, dryRun: true }),
      report: plannedReport(medium.mountpoint, plan.name, options.reports),
    };
  }
  const { mountpoint } = medium;
  return await withLock(await lockPath(config, mountpoint), `the medium ${mountpoint}`, async () => {
    await requirePomFileSystem(mountpoint);
    await rememberSequence(config, { media: mountpoint, keys, context });
    await wasPacked(work);
    const copy = await planMediumCopy(mountpoint, medium.mirrors);
    const isUnchanged = await withSpace(mountpoint, spaceNeed(copy, work), async () => {
      await sync(work);
      await removeGoneBundles(mountpoint, { keys, kept: plan.name, context });
      const isThere = await isPacked(work);
      await writeTop(work.top);
      if (!isThere) await writePomBundle(work);
      return isThere;
    });
    const report = await writeReport({
      ...{ media: mountpoint, bundle: plan.name, keys, config, baseline, context },
      ...{ maker: options.reports, isNew: !isUnchanged },
    });
    return {
      ...result(work, copy, isUnchanged ? 'unchanged' : 'packed'),
      report,
      subscriptions: await writeSubscriptions(subscriptions, top),
    };
  });
}

function spaceNeed(copy: MediumCopy, { plan, top }: PomWork): SpaceNeed {
  const parts = [copy.needed, bundleFilesTotal(plan), runtimeSpace(top.runtime), smallFiles];
  return {
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    files: parts.reduce((sum, part) => sum + part.files, 0),
    what: `what POM copies, and ${plan.name}`,
  };
}

/** @throws PommgrError `refused.exists`: better before hours of copying than after. */
async function wasPacked(work: PomBundleWork): Promise<boolean> {
  try {
    return await isPacked(work);
  } catch (error) {
    // The sync may restore what is missing of its snapshots.
    const cause = error instanceof PommgrError ? error.cause : undefined;
    if (cause instanceof PommgrError && ['integrity.missing', 'integrity.gone'].includes(cause.code)) {
      return false;
    }
    throw error;
  }
}

async function isPacked({ medium, plan, keys }: PomBundleWork): Promise<boolean> {
  return await isThereAlready(plan.name, { media: medium.mountpoint, keys }, ({ created }) => ({
    ...plan.bundle,
    created,
  }));
}

async function sync(work: PomBundleWork): Promise<void> {
  const { medium, config, context } = work;
  const options = { stallMs: config.pom.stallMinutes * 60_000, signal: context.signal };
  const mayFailOnce = await mayNeedSecondSync(medium);
  context.progress.step(`Proxmox Offline Mirror fills the medium ${medium.id}`);
  try {
    await syncPomMedium(medium.pom, medium.id, options);
  } catch (error) {
    if (!mayFailOnce || !(error instanceof PommgrError) || error.code !== 'tool.failed') {
      throw await explainSync(error, medium);
    }
    context.progress.note(
      'POM failed once, as it does when a mirror or its last snapshot leaves; trying again.',
    );
    await syncPomMedium(medium.pom, medium.id, options);
  }
}

/** POM compares what is already on the medium, where the medium has `verify` set, and names no file. */
function explainSync(error: unknown, { mountpoint, mirrors }: PomBundleWork['medium']): Promise<unknown> {
  const baseDirs = [...new Set(mirrors.map(({ baseDir }) => baseDir))];
  return explainMismatch(error, {
    pools: [
      ...baseDirs.map((baseDir) => below(topPlace(mountpoint), mediumPoolName(baseDir))),
      ...baseDirs.map((baseDir) => topPlace(join(baseDir, '.pool'))),
    ],
    remedy: 'Then run the same command again. A medium whose files change by themselves should be replaced.',
  });
}

function result(
  { medium, plan, keys, top }: PomWork,
  copy: MediumCopy,
  outcome: PackResult['outcome'],
): Omit<PackPomResult, 'subscriptions' | 'report'> {
  const { baseline, bundle } = plan;
  const snapshots = bundle.snapshots ?? [];
  return {
    outcome,
    layout: 'pom',
    bundle: plan.name,
    directory: bundleDirectory(medium.mountpoint, plan.name),
    baseline: { name: baseline.name, digest: baseline.digest },
    base: null,
    extras: [],
    signers: keys.map(({ publicKey }) => publicKey.fingerprint),
    volumes: 0,
    snapshots: snapshots.length,
    objects: snapshots.reduce((sum, { files }) => sum + files, 0),
    contents: null,
    sizeBytes: bundleTotal({ ...bundle, created: baseline.created }).sizeBytes,
    // The read went through the kernel's cache, because POM does not sync its media.
    readBack: outcome === 'packed' ? 'cached' : null,
    runtime: top.runtime.report,
    copied: copy.copied,
  };
}
