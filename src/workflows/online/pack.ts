/**
 * `pommgr pack`: Baseline -> PackPlan -> Bundle, on a medium.
 * The same baseline, options and time give the same bytes; the root is written last.
 */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { latestBaseline, readBaseline } from '../../adapters/baseline-files.ts';
import { loadConfig } from '../../adapters/config-file.ts';
import { withLock } from '../../adapters/file-lock.ts';
import { requireSpace } from '../../adapters/free-space.ts';
import { bundleDirectory, listMedium } from '../../adapters/medium.ts';
import { removeUnfinishedBundle } from '../../adapters/medium-writer.ts';
import { openSigningKey, type AskPassphrase, type SigningKey } from '../../adapters/signing.ts';
import type { Baseline } from '../../domain/baseline.ts';
import { defaultVolumeSizeBytes } from '../../domain/bundle.ts';
import type { Config } from '../../domain/config.ts';
import { sha256Hex } from '../../domain/digest.ts';
import { PommgrError } from '../../domain/errors.ts';
import type { Context } from '../../domain/progress.ts';
import { isPackedAlready } from './existing-bundle.ts';
import { planPack, type PackPlan } from './plan-pack.ts';
import { writeBundle, type WriteBundleOptions } from './write-bundle.ts';

export interface PackOptions {
  /** Path of pommgr.yaml; where it is looked for without one, config-file.ts says. */
  configFile: string | undefined;
  media: string;
  /** Default: the newest of the config's track. */
  baselineName?: string | undefined;
  /** Default: what FAT32 takes. */
  volumeSizeBytes?: number | undefined;
  dryRun?: boolean;
  askPassphrase?: AskPassphrase;
  context: Context;
}

export interface PackResult {
  /** `unchanged`: the medium has this very bundle already. `planned`: a dry run. */
  outcome: 'packed' | 'unchanged' | 'planned';
  bundle: string;
  directory: string;
  baseline: { name: string; digest: string };
  /** Fingerprints of the keys that sign it. */
  signers: string[];
  layout: 'volumes' | 'pom';
  volumes: number;
  /** Number of snapshot directories; 0 with volumes. */
  snapshots: number;
  /** In the volumes; with layout `pom` the files in the snapshots. */
  objects: number;
  /** Of all that the root vouches for. */
  sizeBytes: number;
}

/** Room for bundle.json, root, signatures and POMMGR.txt, whatever the size of the file system's blocks. */
export const smallFiles = { files: 16, sizeBytes: 4 * 1024 * 1024 };

/**
 * @throws PommgrError `config.*` for a missing baseline or signing key, `usage.*` for a medium that is not there or a
 *   volume size that is too small, `refused.exists`, `state.space`, `integrity.*` for a file that is not as it was.
 */
export async function pack(options: PackOptions): Promise<PackResult> {
  const { media, context } = options;
  const config = await loadConfig(options.configFile);
  await listMedium(media);
  const baseline = await chooseBaseline(config, options.baselineName);
  const keyFiles = config.signing.privateKeys;
  const keys = await openKeys(config, options.askPassphrase);
  const plan = await planPack(config, baseline, options.volumeSizeBytes ?? defaultVolumeSizeBytes);
  const work = { media, keys, keyFiles, context };
  if (options.dryRun === true) {
    const outcome = (await isPackedAlready(plan, work)) ? 'unchanged' : 'planned';
    if (outcome === 'planned') await checkSpace(plan, media);
    return result(plan, work, outcome);
  }
  return await withLock(await lockPath(config, media), `the medium ${media}`, async () =>
    result(plan, work, await packPlan(plan, work)),
  );
}

async function packPlan(plan: PackPlan, work: WriteBundleOptions): Promise<'packed' | 'unchanged'> {
  if (await isPackedAlready(plan, work)) return 'unchanged';
  await removeUnfinishedBundle(work.media, plan.name);
  await checkSpace(plan, work.media);
  await writeBundle(plan, work);
  return 'packed';
}

async function checkSpace(plan: PackPlan, media: string): Promise<void> {
  await requireSpace(media, plan.sizeBytes + smallFiles.sizeBytes, {
    files: plan.volumes.length + smallFiles.files,
    what: `the bundle ${plan.name}`,
  });
}

/** The private keys that the config names. */
export async function openKeys(
  { signing }: Config,
  askPassphrase: AskPassphrase | undefined,
): Promise<SigningKey[]> {
  const keys: SigningKey[] = [];
  for (const file of signing.privateKeys) keys.push(await openSigningKey(file, askPassphrase));
  return keys;
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

/** Beside the state: not every medium can hold a lock, and two media may be written at once. */
export async function lockPath(config: Config, media: string): Promise<string> {
  return join(config.stateDir, `.pack-${sha256Hex(await realpath(media)).slice(0, 16)}.lock`);
}

function result(plan: PackPlan, work: WriteBundleOptions, outcome: PackResult['outcome']): PackResult {
  return {
    outcome,
    bundle: plan.name,
    directory: bundleDirectory(work.media, plan.name),
    baseline: { name: plan.baseline.name, digest: plan.baseline.digest },
    signers: work.keys.map(({ publicKey }) => publicKey.fingerprint),
    layout: 'volumes',
    volumes: plan.volumes.length,
    snapshots: 0,
    objects: plan.objects,
    sizeBytes: plan.sizeBytes,
  };
}
