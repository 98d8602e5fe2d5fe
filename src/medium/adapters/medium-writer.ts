/**
 * Writes a bundle to a medium: it grows in `bundles/.<name>.tmp` and gets its name by one rename.
 * Invariant: root and signatures are written and synced after everything that they cover; no root, no bundle.
 */
import { join } from 'node:path';
import {
  rotationFileName,
  keyIdsOfRotationSignature,
  rotationsDirectoryName,
} from '../../trust/domain/rotation.ts';
import { rootDigests, type Root } from '../../core/domain/sha256sums.ts';
import {
  listDirectory,
  makeDirectory,
  pathExists,
  removeDurably,
  renameDurably,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { bundleDirectory } from './bundle-root.ts';
import { bundlesDirectoryName } from '../domain/medium-layout.ts';
import { readRegularFile } from '../../core/adapters/regular-file.ts';
import { writeSignedRoot } from '../../trust/adapters/signed-directory.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';

export interface GrowingBundle {
  /** Where a file of the bundle is to be written. */
  pathOf(file: string): string;
  /** Writes and signs the root, has `check` look at all, and gives the bundle its name. */
  finish(root: Root, keys: readonly SigningKey[], check?: () => Promise<void>): Promise<void>;
  /** Takes it away. */
  abandon(): Promise<void>;
}

/** Begins a bundle; what a killed run left of it is removed. */
export async function createBundle(media: string, name: string): Promise<GrowingBundle> {
  const final = bundleDirectory(media, name);
  const temporary = temporaryDirectory(media, name);
  await removeUnfinishedBundle(media, name);
  await makeDirectory(temporary);
  return {
    pathOf: (file) => join(temporary, file),
    async finish(covered, keys, check) {
      await writeSignedRoot(temporary, rootDigests(covered), keys);
      await check?.();
      await renameDurably(temporary, final);
    },
    abandon: () => removeDurably(temporary),
  };
}

/** Removes what a killed run left of a bundle. */
export async function removeUnfinishedBundle(media: string, name: string): Promise<void> {
  await makeDirectory(join(media, bundlesDirectoryName));
  if (await pathExists(temporaryDirectory(media, name))) await removeDurably(temporaryDirectory(media, name));
}

/** Writes a text at the top of the medium; one that is there already with the same content is left alone. */
export async function writeIfChanged(path: string, data: Buffer): Promise<void> {
  if ((await pathExists(path)) && (await readRegularFile(path, maxSmallFileBytes)).equals(data)) return;
  await writeFileAtomic(path, data);
}

/** Copies the rotation statements in `from`, each with its signatures, to the medium. */
export async function copyRotations(from: string, media: string): Promise<void> {
  const directory = join(media, rotationsDirectoryName);
  for (const file of await listDirectory(from)) {
    const keyIds = keyIdsOfRotationSignature(file);
    if (keyIds === undefined) continue;
    await makeDirectory(directory);
    for (const name of [rotationFileName(keyIds.newKeyId), file]) {
      await writeIfChanged(join(directory, name), await readRegularFile(join(from, name), maxSmallFileBytes));
    }
  }
}

const maxSmallFileBytes = 1024 * 1024;

/** A leading dot: no bundle has such a name, and FAT allows it. */
function temporaryDirectory(media: string, name: string): string {
  return join(media, bundlesDirectoryName, `.${name}.tmp`);
}
