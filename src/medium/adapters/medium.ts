/**
 * A medium: its bundles, and the one way to a bundle that may be believed.
 * Invariant: only `openBundle` makes a VerifiedBundle, and nothing here writes.
 */
import { bundleFiles, type Bundle, type BundleSnapshot } from '../domain/bundle.ts';
import { checkRootedFiles } from '../domain/bundle-checks.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { sha256Hex, type ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { checkListing } from '../../trust/domain/listing.ts';
import { below, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import { purposeFileName } from '../../core/domain/purpose.ts';
import { bundlesDirectoryName, mediumNames, mediumTextName } from '../domain/medium-layout.ts';
import { bundleFileName, rootFileName, type Root } from '../../core/domain/sha256sums.ts';
import type { SigningPublicKey } from '../../trust/domain/signing-key.ts';
import { systemErrorCode } from '../../core/adapters/atomic-files.ts';
import { inDirectory, notADirectory } from '../../core/adapters/directory-handles.ts';
import { kindAt, namesAt, openAt, readAt } from '../../core/adapters/files-at.ts';
import { findRoot, readBundleDocument, readRoot, type FoundRoot } from './bundle-root.ts';
import { checkRootSignatures, type NewSigner } from '../../trust/adapters/bundle-signers.ts';
import { checkDigest } from '../../trust/adapters/signed-directory.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';

/** Long enough for a delta between the longest names. */
const bundleNamePattern = /^[a-z0-9][a-z0-9.-]{0,141}-[1-9][0-9]{0,8}$/;

const maxPurposeBytes = 1024;
const foldedNames = mediumNames.map((name) => name.toLowerCase());

declare const verified: unique symbol;

/** A bundle whose root a trusted key signed, and whose files are there, complete, and of the right sizes. */
export interface VerifiedBundle {
  readonly [verified]: true;
  /** Of its directory. */
  readonly name: string;
  readonly media: string;
  /** Others that hold volumes of it. */
  readonly furtherMedia: readonly string[];
  readonly directory: Place;
  readonly bundle: Bundle;
  /** Where each volume is, by its name; of a bundle that is spread over several media some may not be at hand. */
  readonly volumes: ReadonlyMap<string, Place>;
  /** Volumes that a store took from other media of the set, by name. */
  readonly taken: ReadonlyMap<string, TakenVolume>;
  readonly signers: readonly SigningPublicKey[];
  /** Signers that are not trusted yet, but that a trusted key handed over to. */
  readonly newSigners: readonly NewSigner[];
  /** The root, the signatures that counted, and bundle.json: what a store keeps of a bundle, by file name. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** What was in a volume, in its order; each as a file of this directory, under its SHA-256. */
export interface TakenVolume {
  objects: readonly ObjectFact[];
  directory: string;
}

/** What lies on a medium: bundles by name, and what other systems left there (`bundles/x` for one of those). */
export interface MediumListing {
  bundles: string[];
  strangers: string[];
}

/**
 * @throws PommgrError `usage.media` when the directory is not there, `integrity.file-type` for something else in place of
 *   `bundles/`, `integrity.name` for one of our names in other letters.
 */
export async function listMedium(media: string): Promise<MediumListing> {
  const top = await listTop(media);
  const inBundles = await namesAt(below(topPlace(media), bundlesDirectoryName));
  const others = top.filter((name) => !mediumNames.includes(name));
  const strangers: string[] = [];
  if (isShortNamed(top)) throw shortNames(media);
  for (const name of others) if (!(await isOurs(media, name, top))) strangers.push(name);
  return {
    bundles: inBundles.filter((name) => bundleNamePattern.test(name)),
    strangers: [
      ...strangers,
      ...inBundles
        .filter((name) => !bundleNamePattern.test(name))
        .map((name) => `${bundlesDirectoryName}/${name}`),
    ],
  };
}

/**
 * Checks a bundle down to the sizes of its volumes; what is in the volumes is checked while they are read.
 * @throws PommgrError `trust.*` for a missing, unknown or wrong signature, `integrity.*` for a missing, changed, added
 *   or cut file, `config.*` for a document that this pommgr cannot read, `state.next-medium` where volumes are on another
 *   medium.
 */
export async function openBundle(media: string, name: string, trusted: TrustedKeys): Promise<VerifiedBundle> {
  const verified = await openBundlePart(media, name, trusted);
  requireVolumes(verified);
  return verified;
}

/** As `openBundle`, but of a bundle that is spread over several media not every volume must be there. */
export async function openBundlePart(
  media: string,
  name: string,
  trusted: TrustedKeys,
): Promise<VerifiedBundle> {
  const found = await findRoot(media, name);
  const { directory, listing, signatureFiles } = found;
  const { signers, newSigners, signatures } = await checkRootSignatures(found, trusted);
  const covered = readRoot(found);
  const rootFiles = [rootFileName, ...signatureFiles, purposeFileName, bundleFileName];
  const where = pathOf(directory);
  const present = [...covered.files.keys()].filter((file) => listing.includes(file));
  checkListing(listing, [...rootFiles, ...present], where);
  const document = await readBundleDocument(found, { covered, name });
  if (document.bundle.spread === undefined) {
    checkListing(listing, [...rootFiles, ...covered.files.keys()], where);
  }
  checkRootedFiles(document.bundle, covered, where);
  await checkPurposeFile(found, covered);
  for (const { file, sizeBytes } of bundleFiles(document.bundle)) {
    if (present.includes(file)) await checkFileSize(below(directory, file), sizeBytes);
  }
  await checkNotGone(media, document.bundle, name);
  for (const snapshot of document.bundle.snapshots ?? []) await checkSnapshotThere(media, snapshot, name);
  const files = new Map([[rootFileName, found.root], ...signatures, [bundleFileName, document.bytes]]);
  return {
    name,
    media,
    directory,
    bundle: document.bundle,
    furtherMedia: [],
    volumes: new Map(present.map((file) => [file, below(directory, file)])),
    taken: new Map(),
    signers,
    newSigners,
    files,
  } as unknown as VerifiedBundle;
}

/** Volumes that are on none of the media at hand, and were not taken before. */
export function absentVolumes({ bundle, volumes, taken }: VerifiedBundle): string[] {
  return bundle.volumes.map(({ file }) => file).filter((file) => !volumes.has(file) && !taken.has(file));
}

/** Where its volumes are read from. */
export function mediaOf({ media, furtherMedia }: VerifiedBundle): string[] {
  return [media, ...furtherMedia];
}

/** @throws PommgrError `state.next-medium` */
function requireVolumes(verified: VerifiedBundle): void {
  const absent = absentVolumes(verified);
  if (absent.length === 0) return;
  const { name, media } = verified;
  throw new PommgrError(
    'state.next-medium',
    `Of the bundle ${name}, ${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} not on ${media}, but on another medium of its set.`,
    {
      hints: ['Take the whole set into the store first: "pommgr apply --store-only" with each of its media.'],
      details: { bundle: name, media, missing: absent },
    },
  );
}

/** Where a volume that is at hand lies. */
export function volumePlace({ directory, volumes }: VerifiedBundle, file: string): Place {
  return volumes.get(file) ?? below(directory, file);
}

/** What it holds follows from the root; that it is that, is checked as for any other file. */
async function checkPurposeFile({ directory }: FoundRoot, covered: Root): Promise<void> {
  const place = below(directory, purposeFileName);
  checkDigest(pathOf(place), {
    expected: covered.purpose,
    found: sha256Hex(await readAt(place, maxPurposeBytes)),
  });
}

/** As a disc shows them that has nothing but the names of ISO 9660, level 1: 8 and 3 characters, in one kind of letters. */
function isShortNamed(top: readonly string[]): boolean {
  const isShort = top.every((name) => /^[A-Za-z0-9_]{1,8}(?:\.[A-Za-z0-9_]{0,3})?$/.test(name));
  return isShort && !top.includes(mediumTextName) && top.some((name) => /^pommgr\.txt$/i.test(name));
}

function shortNames(media: string): PommgrError {
  return new PommgrError(
    'integrity.name',
    `${media} shows names of at most 8 and 3 characters: the disc was written without Joliet or Rock Ridge names.`,
    {
      hints: [
        'Write it again with them, for instance: xorriso -as mkisofs -J -joliet-long -R -o disc.iso DIRECTORY',
        'On a disk or a stick, give the files their names again: copy them from where "pommgr pack" wrote them.',
      ],
      details: { media },
    },
  );
}

/** A file system that takes all letters for one may show our names in capitals; on another they would be passed over. */
async function isOurs(media: string, name: string, top: readonly string[]): Promise<boolean> {
  const expected = name.toLowerCase();
  if (!foldedNames.includes(expected)) return false;
  const own = mediumNames[foldedNames.indexOf(expected)] ?? expected;
  if (!top.includes(own) && (await kindAt(below(topPlace(media), own))) !== undefined) return true;
  const path = pathOf(below(topPlace(media), name));
  throw new PommgrError('integrity.name', `${path} must be called ${own}.`, {
    hints: [
      `Nothing in it would be checked. Rename it to ${own}, or remove it, and run the same command again.`,
    ],
    details: { file: path, expected: own, found: name },
  });
}

async function listTop(media: string): Promise<string[]> {
  try {
    return await inDirectory(topPlace(media), () => namesAt(topPlace(media)));
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
export function mediumSnapshotPlace(
  media: string,
  { mirror, snapshot }: Pick<BundleSnapshot, 'mirror' | 'snapshot'>,
): Place {
  return below(topPlace(media), mirror, snapshot);
}

/** What lies beside these snapshots in the directories of their mirrors, as `<mirror>/<name>`. */
export async function listOtherSnapshots(
  media: string,
  snapshots: readonly Pick<BundleSnapshot, 'mirror' | 'snapshot'>[],
): Promise<string[]> {
  const named = new Set(snapshots.map(({ mirror, snapshot }) => `${mirror}/${snapshot}`));
  const found: string[] = [];
  for (const mirror of new Set(snapshots.map((snapshot) => snapshot.mirror))) {
    for (const name of await namesAt(below(topPlace(media), mirror))) found.push(`${mirror}/${name}`);
  }
  return found.filter((path) => !named.has(path)).toSorted(compareText);
}

/** POM takes snapshots off a medium that its mirrors lost: a bundle with none of its own is gone, not damaged. */
async function checkNotGone(media: string, { snapshots = [] }: Bundle, name: string): Promise<void> {
  if (snapshots.length === 0) return;
  for (const snapshot of snapshots) {
    if ((await kindAt(mediumSnapshotPlace(media, snapshot))) !== undefined) return;
  }
  throw new PommgrError(
    'integrity.gone',
    `Bundle ${name} is gone from ${media}: Proxmox Offline Mirror removed its snapshots, because its mirrors do not have them any more.`,
    {
      hints: [
        '"pommgr pack --format pom" on the online side removes what is left of it.',
        'Another bundle of the medium may be whole: choose it with --bundle NAME.',
      ],
      details: { bundle: name, media },
    },
  );
}

async function checkSnapshotThere(media: string, snapshot: BundleSnapshot, name: string): Promise<void> {
  const places = [below(topPlace(media), snapshot.mirror), mediumSnapshotPlace(media, snapshot)];
  for (const place of places) {
    const kind = await kindAt(place);
    if (kind === 'directory') continue;
    if (kind !== undefined) throw notADirectory(place);
    const directory = pathOf(place);
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

async function checkFileSize(place: Place, expected: number): Promise<void> {
  const { file, sizeBytes } = await openAt(place);
  await file.close();
  if (sizeBytes === expected) return;
  const path = pathOf(place);
  throw new PommgrError('integrity.size', `${path} is ${sizeBytes} bytes long, expected ${expected}.`, {
    hints: ['The file was cut or changed. Copy the whole bundle again from the online side.'],
    details: { file: path, expected, found: sizeBytes },
  });
}
