/** `pommgr pack --format pom`: Baseline -> MountedMedium -> PomBundlePlan -> Bundle, beside the snapshots that POM copies. */
import { loadConfig } from '../../adapters/config-file.ts';
import { withLock } from '../../adapters/file-lock.ts';
import type { FileTotal } from '../../adapters/pool-files.ts';
import { requireSpace } from '../../adapters/free-space.ts';
import { planMediumCopy, type MediumCopy } from '../../adapters/medium-copy.ts';
import { bundleDirectory } from '../../adapters/medium.ts';
import { requirePomFileSystem } from '../../adapters/mount-point.ts';
import { syncPomMedium } from '../../adapters/pom-media.ts';
import type { AskPassphrase } from '../../adapters/signing.ts';
import { bundleTotal } from '../../domain/bundle.ts';
import { PommgrError } from '../../domain/errors.ts';
import type { Context } from '../../domain/progress.ts';
import { isThereAlready } from './existing-bundle.ts';
import { chooseBaseline, lockPath, openKeys, smallFiles, type PackResult } from './pack.ts';
import { bundleFilesTotal, planPomBundle } from './plan-pom-bundle.ts';
import { findMountedMedium, mayNeedSecondSync } from './pom-medium.ts';
import { writePomBundle, type PomBundleWork } from './write-pom-bundle.ts';

export interface PackPomOptions {
  configFile: string | undefined;
  /** Id of a medium in POM's config. */
  medium: string;
  /** Default: the newest of the config's track. */
  baselineName?: string | undefined;
  dryRun?: boolean;
  askPassphrase?: AskPassphrase;
  context: Context;
}

/** `copied`: contents that the medium lacked before, those of other snapshots included. */
export type PackPomResult = PackResult & { copied: FileTotal };

/** @throws PommgrError as `findMountedMedium`, `planPomBundle`; `state.space`, `refused.*`, `integrity.*`. */
export async function packPom(options: PackPomOptions): Promise<PackPomResult> {
  const { context } = options;
  const config = await loadConfig(options.configFile);
  const baseline = await chooseBaseline(config, options.baselineName);
  const keys = await openKeys(config, options.askPassphrase);
  const medium = await findMountedMedium(config, baseline, options.medium);
  const plan = await planPomBundle(config, baseline);
  const work: PomBundleWork = { config, medium, plan, keys, context };
  if (options.dryRun === true) {
    const copy = await planCopy(work);
    return result(work, copy, (await wasPacked(work)) ? 'unchanged' : 'planned');
  }
  const { mountpoint } = medium;
  return await withLock(await lockPath(config, mountpoint), `the medium ${mountpoint}`, async () => {
    await requirePomFileSystem(mountpoint);
    await wasPacked(work);
    const copy = await planCopy(work);
    await sync(work);
    const isUnchanged = await isPacked(work);
    if (!isUnchanged) await writePomBundle(work);
    return result(work, copy, isUnchanged ? 'unchanged' : 'packed');
  });
}

/** @throws PommgrError `state.space` */
async function planCopy({ medium, plan }: PomBundleWork): Promise<MediumCopy> {
  const copy = await planMediumCopy(medium.mountpoint, medium.mirrors);
  const own = bundleFilesTotal(plan);
  await requireSpace(medium.mountpoint, copy.needed.sizeBytes + own.sizeBytes + smallFiles.sizeBytes, {
    files: copy.needed.files + own.files + smallFiles.files,
    what: `what POM copies, and ${plan.name}`,
  });
  return copy;
}

/** @throws PommgrError `refused.exists`: better before hours of copying than after. */
async function wasPacked(work: PomBundleWork): Promise<boolean> {
  try {
    return await isPacked(work);
  } catch (error) {
    // What is missing of its snapshots the sync may bring back.
    const cause = error instanceof PommgrError ? error.cause : undefined;
    if (cause instanceof PommgrError && cause.code === 'integrity.missing') return false;
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
    if (!mayFailOnce || !(error instanceof PommgrError) || error.code !== 'tool.failed') throw error;
    context.progress.note(
      'POM failed once, as it does when a mirror or its last snapshot leaves; trying again.',
    );
    await syncPomMedium(medium.pom, medium.id, options);
  }
}

function result(
  { medium, plan, keys }: PomBundleWork,
  copy: MediumCopy,
  outcome: PackResult['outcome'],
): PackPomResult {
  const { baseline, bundle } = plan;
  const snapshots = bundle.snapshots ?? [];
  return {
    outcome,
    layout: 'pom',
    bundle: plan.name,
    directory: bundleDirectory(medium.mountpoint, plan.name),
    baseline: { name: baseline.name, digest: baseline.digest },
    signers: keys.map(({ publicKey }) => publicKey.fingerprint),
    volumes: 0,
    snapshots: snapshots.length,
    objects: snapshots.reduce((sum, { files }) => sum + files, 0),
    sizeBytes: bundleTotal({ ...bundle, created: baseline.created }).sizeBytes,
    copied: copy.copied,
  };
}
