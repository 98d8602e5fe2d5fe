/**
 * Reads back what `pack` wrote to the medium, before the bundle gets its name. Invariant: a bundle gets its name only
 * when each of its bytes was read back and matches, or when read-back was turned off.
 */
import { openHashLanes, type HashLanes } from '../../core/adapters/hash-lanes.ts';
import type { GrowingBundle } from '../../medium/adapters/medium-writer.ts';
import { chooseReadBack, openUncached } from '../../medium/adapters/uncached-file.ts';
import { findDifference } from '../../medium/adapters/volume-comparison.ts';
import { hashVolumes } from '../../medium/adapters/volume-hashing.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { ReadBackMethod } from '../../medium/domain/read-back-method.ts';
import type { Context } from '../../core/domain/progress.ts';
import { bundleFileName } from '../../core/domain/sha256sums.ts';
import type { PlannedEntry, PlannedVolume } from '../../medium/domain/volume-plan.ts';
import type { PackPlan } from './plan-pack.ts';

/** Reads back what `pack` wrote to one medium. */
export interface ReadBack {
  /** @throws PommgrError `integrity.read-back` for the first byte that the medium lost. */
  volumes(volumes: readonly PlannedVolume[]): Promise<void>;
  /** Checks small files, by name. @throws PommgrError `integrity.read-back` */
  files(files: ReadonlyMap<string, Uint8Array>): Promise<void>;
}

export interface ReadBackOptions {
  plan: PackPlan;
  growing: GrowingBundle;
  context: Context;
}

/** Runs `work` with it, and returns how the medium was read; bundle.json must exist already. */
export async function withReadBack(
  options: ReadBackOptions,
  work: (readBack: ReadBack) => Promise<void>,
): Promise<ReadBackMethod> {
  const lanes = openHashLanes();
  try {
    const method = await chooseReadBack(options.growing.placeOf(bundleFileName), lanes);
    if (method === 'cached') options.context.progress.warn(cachedText);
    const reading = { ...options, lanes, method };
    await work({
      volumes: (volumes) => readBackVolumes(volumes, reading),
      files: (files) => readBackFiles(files, reading),
    });
    return method;
  } finally {
    await lanes.close();
  }
}

const cachedText =
  'The file system of the medium gives no way past its cache: what was read back may not be what the medium has. Take the medium out, put it in again, and run "pommgr verify".';

interface Work extends ReadBackOptions {
  lanes: HashLanes;
  method: ReadBackMethod;
}

async function readBackVolumes(volumes: readonly PlannedVolume[], work: Work): Promise<void> {
  const { plan, growing, context, lanes, method } = work;
  const planned = volumes.flatMap((volume) => volume.entries.map((entry) => ({ ...entry, volume })));
  const meter = context.progress.meter(`Reading back ${plan.name}`, {
    files: volumes.length,
    sizeBytes: volumes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  });
  const parts = volumes.map(({ file, sizeBytes }) => ({
    place: growing.placeOf(file),
    sizeBytes,
    position: 0,
  }));
  let next = 0;
  try {
    const hashed = hashVolumes(parts, {
      lanes,
      after: volumes[0]?.entries[0]?.name === 'baseline.json' ? undefined : 'packages.jsonl',
      open: (place) => openUncached(place, method),
      signal: context.signal,
      onProgress: (bytes) => meter.add(bytes),
    });
    for await (const found of hashed) {
      const expected = planned[next];
      if (!isSame(found, expected)) throw await explain(expected?.volume ?? volumes.at(-1), work);
      next += 1;
    }
  } catch (error) {
    if (!(error instanceof PommgrError) || error.family !== 'integrity' || error.code === readBackCode)
      throw error;
    // The framing is broken; everything before it matched.
    throw await explain(planned[next]?.volume ?? volumes.at(-1), work);
  } finally {
    meter.done();
  }
  if (next < planned.length) throw await explain(planned[next]?.volume, work);
}

const readBackCode = 'integrity.read-back';

function isSame(found: PlannedEntry, expected: PlannedEntry | undefined): boolean {
  return (
    found.name === expected?.name &&
    found.sizeBytes === expected.sizeBytes &&
    found.sha256 === expected.sha256
  );
}

/** Compares the volume with the files that it was made of. */
async function explain(volume: PlannedVolume | undefined, work: Work): Promise<PommgrError> {
  const { plan, growing, lanes, method } = work;
  if (volume === undefined) return new PommgrError('bug.read-back', 'There is no volume to compare.');
  const { file } = await openUncached(growing.placeOf(volume.file), method);
  const lane = await lanes.take();
  try {
    const lost = await findDifference(volume, { locate: plan.locate, file, lane });
    if (lost === undefined)
      return lossError(volume.file, 'differed at first, and was right when it was read again');
    const { offset, entry } = lost;
    const source = entry === undefined ? undefined : plan.locate(entry)[0];
    return lossError(
      volume.file,
      `differs at offset ${offset}: expected ${lost.expected}, found ${lost.found ?? 'the end of the file'}${entry === undefined ? '' : `; it is part of ${entry.name} (${source})`}`,
      { offset, entry: entry?.name, source, expected: lost.expected, found: lost.found },
    );
  } finally {
    lanes.give(lane);
    await file.close();
  }
}

async function readBackFiles(files: ReadonlyMap<string, Uint8Array>, work: Work): Promise<void> {
  const { growing, lanes, method } = work;
  const lane = await lanes.take();
  try {
    for (const [name, expected] of files) {
      const { file, sizeBytes } = await openUncached(growing.placeOf(name), method);
      try {
        const bytesRead = await lane.read(file, { position: 0, sizeBytes, at: 0 });
        const found = lane.memory.subarray(0, bytesRead);
        if (!found.equals(expected)) throw lossError(name, 'differs from what was written');
      } finally {
        await file.close();
      }
    }
  } finally {
    lanes.give(lane);
  }
}

function lossError(file: string, what: string, details: Record<string, unknown> = {}): PommgrError {
  return new PommgrError(readBackCode, `Write verification failed: ${file} ${what}.`, {
    hints: ['No bundle was made. Use another medium; if that fails too, another port, cable or reader.'],
    details: { file, ...details },
  });
}
