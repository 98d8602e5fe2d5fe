/**
 * A medium: its bundles, and the one way to a bundle that may be believed.
 * Invariant: only `openBundle` makes a VerifiedBundle, and nothing here writes.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFiles, bundleSchema, type Bundle, type BundleSnapshot } from '../domain/bundle.ts';
import { checkKindAndName, checkListing, checkRootedFiles } from '../domain/bundle-checks.ts';
import { compareText } from '../domain/canonical-json.ts';
import { sha256Hex } from '../domain/digest.ts';
import { parseDocument, type DocumentKind } from '../domain/document.ts';
import { PommgrError } from '../domain/errors.ts';
import { bundleFileName, parseRoot, rootFileName } from '../domain/sha256sums.ts';
import { isRootSignatureName, type SigningPublicKey } from '../domain/signing-key.ts';
import { entryExists, listDirectory, systemErrorCode } from './atomic-files.ts';
import { checkRootSignatures, type NewSigner } from './bundle-signers.ts';
import { isRealDirectory, openRegularFile, readRegularFile } from './regular-file.ts';
import type { TrustedKeys } from './trusted-keys.ts';

export const bundlesDirectoryName = 'bundles';
export const rotationsDirectoryName = 'rotations';
export const mediumTextName = 'POMMGR.txt';

const bundleNamePattern = /^[a-z0-9][a-z0-9.-]{0,140}-[1-9][0-9]{0,8}$/;
const maxRootBytes = 1024 * 1024;
const maxBundleDocumentBytes = 4 * 1024 * 1024;
const bundleKind: DocumentKind<Bundle> = { noun: 'bundle', schema: bundleSchema };

declare const verified: unique symbol;

/** A bundle whose root a trusted key signed, and whose files are there, complete, and of the right sizes. */
export interface VerifiedBundle {
  readonly [verified]: true;
  /** Of its directory. */
  readonly name: string;
  readonly media: string;
  readonly directory: string;
  readonly bundle: Bundle;
  readonly signers: readonly SigningPublicKey[];
  /** Signers that are not trusted yet, but that a trusted key handed over to. */
  readonly newSigners: readonly NewSigner[];
  /** The root, the signatures that counted, and bundle.json: what a store keeps of a bundle, by file name. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** What lies on a medium: bundles by name, and what other systems left there (`bundles/x` for one of those). */
export interface MediumListing {
  bundles: string[];
  strangers: string[];
}

/** @throws PommgrError `usage.media` when the directory is not there. */
export async function listMedium(media: string): Promise<MediumListing> {
  const top = await listTop(media);
  const inBundles = (await isRealDirectory(join(media, bundlesDirectoryName)))
    ? await listDirectory(join(media, bundlesDirectoryName))
    : [];
  const ours = [bundlesDirectoryName, rotationsDirectoryName, mediumTextName];
  return {
    bundles: inBundles.filter((name) => bundleNamePattern.test(name)),
    strangers: [
      ...top.filter((name) => !ours.includes(name)),
      ...inBundles
        .filter((name) => !bundleNamePattern.test(name))
        .map((name) => `${bundlesDirectoryName}/${name}`),
    ],
  };
}

/**
 * Checks a bundle down to the sizes of its volumes; what is in the volumes is checked while they are read.
 * @throws PommgrError `trust.*` for a missing, unknown or wrong signature, `integrity.*` for a missing, changed, added
 *   or cut file, `config.*` for a document that this pommgr cannot read.
 */
export async function openBundle(media: string, name: string, trusted: TrustedKeys): Promise<VerifiedBundle> {
  const directory = bundleDirectory(media, name);
  if (!(await isRealDirectory(directory))) throw notADirectory(directory);
  const listing = await listDirectory(directory);
  if (!listing.includes(rootFileName)) throw noRoot(directory);
  const root = await readRegularFile(join(directory, rootFileName), maxRootBytes);
  const signatureFiles = listing.filter(isRootSignatureName);
  const rotationsDirectory = join(media, rotationsDirectoryName);
  const { signers, newSigners, signatures } = await checkRootSignatures(
    { directory, root, signatureFiles, rotationsDirectory },
    trusted,
  );
  const covered = parseRoot(root.toString('utf8'), join(directory, rootFileName));
  checkListing(
    listing,
    [rootFileName, ...signatureFiles, bundleFileName, ...covered.files.keys()],
    directory,
  );
  const document = await readBundleDocument(directory, covered.document);
  checkKindAndName(document.bundle, name, directory);
  checkRootedFiles(document.bundle, covered, directory);
  for (const { file, sizeBytes } of bundleFiles(document.bundle)) {
    await checkFileSize(join(directory, file), sizeBytes);
  }
  for (const snapshot of document.bundle.snapshots ?? []) await checkSnapshotThere(media, snapshot, name);
  const files = new Map([[rootFileName, root], ...signatures, [bundleFileName, document.bytes]]);
  return {
    name,
    media,
    directory,
    bundle: document.bundle,
    signers,
    newSigners,
    files,
  } as unknown as VerifiedBundle;
}

export function bundleDirectory(media: string, name: string): string {
  return join(media, bundlesDirectoryName, name);
}

async function listTop(media: string): Promise<string[]> {
  try {
    return (await readdir(media)).toSorted(compareText);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new PommgrError('usage.media', `There is no directory ${media}.`, {
      hints: ['Mount the medium, then name its mount point with --media.'],
      details: { media },
      cause: error,
    });
  }
}

/** Where POM has a snapshot on a medium. */
export function mediumSnapshotDirectory(
  media: string,
  { mirror, snapshot }: Pick<BundleSnapshot, 'mirror' | 'snapshot'>,
): string {
  return join(media, mirror, snapshot);
}

/** What lies beside these snapshots in the directories of their mirrors, as `<mirror>/<name>`. */
export async function listOtherSnapshots(
  media: string,
  snapshots: readonly Pick<BundleSnapshot, 'mirror' | 'snapshot'>[],
): Promise<string[]> {
  const named = new Set(snapshots.map(({ mirror, snapshot }) => `${mirror}/${snapshot}`));
  const found: string[] = [];
  for (const mirror of new Set(snapshots.map((snapshot) => snapshot.mirror))) {
    for (const name of await listDirectory(join(media, mirror))) found.push(`${mirror}/${name}`);
  }
  return found.filter((path) => !named.has(path)).toSorted(compareText);
}

async function checkSnapshotThere(media: string, snapshot: BundleSnapshot, name: string): Promise<void> {
  for (const directory of [join(media, snapshot.mirror), mediumSnapshotDirectory(media, snapshot)]) {
    if (await isRealDirectory(directory)) continue;
    if (await entryExists(directory)) throw notADirectory(directory);
    throw new PommgrError(
      'integrity.missing',
      `The bundle ${name} is broken: its snapshot ${directory} is missing.`,
      {
        hints: [
          'A later "medium sync" removes what left the online side. Bring the medium back there, and pack a baseline that is still there.',
          'Another bundle of the medium may be whole: choose it with --bundle NAME.',
        ],
        details: { bundle: name, directory },
      },
    );
  }
}

async function readBundleDocument(
  directory: string,
  expected: string,
): Promise<{ bundle: Bundle; bytes: Buffer }> {
  const path = join(directory, bundleFileName);
  const bytes = await readRegularFile(path, maxBundleDocumentBytes);
  const found = sha256Hex(bytes);
  if (found !== expected) {
    throw new PommgrError('integrity.digest', `${path} has the SHA-256 ${found}, expected ${expected}.`, {
      hints: ['The file was changed. Copy the whole bundle again from the online side.'],
      details: { file: path, expected, found },
    });
  }
  return { bundle: parseDocument(bytes.toString('utf8'), bundleKind, path), bytes };
}

async function checkFileSize(path: string, expected: number): Promise<void> {
  const { file, sizeBytes } = await openRegularFile(path);
  await file.close();
  if (sizeBytes === expected) return;
  throw new PommgrError('integrity.size', `${path} is ${sizeBytes} bytes long, expected ${expected}.`, {
    hints: ['The file was cut or changed. Copy the whole bundle again from the online side.'],
    details: { file: path, expected, found: sizeBytes },
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

function notADirectory(directory: string): PommgrError {
  return new PommgrError('integrity.file-type', `${directory} is not a directory.`, {
    hints: ['A bundle is a directory of its own, not a link or a file.'],
    details: { file: directory },
  });
}
