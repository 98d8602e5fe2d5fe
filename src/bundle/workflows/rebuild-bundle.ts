/** Rebuilds a bundle from this machine's own baseline without writing it, down to its manifest. */
import { parseBaseline } from '../../baseline/adapters/baseline-files.ts';
import { openAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, type Place } from '../../core/domain/place.ts';
import { digestVolume } from '../../medium/adapters/volume-writer.ts';
import type { PackedClosure } from '../adapters/packed-closure.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { bundleFiles, type Bundle, type Volume } from '../../medium/domain/bundle.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { differingBaseline, differingBundle } from '../domain/co-signature.ts';
import type { Config } from '../../config/domain/config.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { renderDigests } from '../../core/domain/digest-list.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Extra } from '../../config/domain/extras.ts';
import type { Context } from '../../core/domain/progress.ts';
import { rootDigests, rootOf } from '../../core/domain/sha256sums.ts';
import { tarBlockBytes } from '../../core/domain/tar-blocks.ts';
import { agreeOnProof } from './agree-on-proof.ts';
import { planPack, type PackPlan } from './plan-pack.ts';
import { bundleDocument, passVolumes, volumeDocument } from './write-bundle.ts';

export interface Original {
  /** Document of the existing bundle. */
  there: Bundle;
  baseline: Baseline;
  base: Baseline | null;
  /** Extras of this machine. */
  extras: Extra[];
  /** Closure as this machine would pack it. */
  closure: PackedClosure;
  /** Directory of the bundle. */
  directory: Place;
  /** A temporary directory. */
  place: string;
}

/** Returns the plan of the same bundle, or the differences that it would have whatever the package files contain. */
export async function planRebuild(
  config: Config,
  { there, baseline, base, extras, closure, directory, place }: Original,
): Promise<{ plan: PackPlan } | { differences: string[] }> {
  if (there.layout !== 'volumes') return { differences: ['bundle.json: layout'] };
  // With its largest volume as the limit, a bundle gets the same volumes as when it was packed.
  const volumeSizeBytes = Math.max(...there.volumes.map(({ sizeBytes }) => sizeBytes));
  const planWith = (chosen: PackedClosure): Promise<PackPlan | undefined> =>
    planPack(config, baseline, { volumeSizeBytes, base, extras, closure: chosen }).catch((error: unknown) => {
      if (error instanceof PommgrError && error.code === 'usage.volume-size') return undefined;
      throw error;
    });
  const fact = there.lockProof;
  let agreed = closure;
  if (closure.proof !== undefined && fact !== undefined && closure.proof.sha256 !== fact.sha256) {
    const { volumes = [] } = (await planWith({ ...closure, proof: fact })) ?? {};
    agreed = (await agreeOnProof(closure, { fact, volumes, directory }, place)) ?? closure;
  }
  const plan = await planWith(agreed);
  const document = await differencesOfBaseline(there, baseline, directory);
  if (plan === undefined) return { differences: ['bundle.json: volumes', ...document] };
  const volumes = plan.volumes.map((volume) => volumeDocument(volume, ''));
  const differences = [...differingBundle(there, bundleDocument(plan, volumes, there.created)), ...document];
  return differences.length === 0 ? { plan } : { differences };
}

/** Returns what exactly differs in the document at the beginning of the first volume, where that can be read. */
async function differencesOfBaseline(there: Bundle, own: Baseline, directory: Place): Promise<string[]> {
  const { sizeBytes, sha256 } = there.baseline.file;
  const [first] = there.volumes;
  if (first === undefined || sizeBytes > first.sizeBytes || sha256 === sha256Hex(canonicalJson(own)))
    return [];
  const place = below(directory, first.file);
  const bytes = Buffer.alloc(sizeBytes);
  const { file } = await openAt(place);
  try {
    await file.read(bytes, 0, sizeBytes, tarBlockBytes);
  } finally {
    await file.close();
  }
  if (sha256Hex(bytes) !== sha256) return [];
  return differingBaseline(parseBaseline(bytes.toString(), pathOf(place)), own);
}

export interface RebuiltRoot {
  /** Bytes of SHA256SUMS. */
  root: Buffer;
  document: Bundle;
  /** Volumes that differ from the existing ones. */
  differences: string[];
}

/** Reads every file of the bundle once, as `pack` would, and returns the manifest that it would write. */
export async function rebuildRoot(plan: PackPlan, there: Bundle, context: Context): Promise<RebuiltRoot> {
  const volumes = await digestVolumes(plan, context);
  const document = bundleDocument(plan, volumes, there.created);
  const files = new Map(bundleFiles(document).map(({ file, sha256 }) => [file, sha256]));
  const root = renderDigests(
    rootDigests(rootOf(plan.name, { document: sha256Hex(canonicalJson(document)), files })),
  );
  const differences = volumes
    .filter(({ sha256 }, index) => sha256 !== there.volumes[index]?.sha256)
    .map(({ file }) => file);
  return { root: Buffer.from(root), document, differences };
}

/** Returns the volumes that `pack` would write, with their digests; writes nothing. */
export function digestVolumes(
  plan: PackPlan,
  context: Context,
  what = `Rebuilding ${plan.name}`,
): Promise<Volume[]> {
  return passVolumes(plan.volumes, { what, context }, (volume, tools) =>
    digestVolume(volume, { locate: plan.locate, ...tools }),
  );
}
