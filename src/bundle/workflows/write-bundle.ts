/** PackPlan -> Bundle, the second step of `pack`. The manifest is written when everything that it covers is durable. */
import { upgradesField } from '../../apt/domain/upgrade-way.ts';
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { undoAndThrow } from '../../core/adapters/system-error.ts';
import { writeAt } from '../../core/adapters/writes-at.ts';
import { openVolumePipeline } from '../../medium/adapters/volume-pipeline.ts';
import { createBundle, type GrowingBundle } from '../../medium/adapters/medium-writer.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { writeVolume, type VolumeWriterOptions } from '../../medium/adapters/volume-writer.ts';
import { closureListFileName } from '../../closure/domain/closure-list.ts';
import { bundleFiles, type Bundle, type Volume } from '../../medium/domain/bundle.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { sha256Hex, type ObjectFact } from '../../core/domain/digest.ts';
import type { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { renderDigests } from '../../core/domain/digest-list.ts';
import type { ReadBackMethod } from '../../medium/domain/read-back-method.ts';
import {
  bundleFileName,
  rootDigests,
  rootFileName,
  rootOf,
  type Root,
} from '../../core/domain/sha256sums.ts';
import { rootSignatureName } from '../../trust/domain/signing-key.ts';
import { formatTime } from '../../core/domain/time.ts';
import type { PlannedVolume } from '../../medium/domain/volume-plan.ts';
import type { PackPlan } from './plan-pack.ts';
import { withReadBack } from './read-back-bundle.ts';

export interface WriteBundleOptions {
  media: string;
  keys: readonly SigningKey[];
  /** Whether the medium is read back before the bundle gets its name. */
  readBack: boolean;
  context: Context;
}

/**
 * Returns how the medium was read back; null where that was turned off.
 * @throws PommgrError `integrity.*` for a file that is not as the baseline says, or that the medium does not give back;
 *   nothing of the bundle stays then.
 */
export async function writeBundle(
  plan: PackPlan,
  options: WriteBundleOptions,
): Promise<ReadBackMethod | null> {
  return await growBundle(plan, options, async (growing) => {
    const volumes = await writeVolumes(plan, plan.volumes, { growing, context: options.context });
    return {
      document: bundleDocument(plan, volumes, formatTime(options.context.timestamp())),
      written: plan.volumes,
    };
  });
}

/** Works like `writeBundle` for some of the volumes, with a document that was made before. */
export async function writeBundlePart(
  plan: PackPlan,
  { document, volumes }: { document: Bundle; volumes: readonly PlannedVolume[] },
  options: WriteBundleOptions,
): Promise<ReadBackMethod | null> {
  return await growBundle(plan, options, async (growing) => {
    const written = await writeVolumes(plan, volumes, { growing, context: options.context });
    for (const { file, sha256 } of written) {
      const expected = document.volumes.find((volume) => volume.file === file)?.sha256;
      if (sha256 !== expected) throw changedSince(file, expected ?? 'none', sha256);
    }
    return { document, written: volumes };
  });
}

async function growBundle(
  plan: PackPlan,
  { media, keys, readBack: isReadBack, context }: WriteBundleOptions,
  fill: (growing: GrowingBundle) => Promise<{ document: Bundle; written: readonly PlannedVolume[] }>,
): Promise<ReadBackMethod | null> {
  const growing = await createBundle(media, plan.name);
  try {
    const { document, written } = await fill(growing);
    const text = Buffer.from(canonicalJson(document));
    await writeAt(growing.placeOf(bundleFileName), text);
    const list = plan.closure.bytes;
    if (list !== undefined) await writeAt(growing.placeOf(closureListFileName), list);
    const digests = new Map(bundleFiles(document).map(({ file, sha256 }) => [file, sha256]));
    const root = { document: sha256Hex(text), files: digests };
    if (!isReadBack) {
      await growing.finish(root, keys);
      return null;
    }
    return await withReadBack({ plan, growing, context }, async (readBack) => {
      await readBack.volumes(written);
      const files = new Map([...(await rootFiles(rootOf(plan.name, root), keys)), [bundleFileName, text]]);
      if (list !== undefined) files.set(closureListFileName, list);
      await growing.finish(root, keys, () => readBack.files(files));
    });
  } catch (error) {
    return await undoAndThrow(error, () => growing.abandon());
  }
}

/** Returns the signed manifest as files. */
async function rootFiles(root: Root, keys: readonly SigningKey[]): Promise<Map<string, Buffer>> {
  const text = Buffer.from(renderDigests(rootDigests(root)));
  const files = new Map<string, Buffer>([[rootFileName, text]]);
  for (const key of keys) files.set(rootSignatureName(key.publicKey.keyId), await key.sign(text));
  return files;
}

/** Returns bundle.json of a plan whose volumes are written. */
export function bundleDocument(plan: PackPlan, volumes: Volume[], created: string): Bundle {
  const { baseline, documents, closure } = plan;
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
    base: plan.base,
    extras: plan.extras,
    targets: closure.targets,
    ...upgradesField(baseline.content.upgrades),
    layout: 'volumes',
    volumes,
    ...(closure.bytes === undefined ? {} : { closure: factOf(closure.bytes) }),
    ...(closure.proof === undefined ? {} : { lockProof: closure.proof }),
    ...(plan.isSpread === true ? { spread: true } : {}),
    created,
  };
}

function factOf(bytes: Uint8Array): ObjectFact {
  return { sizeBytes: bytes.length, sha256: sha256Hex(bytes) };
}

/** Returns a volume as bundle.json lists it. */
export function volumeDocument({ file, sizeBytes, entries }: PlannedVolume, sha256: string): Volume {
  const objects = entries.filter(({ name }) => name.startsWith('objects/')).length;
  return { file, sizeBytes, sha256, objects };
}

function writeVolumes(
  plan: PackPlan,
  planned: readonly PlannedVolume[],
  { growing, context }: { growing: GrowingBundle; context: Context },
): Promise<Volume[]> {
  return passVolumes(planned, { what: `Packing ${plan.name}`, context }, (volume, tools) =>
    writeVolume(growing.placeOf(volume.file), volume, { locate: plan.locate, ...tools }),
  );
}

/** Passes volumes through one pipeline, one after the other, with a meter; `digestOf` returns the SHA-256 of each. */
export async function passVolumes(
  planned: readonly PlannedVolume[],
  { what, context }: { what: string; context: Context },
  digestOf: (volume: PlannedVolume, tools: Omit<VolumeWriterOptions, 'locate'>) => Promise<string>,
): Promise<Volume[]> {
  const entries = planned.flatMap((volume) => volume.entries);
  const meter = context.progress.meter(what, {
    files: entries.length,
    sizeBytes: entries.reduce((sum, entry) => sum + entry.sizeBytes, 0),
  });
  const pipeline = openVolumePipeline();
  try {
    const volumes: Volume[] = [];
    for (const volume of planned) {
      const sha256 = await digestOf(volume, {
        pipeline,
        signal: context.signal,
        onProgress: (bytes, files) => meter.add(bytes, files),
      });
      volumes.push(volumeDocument(volume, sha256));
    }
    return volumes;
  } finally {
    meter.done();
    await pipeline.close();
  }
}

function changedSince(file: string, expected: string, found: string): PommgrError {
  return digestMismatch(file, {
    ...{ expected, found },
    hints: ['A file of the baseline changed since the set was begun: "pommgr baseline verify" names it.'],
  });
}
