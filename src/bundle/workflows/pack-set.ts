/**
 * Implements `pommgr pack` onto several media, at once or one after the other: each carries the whole manifest, and
 * some of the volumes. Invariant: all digests are known before the first medium is written, and all media of a set have
 * the same manifest.
 */
import { join } from 'node:path';
import { plannedReport, writeReport } from '../../approval/workflows/write-report.ts';
import { bundleDirectory } from '../../medium/adapters/bundle-root.ts';
import { withLock } from '../../core/adapters/file-lock.ts';
import { mountOf } from '../../core/adapters/mounts.ts';
import { formatBytes } from '../../core/domain/byte-size.ts';
import { freeSpace, requireFileSize, withSpace } from '../../core/adapters/free-space.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { removeUnfinishedBundle } from '../../medium/adapters/medium-writer.ts';
import { removePackProgress, writePackProgress } from '../../medium/adapters/pack-progress-file.ts';
import type { Bundle } from '../../medium/domain/bundle.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { ReadBackMethod } from '../../medium/domain/read-back-method.ts';
import { placeVolumes, type MediumRoom } from '../../medium/domain/volume-placement.ts';
import type { PlannedVolume } from '../../medium/domain/volume-plan.ts';
import { beginSet, type PackSet } from './begin-set.ts';
import { preparePack, smallFiles, type PackOptions, type PackResult } from './pack.ts';
import { lockPath } from '../../medium/adapters/medium-lock.ts';
import { writeBundlePart } from './write-bundle.ts';
import { planRuntime, runtimeSpace } from '../../medium/workflows/write-runtime.ts';
import { writeSubscriptions } from '../../subscription/workflows/write-subscriptions.ts';
import { writeTop, type TopOptions } from '../../medium/workflows/write-tool.ts';

export interface PackSetOptions extends Omit<PackOptions, 'media'> {
  /** At least one. */
  media: readonly string[];
  /** Writes as much as these media can hold, and continues where an earlier run ended. */
  resume: boolean;
}

export interface PackSetResult
  extends Omit<PackResult, 'directory' | 'readBack' | 'runtime' | 'subscriptions' | 'report'> {
  media: SetMedium[];
}

/** What one medium got, or already has. */
export interface SetMedium
  extends Pick<PackResult, 'outcome' | 'readBack' | 'runtime' | 'subscriptions' | 'report'> {
  media: string;
  /** Directory of the bundle. */
  directory: string;
  /** Names of volumes. */
  volumes: string[];
}

/**
 * @throws PommgrError as `pack`; `state.space` when the media do not take all, `state.next-medium` when another medium is
 *   needed (only with `resume`), `refused.set` when the set that was begun is another.
 */
export async function packSet(options: PackSetOptions): Promise<PackSetResult> {
  const { media, resume, context } = options;
  for (const place of media) await listMedium(place);
  const prepared = await preparePack({ ...options, media: media[0] ?? '' });
  const { stateDir } = prepared.config;
  const plan = { ...prepared.plan, isSpread: true as const };
  const work: SetWork = { ...options, ...prepared, plan };
  return await withLock(join(stateDir, '.pack-set.lock'), 'the set of media', async () => {
    const set = await beginSet(plan, { stateDir, media, keys: prepared.keys, resume, context });
    const targets = await planTargets(set, work);
    const { placed, left } = placeVolumes(set.missing, targets);
    if (left.length > 0 && (!resume || placed.every((volumes) => volumes.length === 0))) {
      throw await tooLittle(plan.name, left, targets);
    }
    const parts = targets.map((target, index) => ({ ...target, volumes: placed[index] ?? [] }));
    if (options.dryRun === true) return result(work, await planMedia(parts, work));
    const written = await writeMedia(parts, { set, work });
    if (left.length > 0) throw nextMedium(plan.name, left, written);
    await removePackProgress(stateDir);
    return result(work, written);
  });
}

type SetWork = PackSetOptions & Awaited<ReturnType<typeof preparePack>>;

interface SetTarget extends MediumRoom {
  top: TopOptions;
  /** Files of the bundle that the medium already has. */
  found: string[];
}

interface SetPart extends SetTarget {
  /** Volumes that will be written to it. */
  volumes: PlannedVolume[];
}

async function planTargets(set: PackSet, work: SetWork): Promise<SetTarget[]> {
  const { keys, keyFiles, context } = work;
  const targets: SetTarget[] = [];
  for (const media of work.media) {
    const runtime = await planRuntime(work.runtime, { media, keys, context });
    const beside = runtimeSpace(runtime);
    const free = await freeSpace(media);
    const found = set.found.get(media);
    if (found === undefined) await requireFileSize(media, set.missing);
    targets.push({
      // An existing bundle is not extended.
      sizeBytes: found === undefined ? free.sizeBytes - beside.sizeBytes - smallFiles.sizeBytes : 0,
      files: free.files === null ? null : free.files - beside.files - smallFiles.files,
      top: { media, keys, keyFiles, context, runtime },
      found: found ?? [],
    });
  }
  return targets;
}

async function planMedia(parts: readonly SetPart[], work: SetWork): Promise<SetMedium[]> {
  const planned: SetMedium[] = [];
  for (const part of parts) {
    const subscriptions = await writeSubscriptions(work.subscriptions, { ...part.top, dryRun: true });
    const report = plannedReport(part.top.media, work.plan.name, work.reports);
    planned.push({ ...mediumOf(part, work, 'planned'), report, subscriptions });
  }
  return planned;
}

