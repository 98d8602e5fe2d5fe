/**
 * Reads packages that are only on a medium, in the volumes of bundles that were just verified: they are found by the
 * headers, copied one at a time, and hashed again during the copy.
 */
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import { openAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { mediumSnapshotPlace } from '../../medium/adapters/medium-snapshots.ts';
import { volumePlace, type VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { listVolumeObjects } from '../../medium/adapters/volume-object.ts';
import { poolPath } from '../../store/adapters/store-pool.ts';
import type { Store } from '../../store/adapters/store.ts';
import { copyObject, fetchedPlaces, type PackagePlaces } from './package-places.ts';

interface ObjectPlace {
  place: Place;
  positionBytes: number;
  sizeBytes: number;
}

export async function mediumPackages(
  bundles: readonly VerifiedBundle[],
  { store, scratch }: { store: Store; scratch: string },
): Promise<PackagePlaces> {
  const objects = new Map<string, ObjectPlace>();
  for (const bundle of bundles) await addObjects(bundle, objects);
  const copy = async (entry: PackageEntry, to: string): Promise<void> => {
    const found =
      objects.get(entry.sha256) ?? snapshotObject(bundles, entry) ?? (await pooledObject(store, entry));
    if (found === undefined) throw missing(entry);
    const { file } = await openAt(found.place);
    try {
      await copyObject({ file, path: pathOf(found.place), ...found }, entry.sha256, to);
    } finally {
      await file.close();
    }
  };
  // After `apply` they are in the store, and apt uses them there.
  return fetchedPlaces(scratch, copy, false);
}

async function addObjects(verified: VerifiedBundle, objects: Map<string, ObjectPlace>): Promise<void> {
  for (const { file } of verified.bundle.volumes) {
    const taken = verified.taken.get(file);
    if (taken !== undefined) {
      for (const { sha256, sizeBytes } of taken.objects)
        objects.set(sha256, { place: below(topPlace(taken.directory), sha256), positionBytes: 0, sizeBytes });
      continue;
    }
    const place = volumePlace(verified, file);
    for (const [sha256, at] of await listVolumeObjects(place)) objects.set(sha256, { place, ...at });
  }
}

/** Finds an object on a medium that Proxmox Offline Mirror filled: a file in the snapshot of its mirror. */
function snapshotObject(bundles: readonly VerifiedBundle[], entry: PackageEntry): ObjectPlace | undefined {
  for (const { bundle, media } of bundles) {
    const snapshot = (bundle.snapshots ?? []).find(({ mirror }) => mirror === entry.mirror);
    if (snapshot === undefined) continue;
    const place = below(mediumSnapshotPlace(media, snapshot), entry.filename);
    return { place, positionBytes: 0, sizeBytes: entry.sizeBytes };
  }
  return undefined;
}

/** A delta leaves to the store what the store already has. */
async function pooledObject(
  store: Store,
  { sha256, sizeBytes }: PackageEntry,
): Promise<ObjectPlace | undefined> {
  if (!(await pathExists(poolPath(store, sha256)))) return undefined;
  return { place: below(topPlace(store.pool), sha256), positionBytes: 0, sizeBytes };
}

function missing({ name, version, sha256 }: PackageEntry): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `Neither the medium nor the store has the package ${name} ${version} (SHA-256 ${sha256}).`,
    { hints: ['Pack the baseline again on the online side.'], details: { name, version, sha256 } },
  );
}
