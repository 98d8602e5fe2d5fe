/**
 * Takes volumes of a bundle into the store's pool before all of them are available. Invariant: a volume is recorded
 * only when every byte of it is what was signed, and all of its contents are durable. Which objects the bundle needs is
 * checked when the last volume is available.
 */
import { freeSpace } from '../../core/adapters/free-space.ts';
import { openHasherPool, type HasherPool } from '../../core/adapters/hashing.ts';
import { writeIncoming } from '../adapters/incoming-file.ts';
import { watchMedium } from '../../medium/adapters/medium-watch.ts';
import { pathOf } from '../../core/domain/place.ts';
import { volumePlace, type VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { addToPool, poolHolds, removeFromPool, syncStore } from '../adapters/store-pool.ts';
import { checkIncoming } from '../../core/adapters/incoming-object.ts';
import { makeStore, type Store } from '../adapters/store.ts';
import { readVolume, type VolumeEntry } from '../../medium/adapters/volume-reader.ts';
import { checkSpace, costOf } from '../domain/apply-plan.ts';
import type { Bundle, Volume } from '../../medium/domain/bundle.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import type { Incoming } from '../../bundle/domain/incoming.ts';
import type { Context } from '../../core/domain/progress.ts';
import { checkSize } from '../../medium/workflows/bundle-reading.ts';
import { changedVolume } from '../../medium/workflows/check-volume-digests.ts';
import { checkObjectCount } from '../../medium/workflows/read-volumes.ts';
import { withJournal, type JournalledChange } from './with-journal.ts';

/**
 * Takes the available volumes that are not in `before`, one by one; returns all volumes taken by then.
 * @throws PommgrError `integrity.*`, `state.space`; the volumes before the one that failed stay taken.
 */
export async function takeVolumes(
  verified: VerifiedBundle,
  before: Incoming,
  { store, context }: { store: Store; context: Context },
): Promise<Incoming> {
  const volumes = volumesAtHand(verified);
  if (volumes.length === 0) return before;
  await checkRoom(volumes, store);
  const total = { files: volumes.length, sizeBytes: sizeOf(volumes) };
  const meter = context.progress.meter(`Taking ${verified.name}`, total);
  const hashers = openHasherPool(2);
  const work = { store, hashers, signal: context.signal, onProgress: (bytes: number) => meter.add(bytes) };
  let incoming = before;
  const { name, digest } = verified.bundle.baseline;
  const change: JournalledChange = {
    ...{ store, context, isResumable: true },
    operation: { kind: 'import', baseline: name, digest },
    what: `Taking ${verified.name}`,
    // Volumes that were taken completely stay.
    undo: async () => 'undone',
  };
  const takeAll = async (begin: () => Promise<void>): Promise<void> => {
    await makeStore(store);
    await begin();
    for (const volume of volumes) {
      async function record(objects: ObjectFact[]): Promise<void> {
        incoming = { ...incoming, taken: [...incoming.taken, { file: volume.file, objects }] };
        await syncStore(store);
        await writeIncoming(store, incoming);
      }
      await watchMedium(verified.allMedia, () => takeVolume(verified, volume, work, record));
    }
  };
  try {
    await withJournal(change, takeAll);
  } finally {
    meter.done();
    await hashers.close();
  }
  return incoming;
}

/** Returns the volumes on the attached media that the store has not taken yet. */
export function volumesAtHand({ bundle, volumes, taken }: VerifiedBundle): Volume[] {
  return bundle.volumes.filter(({ file }) => volumes.has(file) && !taken.has(file));
}

function sizeOf(volumes: readonly Volume[]): number {
  return volumes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** This is the maximum: how much of it the pool already has is known only after reading. */
async function checkRoom(volumes: readonly Volume[], { directory }: Store): Promise<void> {
  const cost = costOf([], 64 + volumes.reduce((sum, { objects }) => sum + objects, 0));
  cost.sizeBytes += sizeOf(volumes);
  checkSpace(cost, await freeSpace(directory), directory);
}

interface Work {
  store: Store;
  hashers: HasherPool;
  signal: AbortSignal;
  onProgress: (bytes: number) => void;
}

/** Adds its objects to the pool and calls `record`; unless both succeed, nothing of it stays. */
async function takeVolume(
  verified: VerifiedBundle,
  volume: Volume,
  { store, hashers, signal, onProgress }: Work,
  record: (objects: ObjectFact[]) => Promise<void>,
): Promise<void> {
  const { bundle } = verified;
  const place = volumePlace(verified, volume.file);
  const path = pathOf(place);
  const isFirst = bundle.volumes[0]?.file === volume.file;
  const whole = hashers.createHasher();
  const objects: ObjectFact[] = [];
  const kept: string[] = [];
  async function onRead(chunk: Buffer): Promise<void> {
    signal.throwIfAborted();
    onProgress(chunk.length);
    await whole.update(chunk);
  }
  try {
    const after = isFirst ? undefined : 'packages.jsonl';
    for await (const entry of readVolume(place, { sizeBytes: volume.sizeBytes, after, onRead })) {
      const object = factOf(entry, bundle);
      const where = `${path}: ${entry.name}`;
      checkSize(entry, object, where);
      const incoming = { ...object, chunks: entry.body, where };
      if (await poolHolds(store, object, hashers)) await checkIncoming(incoming, hashers);
      else {
        await addToPool(store, incoming, hashers);
        kept.push(object.sha256);
      }
      objects.push(object);
    }
    const found = await whole.digest();
    if (found !== volume.sha256) throw changedVolume(path, volume.sha256, found);
    checkObjectCount(volume, objects.length - (isFirst ? 2 : 0), path);
    await record(objects);
  } catch (error) {
    whole.abandon();
    if (!signal.aborted) for (const sha256 of kept) await removeFromPool(store, sha256);
    throw error;
  }
}

function factOf({ name, sizeBytes }: VolumeEntry, { baseline, packages }: Bundle): ObjectFact {
  if (name === 'baseline.json') return baseline.file;
  if (name === 'packages.jsonl') return packages;
  return { sha256: name.slice('objects/'.length), sizeBytes };
}
