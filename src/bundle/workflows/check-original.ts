/** Checks a bundle on a medium before it is signed once more: who signed it, and whether it is unchanged. */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { below, pathOf } from '../../core/domain/place.ts';
import { digestAt } from '../../trust/adapters/signed-files.ts';
import type { FoundRoot } from '../../medium/adapters/bundle-root.ts';
import { checkRootSignatures } from '../../trust/adapters/bundle-signers.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { readHostTrust } from '../../trust/adapters/trusted-keys.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Root } from '../../core/domain/sha256sums.ts';

/**
 * Returns the fingerprints of the known signers, including our own; warns where none is known.
 * @throws PommgrError `trust.unsigned`, or `trust.signature` for a wrong one by a known key.
 */
export async function checkSigners(
  found: FoundRoot,
  { keys, root, context }: { keys: readonly SigningKey[]; root: string | undefined; context: Context },
): Promise<string[]> {
  const trusted = await readHostTrust(root);
  const own = keys.map(({ publicKey }) => ({ ...publicKey, file: '' }));
  const known = { ...trusted, keys: [...own, ...trusted.keys], threshold: 1 };
  try {
    const { signers } = await checkRootSignatures(found, known);
    return signers.map(({ fingerprint }) => fingerprint);
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'trust.unknown-signer') throw error;
    context.progress.warn(
      `No key that signed ${pathOf(found.directory)} is trusted here. Every byte of it is compared all the same.`,
    );
    return [];
  }
}

/**
 * Checks that the volumes of the set on this medium match the manifest.
 * @throws PommgrError `integrity.digest`, `integrity.file-type`
 */
export async function checkVolumes(
  { directory, listing }: FoundRoot,
  covered: Root,
  signal: AbortSignal,
): Promise<void> {
  const hashers = openHasherPool(2);
  try {
    for (const [file, expected] of covered.files) {
      if (!listing.includes(file)) continue;
      const place = below(directory, file);
      const path = pathOf(place);
      const { sha256 } = await digestAt(place, { hashers, signal });
      if (sha256 === expected) continue;
      throw digestMismatch(path, {
        ...{ expected, found: sha256 },
        hints: ['The medium changed it after it was written. Pack the baseline again.'],
      });
    }
  } finally {
    await hashers.close();
  }
}
