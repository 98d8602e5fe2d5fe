/** Reads the signed manifest that a stored baseline keeps of its bundle. */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { join } from 'node:path';
import { maxRootBytes } from '../../medium/domain/rooted-bundle.ts';
import { bundleDirectoryName } from '../../medium/domain/bundle.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import {
  isRootSignatureName,
  keyIdOfRootSignature,
  type SigningPublicKey,
} from '../../trust/domain/signing-key.ts';
import { listDirectory, removeTemporaries, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { baselineFileName } from '../../baseline/adapters/baseline-files.ts';
import { type HasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { readRegularFile } from '../../core/adapters/regular-file.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import {
  readCoveredBundle,
  readSourceSigners,
  type BundleSource,
} from '../../medium/adapters/signed-bundle.ts';

const againHint = 'The file was changed or damaged. Import the baseline into a new store.';

/** Returns the files of a bundle that a stored baseline keeps. */
export async function storedSource(directory: string): Promise<BundleSource> {
  const signatureFiles = (await listDirectory(directory)).filter(isRootSignatureName);
  const read = (file: string, maxBytes: number): Promise<Buffer> =>
    readRegularFile(join(directory, file), maxBytes);
  return { where: directory, signatureFiles, read, hint: againHint };
}

/**
 * Checks that the manifest lists the bundle.json beside it, and that this lists the baseline.json: then whoever signed
 * one signed all.
 * @throws PommgrError `integrity.*`
 */
export async function checkStoredRoot(directory: string, hashers: HasherPool): Promise<void> {
  const { bundle } = await readCoveredBundle(await storedSource(directory));
  const baselineFile = join(directory, baselineFileName);
  compare(baselineFile, bundle.baseline.file.sha256, (await hashFile(baselineFile, hashers)).sha256);
}

function compare(file: string, expected: string, found: string): void {
  if (expected === found) return;
  throw digestMismatch(file, { expected, found, hints: [againHint] });
}

/** @throws PommgrError `trust.*` when no key that is trusted now signed the manifest. */
export async function storedSigners(directory: string, trusted: TrustedKeys): Promise<SigningPublicKey[]> {
  return (await readSourceSigners(await storedSource(directory), trusted)).signers;
}

/** Proves a stored baseline to others: the signed manifest, its bundle, and the signatures by key. */
export interface StoredManifest {
  bundle: string;
  text: string;
  signatures: { keyId: string; base64: string }[];
}

/**
 * Returns the manifest that a stored baseline keeps. @throws PommgrError `integrity.*` where it is damaged or missing.
 */
export async function readStoredManifest(directory: string): Promise<StoredManifest> {
  const { root, bundle } = await readCoveredBundle(await storedSource(directory));
  const text = root.toString('utf8');
  const signatures: StoredManifest['signatures'] = [];
  for (const file of (await listDirectory(directory)).filter(isRootSignatureName)) {
    const bytes = await readRegularFile(join(directory, file), 64);
    signatures.push({ keyId: keyIdOfRootSignature(file), base64: bytes.toString('base64') });
  }
  return { bundle: bundleDirectoryName(bundle), text, signatures };
}

/**
 * Stores the signatures that a bundle has got since its baseline was stored, only beside the very manifest that they
 * belong to. `files` are those of a verified bundle.
 */
export async function keepSignatures(directory: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  const root = await readRegularFile(join(directory, rootFileName), maxRootBytes);
  if (files.get(rootFileName)?.equals(root) !== true) return;
  await removeTemporaries(directory, isRootSignatureName);
  const there = await listDirectory(directory);
  for (const [file, bytes] of files) {
    if (isRootSignatureName(file) && !there.includes(file))
      await writeFileAtomic(join(directory, file), bytes);
  }
}
