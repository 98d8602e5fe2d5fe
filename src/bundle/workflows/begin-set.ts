/**
 * Gathers what is known of a set of media before one is written: its bundle.json, and which volumes are on a medium
 * already. A set is continued only with the baseline and the options with which it was started.
 */
import { pathOf } from '../../core/domain/place.ts';
import { packProgressPath, readPackProgress } from '../../medium/adapters/pack-progress-file.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import type { Bundle } from '../../medium/domain/bundle.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { PackProgress } from '../../medium/domain/pack-progress.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import type { PlannedVolume } from '../../medium/domain/volume-plan.ts';
import { findOwnPart, otherBundle } from './existing-bundle.ts';
import type { PackPlan } from './plan-pack.ts';
import { digestVolumes } from './rebuild-bundle.ts';
import { bundleDocument, volumeDocument } from './write-bundle.ts';

export interface PackSet {
  /** Media that have the bundle, and the names of their volumes. */
  found: ReadonlyMap<string, string[]>;
  /** Volumes that are on no medium yet. */
  missing: PlannedVolume[];
  /** Returns bundle.json; where parts of it are unknown, every file of the baseline is read once. */
  document: () => Promise<Bundle>;
}

export interface BeginSetOptions {
  stateDir: string;
  media: readonly string[];
  keys: readonly SigningKey[];
  /** Whether an earlier run's set is continued. */
  resume: boolean;
  context: Context;
}

/** @throws PommgrError `refused.set` for a set of another bundle, `refused.exists` for one that is on a medium. */
export async function beginSet(plan: PackPlan, options: BeginSetOptions): Promise<PackSet> {
  const { stateDir, media, keys, resume, context } = options;
  const progress = await readPackProgress(stateDir);
  if (resume && progress !== undefined) checkProgress(plan, progress, packProgressPath(stateDir));
  let known = resume ? progress?.document : undefined;
  const found = new Map<string, string[]>();
  for (const place of media) {
    const part = await findOwnPart(plan.name, { media: place, keys });
    if (part === undefined) continue;
    known ??= part.bundle;
    if (!isDocumentOf(plan, part.bundle) || canonicalJson(part.bundle) !== canonicalJson(known)) {
      throw otherBundle(pathOf(part.directory), 'it is of another set.');
    }
    found.set(place, [...part.volumes.keys()]);
  }
  const done = new Set([...(resume ? (progress?.done ?? []) : []), ...[...found.values()].flat()]);
  return {
    found,
    missing: plan.volumes.filter(({ file }) => !done.has(file)),
    async document() {
      if (known !== undefined) return known;
      const volumes = await digestVolumes(plan, context, `Computing the digests of ${plan.name}`);
      return bundleDocument(plan, volumes, formatTime(context.timestamp()));
    },
  };
}

/** Compares all but the creation time and the digests of the volumes, which follow from the rest. */
function isDocumentOf(plan: PackPlan, found: Bundle): boolean {
  const volumes = plan.volumes.map((volume, index) =>
    volumeDocument(volume, found.volumes[index]?.sha256 ?? ''),
  );
  return canonicalJson(bundleDocument(plan, volumes, found.created)) === canonicalJson(found);
}

function checkProgress(plan: PackPlan, { document, done }: PackProgress, file: string): void {
  if (isDocumentOf(plan, document)) return;
  const missing = document.volumes.map((volume) => volume.file).filter((name) => !done.includes(name));
  throw new PommgrError(
    'refused.set',
    `The set that was begun is of ${document.baseline.name}, in other volumes or with other contents than this command would write: expected the same baseline and options.`,
    {
      hints: [
        `Go on with --baseline ${document.baseline.name} and the options of the first run; ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
        'Or begin anew, without --resume.',
      ],
      details: { file, baseline: document.baseline.name, missing },
    },
  );
}
