/**
 * Writes signed directories. Invariant: the manifest is written last, after its signatures, so that an interrupted
 * directory is never valid.
 */
import { sha256Hex } from '../../core/domain/digest.ts';
import { renderDigests, type Digests } from '../../core/domain/digest-list.ts';
import { below, beside, nameOf, parentOf, type Place } from '../../core/domain/place.ts';
import { purposeDigest, purposeFileName, purposeText } from '../../core/domain/purpose.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { undoAndThrow } from '../../core/adapters/system-error.ts';
import { namesAt, readAt, sizeAt } from '../../core/adapters/files-at.ts';
import {
  makeDirectoryAt,
  removeAt,
  renameAt,
  renamesDirectories,
  syncAt,
  writeAt,
  writeIfChangedAt,
} from '../../core/adapters/writes-at.ts';
import { isRootSignatureName, rootSignatureName } from '../domain/signing-key.ts';
import { maxManifestBytes, nameInList, type SignedPlace } from './signed-directory.ts';
import { signatureBytes } from './rotation-voucher.ts';
import { isSignatureGood } from './signature-check.ts';
import { type SigningKey } from './signing.ts';

/**
 * Writes the files, PURPOSE, then their manifest and its signatures beside the final name, and takes that name by one
 * rename; an earlier directory is replaced.
 */
export async function writeSignedDirectory(
  place: SignedPlace,
  files: ReadonlyMap<string, Buffer>,
  keys: readonly SigningKey[],
): Promise<void> {
  await replaceSignedDirectory(place, keys, async (temporary) => {
    for (const [name, data] of files) {
      const file = below(temporary, name);
      await makeDirectoryAt(parentOf(file));
      await writeAt(file, data);
    }
    return new Map([...files].map(([name, data]) => [name, sha256Hex(data)]));
  });
}

/**
 * Works like `writeSignedDirectory`, with files that `fill` writes below the directory that it is given; it returns
 * their digests.
 */
export async function replaceSignedDirectory(
  place: SignedPlace,
  keys: readonly SigningKey[],
  fill: (temporary: Place) => Promise<Digests>,
): Promise<void> {
  const { directory } = place;
  // Where the directory has to grow under its own name, it is not valid as long as the manifest is missing.
  const isRenamed = await renamesDirectories(directory.top);
  const temporary = isRenamed ? beside(directory, `.${nameOf(directory)}.tmp`) : directory;
  await removeAt(temporary);
  await makeDirectoryAt(temporary);
  try {
    const digests = await fill(temporary);
    await writePurpose(place, temporary);
    await writeSignedRoot(temporary, withPurpose(place, digests), keys);
    if (!isRenamed) return;
    await removeAt(directory);
    await renameAt(temporary, directory);
  } catch (error) {
    await undoAndThrow(error, () => removeAt(temporary));
  }
}

/** Writes what a directory is for; the directory may not have its name yet. */
export async function writePurpose({ kind, directory }: SignedPlace, into: Place = directory): Promise<void> {
  const text = Buffer.from(purposeText({ kind, name: nameOf(directory) }));
  await writeIfChangedAt(below(into, purposeFileName), text);
}

/** Returns the digests that the manifest of a directory with these files lists. */
function withPurpose(place: SignedPlace, digests: Digests): Digests {
  const digest = purposeDigest({ kind: place.kind, name: nameOf(place.directory) });
  return new Map([...digests, [nameInList(place, purposeFileName), digest]]);
}

/**
 * Returns what a directory's manifest lacks: everything where it is another manifest, else the signatures by these
 * keys.
 */
export async function missingOfRoot(
  place: SignedPlace,
  digests: Digests,
  keys: readonly SigningKey[],
): Promise<'root' | SigningKey[]> {
  const root = Buffer.from(renderDigests(withPurpose(place, digests)));
  if (!(await isThere(rootFileName, root))) return 'root';
  const missing: SigningKey[] = [];
  for (const key of keys) {
    if (!(await isSigned(key))) missing.push(key);
  }
  return missing;

  /** Checks the signature that is there: a key outside of files may want a hand for each one that it makes. */
  async function isSigned({ publicKey }: SigningKey): Promise<boolean> {
    const file = below(place.directory, rootSignatureName(publicKey.keyId));
    if ((await sizeAt(file)) !== signatureBytes) return false;
    return isSignatureGood(publicKey, root, await readAt(file, signatureBytes));
  }

  async function isThere(name: string, data: Buffer): Promise<boolean> {
    const file = below(place.directory, name);
    return (await sizeAt(file)) === data.length && (await readAt(file, maxManifestBytes)).equals(data);
  }
}

/** Signs files that are already in place. Signatures of others over the same manifest stay. */
export async function renewSignedRoot(
  place: SignedPlace,
  digests: Digests,
  keys: readonly SigningKey[],
): Promise<void> {
  const { directory } = place;
  await writePurpose(place);
  const missing = await missingOfRoot(place, digests, keys);
  if (missing.length === 0) return;
  if (missing === 'root') {
    // Old signatures go first: a signature never lies beside a manifest that it does not match.
    const signatures = (await namesAt(directory)).filter(isRootSignatureName);
    for (const name of [rootFileName, ...signatures]) await removeAt(below(directory, name));
  }
  await writeSignedRoot(directory, withPurpose(place, digests), missing === 'root' ? keys : missing);
}

/** Writes the signatures and then the manifest itself, which comes last. */
export async function writeSignedRoot(
  directory: Place,
  digests: Digests,
  keys: readonly SigningKey[],
): Promise<void> {
  const root = Buffer.from(renderDigests(digests));
  await syncAt(directory);
  for (const key of keys) {
    await writeAt(below(directory, rootSignatureName(key.publicKey.keyId)), await key.sign(root));
  }
  await writeAt(below(directory, rootFileName), root);
}
