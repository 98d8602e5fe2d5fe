/**
 * Signs what a medium that POM filled must hold, as the last step of `pack --format pom`. Invariant: the manifest is
 * written when every file that it covers was read back from the medium and matches.
 */
import { copyAt, writeAt } from '../../core/adapters/writes-at.ts';
import { openHasherPool, type HasherPool } from '../../core/adapters/hashing.ts';
import { checkSnapshotTree, readOneFile, readSnapshotFiles } from '../../pom/adapters/medium-snapshot.ts';
import { createBundle, type GrowingBundle } from '../../medium/adapters/medium-writer.ts';
import { mediumSnapshotPlace } from '../../medium/adapters/medium-snapshots.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { checkIncoming } from '../../core/adapters/incoming-object.ts';
import { bundleFiles, bundleTotal, type Bundle } from '../../medium/domain/bundle.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import type { Config } from '../../config/domain/config.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import type { Context } from '../../core/domain/progress.ts';
import { bundleFileName } from '../../core/domain/sha256sums.ts';
import { formatTime } from '../../core/domain/time.ts';
import type { PomBundlePlan } from './plan-pom-bundle.ts';
import type { MountedMedium } from '../../pom/workflows/pom-medium.ts';

export interface PomBundleWork {
  config: Config;
  medium: MountedMedium;
  plan: PomBundlePlan;
  keys: readonly SigningKey[];
  context: Context;
}

/** @throws PommgrError `integrity.*` for a file that is not as the baseline says; nothing of the bundle stays then. */
export async function writePomBundle(work: PomBundleWork): Promise<void> {
  const { medium, plan, keys, context } = work;
  const media = medium.mountpoint;
  const bundle: Bundle = { ...plan.bundle, created: formatTime(context.timestamp()) };
  const hashers = openHasherPool(2);
  const growing = await createBundle(media, plan.name);
  try {
    await readBack(work, hashers);
    await copyDocuments(work, { bundle, growing, hashers });
    const document = canonicalJson(bundle);
    await writeAt(growing.placeOf(bundleFileName), document);
    const files = new Map(bundleFiles(bundle).map(({ file, sha256 }) => [file, sha256]));
    await growing.finish({ document: sha256Hex(document), files }, keys);
  } catch (error) {
    await growing.abandon();
    throw error;
  } finally {
    await hashers.close();
  }
}

/** POM ignores a damaged copy unless the medium has `verify` set. */
async function readBack({ medium, plan, context }: PomBundleWork, hashers: HasherPool): Promise<void> {
  const { files, sizeBytes } = bundleTotal({ ...plan.bundle, created: plan.baseline.created });
  const meter = context.progress.meter(`Checking ${medium.mountpoint}`, { files, sizeBytes });
  try {
    for (const { files: expected, ...snapshot } of plan.contents) {
      const directory = mediumSnapshotPlace(medium.mountpoint, snapshot);
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

/** The copy is hashed, not the source. */
async function copyDocuments(
  { plan, context }: PomBundleWork,
  { bundle, growing, hashers }: { bundle: Bundle; growing: GrowingBundle; hashers: HasherPool },
): Promise<void> {
  for (const { file, ...fact } of bundleFiles(bundle)) {
    const place = growing.placeOf(file);
    await copyAt(plan.sources.get(file) ?? '', place);
    await readOneFile(place, fact, {
      receive: (object, source) => checkIncoming({ ...object, ...source }, hashers),
      signal: context.signal,
      onProgress: () => {},
    });
  }
}
