/** The signed root that a stored baseline keeps of its bundle. */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { join } from 'node:path';
import { maxBundleDocumentBytes, maxRootBytes, readRootedBundle } from '../../medium/domain/rooted-bundle.ts';
import { bundleDirectoryName } from '../../medium/domain/bundle.ts';
import { below, topPlace } from '../../core/domain/place.ts';
import { bundleFileName, parseRoot, rootFileName } from '../../core/domain/sha256sums.ts';
import {
  isRootSignatureName,
  keyIdOfRootSignature,
  type SigningPublicKey,
} from '../../trust/domain/signing-key.ts';
import { listDirectory, removeTemporaries, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { baselineFileName } from '../../baseline/adapters/baseline-files.ts';
import { checkRootSignatures } from '../../trust/adapters/bundle-signers.ts';
import { type HasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { readRegularFile } from '../../core/adapters/regular-file.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';

const againHint = 'The file was changed or damaged. Import the baseline into a new store.';

/**
 * That the root lists the bundle.json which is there, and that the baseline.json: whoever signed one signed all.
 * @throws PommgrError `integrity.*`
 */
export async function checkStoredRoot(directory: string, hashers: HasherPool): Promise<void> {
  const rootFile = join(directory, rootFileName);
  const root = parseRoot((await readRegularFile(rootFile, maxRootBytes)).toString('utf8'), rootFile);
  const document = await readRegularFile(join(directory, bundleFileName), maxBundleDocumentBytes);
  const bundle = readRootedBundle(root, { document, directory, hint: againHint });
  const baselineFile = join(directory, baselineFileName);
  compare(baselineFile, bundle.baseline.file.sha256, (await hashFile(baselineFile, hashers)).sha256);
}

function compare(file: string, expected: string, found: string): void {
  if (expected === found) return;
  throw digestMismatch(file, { expected, found, hints: [againHint] });
}

/** @throws PommgrError `trust.*` when no key that is trusted now signed the root. */
export async function storedSigners(directory: string, trusted: TrustedKeys): Promise<SigningPublicKey[]> {
  const root = await readRegularFile(join(directory, rootFileName), maxRootBytes);
  const signatureFiles = (await listDirectory(directory)).filter(isRootSignatureName);
  const place = topPlace(directory);
  const signed = { directory: place, root, signatureFiles, rotations: below(place, 'rotations') };
  return (await checkRootSignatures(signed, trusted)).signers;
}

/** What proves a stored baseline to others: the list that was signed, of which bundle, and the signatures by key. */
export interface StoredManifest {
  bundle: string;
  text: string;
  signatures: { keyId: string; base64: string }[];
}

/** The manifest that a stored baseline keeps. @throws PommgrError `integrity.*` where it is damaged or missing. */
export async function readStoredManifest(directory: string): Promise<StoredManifest> {
  const rootFile = join(directory, rootFileName);
  const text = (await readRegularFile(rootFile, maxRootBytes)).toString('utf8');
  const document = await readRegularFile(join(directory, bundleFileName), maxBundleDocumentBytes);
  const bundle = readRootedBundle(parseRoot(text, rootFile), { document, directory, hint: againHint });
  const signatures: StoredManifest['signatures'] = [];
  for (const file of (await listDirectory(directory)).filter(isRootSignatureName)) {
    const bytes = await readRegularFile(join(directory, file), 64);
    signatures.push({ keyId: keyIdOfRootSignature(file), base64: bytes.toString('base64') });
  }
  return { bundle: bundleDirectoryName(bundle), text, signatures };
}

/**
 * Keeps the signatures that a bundle has got since its baseline was stored: only beside the very root that they are of.
 * `files` are those of a verified bundle.
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
