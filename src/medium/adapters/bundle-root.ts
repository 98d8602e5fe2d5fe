/**
 * The signed part of a bundle: its root, who signed it, and the document that it covers. Volumes need not be there.
 * Invariant: the document is read after the signatures were checked, and only as the root's digest says.
 */
import { join } from 'node:path';
import { bundleSchema, type Bundle } from '../domain/bundle.ts';
import { checkNames } from '../domain/bundle-checks.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { parseDocument, type DocumentKind } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { bundlesDirectoryName } from '../domain/medium-layout.ts';
import { rotationsDirectoryName } from '../../trust/domain/rotation.ts';
import { bundleFileName, parseRoot, rootFileName, type Root } from '../../core/domain/sha256sums.ts';
import { isRootSignatureName } from '../../trust/domain/signing-key.ts';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import {
  checkRootSignatures,
  type RootSigners,
  type SignedRoot,
} from '../../trust/adapters/bundle-signers.ts';
import { isRealDirectory, readRegularFile } from '../../core/adapters/regular-file.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';

const maxRootBytes = 1024 * 1024;
const maxBundleDocumentBytes = 4 * 1024 * 1024;
const bundleKind: DocumentKind<Bundle> = { noun: 'bundle', schema: bundleSchema };

export interface FoundRoot extends SignedRoot {
  /** All names in the bundle's directory. */
  listing: string[];
}

export interface BundleDocument {
  bundle: Bundle;
  /** Of bundle.json. */
  bytes: Buffer;
}

export function bundleDirectory(media: string, name: string): string {
  return join(media, bundlesDirectoryName, name);
}

/** Nothing in it is to be believed yet. @throws PommgrError `integrity.missing`, `integrity.file-type`. */
export async function findRoot(media: string, name: string): Promise<FoundRoot> {
  const directory = bundleDirectory(media, name);
  if (!(await isRealDirectory(directory))) throw notADirectory(directory);
  const listing = await listDirectory(directory);
  if (!listing.includes(rootFileName)) throw noRoot(directory);
  return {
    directory,
    listing,
    root: await readRegularFile(join(directory, rootFileName), maxRootBytes),
    signatureFiles: listing.filter(isRootSignatureName),
    rotationsDirectory: join(media, rotationsDirectoryName),
  };
}

/** What the root lists. @throws PommgrError `integrity.root`. */
export function readRoot({ directory, root }: FoundRoot): Root {
  return parseRoot(root.toString('utf8'), join(directory, rootFileName));
}

/** @throws PommgrError `integrity.*`, `config.*` unless bundle.json is what the root covers, and describes `name`. */
export async function readBundleDocument(
  { directory }: FoundRoot,
  { covered, name }: { covered: Root; name: string },
): Promise<BundleDocument> {
  const path = join(directory, bundleFileName);
  const bytes = await readRegularFile(path, maxBundleDocumentBytes);
  const found = sha256Hex(bytes);
  if (found !== covered.document) {
    throw new PommgrError(
      'integrity.digest',
      `${path} has the SHA-256 ${found}, expected ${covered.document}.`,
      {
        hints: ['The file was changed. Copy the whole bundle again from the online side.'],
        details: { file: path, expected: covered.document, found },
      },
    );
  }
  const bundle = parseDocument(bytes.toString('utf8'), bundleKind, path);
  checkNames(bundle, name, directory);
  return { bundle, bytes };
}

/** What trusted keys signed of a bundle, whatever is there of its volumes. @throws PommgrError as `openBundle`. */
export async function readSignedBundle(
  media: string,
  name: string,
  trusted: TrustedKeys,
): Promise<RootSigners & { bundle: Bundle }> {
  const root = await findRoot(media, name);
  const signers = await checkRootSignatures(root, trusted);
  const { bundle } = await readBundleDocument(root, { covered: readRoot(root), name });
  return { ...signers, bundle };
}

export function notADirectory(directory: string): PommgrError {
  return new PommgrError('integrity.file-type', `${directory} is not a directory.`, {
    hints: ['A bundle is a directory of its own, not a link or a file.'],
    details: { file: directory },
  });
}

function noRoot(directory: string): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `${join(directory, rootFileName)} is missing: the bundle is not complete.`,
    {
      hints: ['Run "pommgr pack" again on the online side.'],
      details: { file: join(directory, rootFileName) },
    },
  );
}
