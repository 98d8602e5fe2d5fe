/**
 * `pommgr pack --format pom`: POM fills a medium, pommgr signs what it must hold.
 * Invariant: the root is written when every file that it vouches for was read back from the medium and is right.
 */
import { copyFile, open } from 'node:fs/promises';
import { writeFileAtomic } from '../../adapters/atomic-files.ts';
import { loadConfig } from '../../adapters/config-file.ts';
import { withLock } from '../../adapters/file-lock.ts';
import type { FileTotal } from '../../adapters/pool-files.ts';
import { requireSpace } from '../../adapters/free-space.ts';
import { openHasherPool, type HasherPool } from '../../adapters/hashing.ts';
import { planMediumCopy, type MediumCopy } from '../../adapters/medium-copy.ts';
import { checkSnapshotTree, readOneFile, readSnapshotFiles } from '../../adapters/medium-snapshot.ts';
import { createBundle, removeUnfinishedBundle, type GrowingBundle } from '../../adapters/medium-writer.ts';
import { bundleDirectory, mediumSnapshotDirectory } from '../../adapters/medium.ts';
import { requirePomFileSystem } from '../../adapters/mount-point.ts';
import { syncPomMedium } from '../../adapters/pom-media.ts';
import type { AskPassphrase, SigningKey } from '../../adapters/signing.ts';
import { checkIncoming } from '../../adapters/store-pool.ts';
import { bundleFiles, bundleTotal, type Bundle } from '../../domain/bundle.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Config } from '../../domain/config.ts';
import { sha256Hex } from '../../domain/digest.ts';
import { PommgrError } from '../../domain/errors.ts';
import type { Context } from '../../domain/progress.ts';
import { bundleFileName } from '../../domain/sha256sums.ts';
import { formatTime } from '../../domain/time.ts';
import { isThereAlready } from './existing-bundle.ts';
import { chooseBaseline, lockPath, openKeys, smallFiles, type PackResult } from './pack.ts';
import { bundleFilesTotal, planPomBundle, type PomBundlePlan } from './plan-pom-bundle.ts';
import { findMountedMedium, mayNeedSecondSync, type MountedMedium } from './pom-medium.ts';
import { writeTop } from './write-bundle.ts';

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

interface Work {
  config: Config;
  medium: MountedMedium;
  plan: PomBundlePlan;
  keys: readonly SigningKey[];
  context: Context;
}

/** @throws PommgrError as `findMountedMedium`, `planPomBundle`; `state.space`, `refused.*`, `integrity.*`. */
export async function packPom(options: PackPomOptions): Promise<PackPomResult> {
  const { context } = options;
  const config = await loadConfig(options.configFile);
  const baseline = await chooseBaseline(config, options.baselineName);
  const keys = await openKeys(config, options.askPassphrase);
  const medium = await findMountedMedium(config, baseline, options.medium);
  const plan = await planPomBundle(config, baseline);
  const work: Work = { config, medium, plan, keys, context };
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
async function planCopy({ medium, plan }: Work): Promise<MediumCopy> {
  const copy = await planMediumCopy(medium.mountpoint, medium.mirrors);
  const own = bundleFilesTotal(plan);
  await requireSpace(medium.mountpoint, copy.needed.sizeBytes + own.sizeBytes + smallFiles.sizeBytes, {
    files: copy.needed.files + own.files + smallFiles.files,
    what: `what POM copies, and ${plan.name}`,
  });
  return copy;
}

/** @throws PommgrError `refused.exists`: better before hours of copying than after. */
async function wasPacked(work: Work): Promise<boolean> {
  try {
    return await isPacked(work);
  } catch (error) {
    // What is missing of its snapshots the sync may bring back.
    const cause = error instanceof PommgrError ? error.cause : undefined;
    if (cause instanceof PommgrError && cause.code === 'integrity.missing') return false;
    throw error;
  }
}

async function isPacked({ medium, plan, keys }: Work): Promise<boolean> {
  return await isThereAlready(plan.name, { media: medium.mountpoint, keys }, ({ created }) => ({
    ...plan.bundle,
    created,
  }));
}

async function sync(work: Work): Promise<void> {
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

async function writePomBundle(work: Work): Promise<void> {
  const { medium, plan, keys, config, context } = work;
  const media = medium.mountpoint;
  const bundle: Bundle = { ...plan.bundle, created: formatTime(context.now()) };
  const hashers = openHasherPool(2);
  await removeUnfinishedBundle(media, plan.name);
  const growing = await createBundle(media, plan.name);
  try {
    await readBack(work, hashers);
    await copyDocuments(work, { bundle, growing, hashers });
    const document = canonicalJson(bundle);
    await writeFileAtomic(growing.pathOf(bundleFileName), document);
    await writeTop({ media, keys, keyFiles: config.signing.privateKeys, context });
    const files = new Map(bundleFiles(bundle).map(({ file, sha256 }) => [file, sha256]));
    await growing.finish({ document: sha256Hex(document), files }, keys);
  } catch (error) {
    await growing.abandon();
    throw error;
  } finally {
    await hashers.close();
  }
}

/** POM passes over a damaged copy unless the medium has `verify` set. */
async function readBack({ medium, plan, context }: Work, hashers: HasherPool): Promise<void> {
  const { files, sizeBytes } = bundleTotal({ ...plan.bundle, created: plan.baseline.created });
  const meter = context.progress.meter(`Checking ${medium.mountpoint}`, { files, sizeBytes });
  try {
    for (const { files: expected, ...snapshot } of plan.contents) {
      const directory = mediumSnapshotDirectory(medium.mountpoint, snapshot);
      await checkSnapshotTree(directory, expected);
      await readSnapshotFiles(directory, expected, {
        receive: (object, source) => checkIncoming({ ...object, ...source }, hashers),
        signal: context.signal,
        onProgress: (bytes) => meter.add(bytes),
      });
    }
  } finally {
    meter.done();
  }
}

/** What is hashed is the copy. */
async function copyDocuments(
  { plan, context }: Work,
  { bundle, growing, hashers }: { bundle: Bundle; growing: GrowingBundle; hashers: HasherPool },
): Promise<void> {
  for (const { file, ...fact } of bundleFiles(bundle)) {
    const path = growing.pathOf(file);
    await copyFile(plan.sources.get(file) ?? '', path);
    const copy = await open(path, 'r+');
    try {
      await copy.chmod(0o644);
      await copy.sync();
    } finally {
      await copy.close();
    }
    await readOneFile(path, fact, {
      receive: (object, source) => checkIncoming({ ...object, ...source }, hashers),
      signal: context.signal,
      onProgress: () => {},
    });
  }
}

function result(
  { medium, plan, keys }: Work,
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