async function writeMedia(
  parts: readonly SetPart[],
  { set, work }: { set: PackSet; work: SetWork },
): Promise<SetMedium[]> {
  const { stateDir } = work.config;
  const written: SetMedium[] = [];
  const document = parts.some(({ volumes }) => volumes.length > 0) ? await set.document() : undefined;
  const missing = new Set(set.missing.map(({ file }) => file));
  async function record(): Promise<void> {
    const done = work.plan.volumes.map(({ file }) => file).filter((file) => !missing.has(file));
    if (document === undefined) return;
    await writePackProgress(stateDir, { schema: 'pommgr/pack-progress/v1', document, done });
  }
  // Recorded before the first medium: a killed run continues with the same manifest.
  await record();
  for (const part of parts) {
    const { media } = part.top;
    await withLock(await lockPath(work.config, media), `the medium ${media}`, async () => {
      const readBack = document === undefined ? null : await writePart(part, document, work);
      for (const { file } of part.volumes) missing.delete(file);
      await record();
      const medium = mediumOf(part, work, 'packed');
      const report = await writeReport({
        ...{ media, bundle: work.plan.name, keys: work.keys, config: work.config, context: work.context },
        ...{ baseline: work.plan.baseline, maker: work.reports, isNew: medium.outcome === 'packed' },
      });
      const subscriptions = await writeSubscriptions(work.subscriptions, part.top);
      written.push({ ...medium, readBack, report, subscriptions });
    });
  }
  return written;
}

async function writePart(
  { top, volumes }: SetPart,
  document: Bundle,
  { plan, readBack = true }: SetWork,
): Promise<ReadBackMethod | null> {
  if (volumes.length === 0) return null;
  await removeUnfinishedBundle(top.media, plan.name);
  const beside = runtimeSpace(top.runtime);
  const need = {
    sizeBytes:
      volumes.reduce((sum, { sizeBytes }) => sum + sizeBytes, beside.sizeBytes) + smallFiles.sizeBytes,
    files: volumes.length + beside.files + smallFiles.files,
    what: `${volumes.length} of the volumes of ${plan.name}`,
  };
  return await withSpace(top.media, need, async () => {
    await writeTop(top);
    return await writeBundlePart(plan, { document, volumes }, { ...top, readBack });
  });
}

function mediumOf(
  { top, volumes, found }: SetPart,
  { plan }: SetWork,
  outcome: 'packed' | 'planned',
): Omit<SetMedium, 'subscriptions' | 'report'> {
  return {
    media: top.media,
    directory: bundleDirectory(top.media, plan.name),
    outcome: volumes.length === 0 ? 'unchanged' : outcome,
    volumes: [...found, ...volumes.map(({ file }) => file)],
    readBack: null,
    runtime: top.runtime.report,
  };
}

function result({ plan, keys }: SetWork, media: SetMedium[]): PackSetResult {
  const outcome = (['packed', 'planned'] as const).find((one) =>
    media.some((medium) => medium.outcome === one),
  );
  return {
    outcome: outcome ?? 'unchanged',
    bundle: plan.name,
    baseline: { name: plan.baseline.name, digest: plan.baseline.digest },
    base: plan.base,
    extras: plan.extras,
    signers: keys.map(({ publicKey }) => publicKey.fingerprint),
    layout: 'volumes',
    volumes: plan.volumes.length,
    snapshots: 0,
    objects: plan.objects,
    contents: plan.contents,
    sizeBytes: plan.sizeBytes,
    media,
  };
}

async function tooLittle(
  name: string,
  left: readonly PlannedVolume[],
  targets: readonly SetTarget[],
): Promise<PommgrError> {
  const media = targets.map(({ top }) => top.media);
  const rooms: string[] = [];
  for (const target of targets) {
    const mount = await mountOf(target.top.media);
    const room = formatBytes(Math.max(0, target.sizeBytes));
    rooms.push(`${target.top.media} (${mount?.type ?? 'unknown'}) has ${room} for volumes`);
  }
  const sizeBytes = left.reduce((sum, volume) => sum + volume.sizeBytes, 0);
  const files = left.map(({ file }) => file);
  return new PommgrError(
    'state.space',
    `There is too little space on ${media.join(', ')} for the bundle ${name}: ${formatBytes(sizeBytes)} (${files.join(', ')}) have no place; ${rooms.join(', ')}. Nothing was written.`,
    {
      hints: [
        'Give more media, or --resume to write one after the other.',
        'Give a smaller --volume-size where no medium takes a whole volume.',
      ],
      details: { media, missing: files, expected: sizeBytes },
    },
  );
}

function nextMedium(name: string, left: readonly PlannedVolume[], media: SetMedium[]): PommgrError {
  const missing = left.map(({ file }) => file);
  const there = media.map((medium) => `${medium.media} has ${medium.volumes.join(', ') || 'none'}`);
  return new PommgrError(
    'state.next-medium',
    `The set of ${name} is not complete: ${there.join('; ')}. On no medium yet: ${missing.join(', ')}.`,
    {
      hints: ['Put in the next medium, and run the same command again with --resume.'],
      details: { bundle: name, media, missing },
    },
  );
}
