/**
 * Writes a bundle to a medium: it grows in `bundles/.<name>.tmp` and gets its name by one rename. Invariant: manifest
 * and signatures are written and synced after everything that they cover; without a manifest there is no bundle.
 */
import { join } from 'node:path';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { readRegularFile } from '../../core/adapters/regular-file.ts';
import { kindAt } from '../../core/adapters/files-at.ts';
import {
  makeDirectoryAt,
  removeAt,
  renameAt,
  writeIfChangedAt,
  renamesDirectories,
} from '../../core/adapters/writes-at.ts';
import { below, topPlace, type Place } from '../../core/domain/place.ts';
import { rootDigests, rootFileName, rootOf, type Root } from '../../core/domain/sha256sums.ts';
import { bundlePlace } from './bundle-root.ts';
import { bundlesDirectoryName } from '../domain/medium-layout.ts';
import {
  rotationFileName,
  keyIdsOfRotationSignature,
  rotationsDirectoryName,
} from '../../trust/domain/rotation.ts';
import { writePurpose, writeSignedRoot } from '../../trust/adapters/signed-directory-writer.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';

export interface GrowingBundle {
  /** Returns where to write a file of the bundle. */
  placeOf(file: string): Place;
  /** Writes and signs the manifest, has `check` inspect everything, and gives the bundle its name. */
  finish(
    covered: Omit<Root, 'purpose'>,
    keys: readonly SigningKey[],
    check?: () => Promise<void>,
  ): Promise<void>;
  /** Removes the unfinished bundle. */
  abandon(): Promise<void>;
}

/** Starts a bundle; what a killed run left of it is removed. */
export async function createBundle(media: string, name: string): Promise<GrowingBundle> {
  const final = bundlePlace(media, name);
  // Where the directory has to grow under its own name, it is not a bundle as long as the manifest is missing.
  const temporary = (await renamesDirectories(media)) ? temporaryPlace(media, name) : final;
  await removeUnfinishedBundle(media, name);
  await makeDirectoryAt(temporary);
  return {
    placeOf: (file) => below(temporary, file),
    async finish(covered, keys, check) {
      await writePurpose({ kind: 'bundle', directory: final }, temporary);
      await writeSignedRoot(temporary, rootDigests(rootOf(name, covered)), keys);
      await check?.();
      if (temporary !== final) await renameAt(temporary, final);
    },
    abandon: () => removeAt(temporary),
  };
}

/** Removes what a killed run left of a bundle. */
export async function removeUnfinishedBundle(media: string, name: string): Promise<void> {
  await makeDirectoryAt(below(topPlace(media), bundlesDirectoryName));
  await removeAt(temporaryPlace(media, name));
  if (!(await hasBundle(media, name))) await removeAt(bundlePlace(media, name));
}

/**
 * Returns whether something has the bundle's name; on file systems that cannot rename directories, it must contain a
 * manifest.
 */
export async function hasBundle(media: string, name: string): Promise<boolean> {
  const place = bundlePlace(media, name);
  const isThere = (await kindAt(place)) !== undefined;
  if (!isThere || (await renamesDirectories(media))) return isThere;
  return (await kindAt(below(place, rootFileName))) !== undefined;
}

/** Copies the rotation statements in `from`, each with its signatures, to the medium. */
export async function copyRotations(from: string, media: string): Promise<void> {
  const directory = below(topPlace(media), rotationsDirectoryName);
  for (const file of await listDirectory(from)) {
    const keyIds = keyIdsOfRotationSignature(file);
    if (keyIds === undefined) continue;
    await makeDirectoryAt(directory);
    for (const name of [rotationFileName(keyIds.newKeyId), file]) {
      await writeIfChangedAt(
        below(directory, name),
        await readRegularFile(join(from, name), maxSmallFileBytes),
      );
    }
  }
}

const maxSmallFileBytes = 1024 * 1024;

/** The leading dot makes it no bundle name, and FAT allows it. */
function temporaryPlace(media: string, name: string): Place {
  return below(topPlace(media), bundlesDirectoryName, `.${name}.tmp`);
}
