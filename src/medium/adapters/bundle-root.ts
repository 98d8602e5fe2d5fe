/**
 * Reads the signed part of a bundle: its manifest, who signed it, and the document that it covers. Volumes may be
 * missing. Invariant: the document is read after the signatures were checked, and only if it has the manifest's digest.
 */
import { notADirectory } from '../../core/adapters/directory-handles.ts';
import { kindAt, namesAt, readAt } from '../../core/adapters/files-at.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { below, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import { bundleFileName, parseRoot, rootFileName, type Root } from '../../core/domain/sha256sums.ts';
import { bundlesDirectoryName } from '../domain/medium-layout.ts';
import {
  checkRootSignatures,
  signedRootAt,
  type RootSigners,
  type SignedRoot,
} from '../../trust/adapters/bundle-signers.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { rotationsDirectoryName } from '../../trust/domain/rotation.ts';
import { isRootSignatureName } from '../../trust/domain/signing-key.ts';
import type { Bundle } from '../domain/bundle.ts';
import { checkNames } from '../domain/bundle-checks.ts';
import { maxBundleDocumentBytes, maxRootBytes, readRootedBundle } from '../domain/rooted-bundle.ts';

export interface FoundRoot extends SignedRoot {
  directory: Place;
  /** All names in the bundle's directory. */
  listing: string[];
}

export interface BundleDocument {
  bundle: Bundle;
  /** Bytes of bundle.json. */
  bytes: Buffer;
}

export function bundlePlace(media: string, name: string): Place {
  return below(topPlace(media), bundlesDirectoryName, name);
}

/** Returns the path of a bundle, for reports. */
export function bundleDirectory(media: string, name: string): string {
  return pathOf(bundlePlace(media, name));
}

/**
 * Finds the manifest; nothing in it is verified yet. @throws PommgrError `integrity.missing`, `integrity.file-type`.
 */
export async function findRoot(media: string, name: string): Promise<FoundRoot> {
  const directory = bundlePlace(media, name);
  if ((await kindAt(directory)) !== 'directory') throw notADirectory(directory);
  const listing = await namesAt(directory);
  if (!listing.includes(rootFileName)) throw noRoot(pathOf(directory));
  const signed = signedRootAt(directory, {
    root: await readAt(below(directory, rootFileName), maxRootBytes),
    signatureFiles: listing.filter(isRootSignatureName),
    rotations: below(topPlace(media), rotationsDirectoryName),
  });
  return { ...signed, directory, listing };
}

/** Parses what the manifest lists. @throws PommgrError `integrity.root`. */
export function readRoot({ directory, root }: FoundRoot): Root {
  return parseRoot(root.toString('utf8'), pathOf(below(directory, rootFileName)));
}

/**
 * @throws PommgrError `integrity.*`, `trust.purpose`, `config.*` unless bundle.json is what the root covers, and both
 *   are of the bundle `name`.
 */
export async function readBundleDocument(
  { directory }: FoundRoot,
  { covered, name }: { covered: Root; name: string },
): Promise<BundleDocument> {
  const bytes = await readAt(below(directory, bundleFileName), maxBundleDocumentBytes);
  const bundle = readRootedBundle(covered, {
    document: bytes,
    directory: pathOf(directory),
    hint: 'The file was changed. Copy the whole bundle again from the online side.',
  });
  checkNames(bundle, name, pathOf(directory));
  return { bundle, bytes };
}

/** Reads what trusted keys signed of a bundle, whichever of its volumes exist. @throws PommgrError as `openBundle`. */
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

function noRoot(directory: string): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `${directory}/${rootFileName} is missing: the bundle is not complete.`,
    {
      hints: ['Run "pommgr pack" again on the online side.'],
      details: { file: `${directory}/${rootFileName}` },
    },
  );
}
