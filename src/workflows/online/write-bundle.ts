/** The second step of `pack`: PackPlan -> Bundle. The root is written when everything that it covers is on disk. */
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../adapters/atomic-files.ts';
import { openHasherPool } from '../../adapters/hashing.ts';
import { mediumTextName, rotationsDirectoryName } from '../../adapters/medium.ts';
import {
  copyRotations,
  createBundle,
  writeIfChanged,
  type GrowingBundle,
} from '../../adapters/medium-writer.ts';
import type { SigningKey } from '../../adapters/signing.ts';
import { readTemplate } from '../../adapters/templates.ts';
import { writeVolume } from '../../adapters/volume-writer.ts';
import type { Bundle, Volume } from '../../domain/bundle.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { sha256Hex } from '../../domain/digest.ts';
import type { Context } from '../../domain/progress.ts';
import { bundleFileName } from '../../domain/sha256sums.ts';
import { formatTime } from '../../domain/time.ts';
import type { PlannedVolume } from '../../domain/volume-plan.ts';
import type { PackPlan } from './plan-pack.ts';

export interface WriteBundleOptions {
  media: string;
  keys: readonly SigningKey[];
  /** Paths of the private keys; rotation statements lie beside them. */
  keyFiles: readonly string[];
  context: Context;
}

/** @throws PommgrError `integrity.*` for a file that is not as the baseline says; nothing of the bundle stays then. */
export async function writeBundle(plan: PackPlan, options: WriteBundleOptions): Promise<void> {
  const growing = await createBundle(options.media, plan.name);
  try {
    const volumes = await writeVolumes(plan, growing, options.context);
    const document = canonicalJson(bundleDocument(plan, volumes, formatTime(options.context.now())));
    await writeFileAtomic(growing.pathOf(bundleFileName), document);
    await writeTop(options);
    const digests = new Map(volumes.map(({ file, sha256 }) => [file, sha256]));
    await growing.finish({ document: sha256Hex(document), files: digests }, options.keys);
  } catch (error) {
    await growing.abandon();
    throw error;
  }
}

/** bundle.json of a plan whose volumes are written. */
export function bundleDocument(plan: PackPlan, volumes: Volume[], created: string): Bundle {
  const { baseline, documents } = plan;
  return {
    schema: 'pommgr/bundle/v1',
    track: baseline.track,
    sequence: baseline.sequence,
    baseline: {
      name: baseline.name,
      digest: baseline.digest,
      file: { sizeBytes: documents.baseline.sizeBytes, sha256: documents.baseline.sha256 },
    },
    packages: baseline.packages,
    base: null,
    targets: baseline.content.targets,
    layout: 'volumes',
    volumes,
    created,
  };
}

/** A volume of bundle.json. */
export function volumeDocument({ file, sizeBytes, entries }: PlannedVolume, sha256: string): Volume {
  const objects = entries.filter(({ name }) => name.startsWith('objects/')).length;
  return { file, sizeBytes, sha256, objects };
}

async function writeVolumes(plan: PackPlan, growing: GrowingBundle, context: Context): Promise<Volume[]> {
  const entries = plan.volumes.flatMap((volume) => volume.entries);
  const meter = context.progress.meter(`Packing ${plan.name}`, {
    files: entries.length,
    sizeBytes: entries.reduce((sum, entry) => sum + entry.sizeBytes, 0),
  });
  const hashers = openHasherPool(2);
  try {
    const volumes: Volume[] = [];
    for (const volume of plan.volumes) {
      const sha256 = await writeVolume(growing.pathOf(volume.file), volume, {
        locate: plan.locate,
        hashers,
        signal: context.signal,
        onProgress: (bytes, files) => meter.add(bytes, files),
      });
      volumes.push(volumeDocument(volume, sha256));
    }
    return volumes;
  } finally {
    meter.done();
    await hashers.close();
  }
}

/** What lies beside the bundles: the text for people, and the statements by which old keys vouch for new ones. */
export async function writeTop({ media, keyFiles }: WriteBundleOptions): Promise<void> {
  await writeIfChanged(join(media, mediumTextName), Buffer.from(await readTemplate(mediumTextName)));
  for (const directory of new Set(keyFiles.map((path) => dirname(path)))) {
    await copyRotations(join(directory, rotationsDirectoryName), media);
  }
}
