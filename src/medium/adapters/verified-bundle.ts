/**
 * Opens a bundle of a medium, and is the only way to a verified one. Invariant: a VerifiedBundle was checked from the
 * signatures down to the sizes of its volumes; the contents of the volumes are checked while they are read. Nothing
 * here writes.
 */
import { sizeMismatch } from '../../core/domain/mismatch.ts';
import { bundleFiles, type Bundle } from '../domain/bundle.ts';
import { checkRootedFiles } from '../domain/bundle-checks.ts';
import { sha256Hex, type ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { checkLetters, checkListing } from '../../trust/domain/listing.ts';
import { below, pathOf, type Place } from '../../core/domain/place.ts';
import { purposeFileName } from '../../core/domain/purpose.ts';
import { bundleFileName, rootFileName, type Root } from '../../core/domain/sha256sums.ts';
import type { SigningPublicKey } from '../../trust/domain/signing-key.ts';
import { closureListFileName } from '../../closure/domain/closure-list.ts';
import type { Shares } from '../../closure/domain/shares.ts';
import { sharesOf } from '../domain/bundle-shares.ts';
import { readClosureList } from './closure-list-file.ts';
import { openAt, readAt } from '../../core/adapters/files-at.ts';
import { findRoot, readBundleDocument, readRoot, type FoundRoot } from './bundle-root.ts';
import { checkRootSignatures, type RootSigners } from '../../trust/adapters/bundle-signers.ts';
import { type NewSigner } from '../../trust/adapters/rotation-voucher.ts';
import { checkDigest } from '../../trust/adapters/signed-directory.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { checkSnapshotsThere } from './medium-snapshots.ts';

const maxPurposeBytes = 1024;

/** Contents of a volume that a store took, in its order; each as a file of `directory`, named by its SHA-256. */
export interface TakenVolume {
  objects: readonly ObjectFact[];
  directory: string;
}

interface BundleParts {
  name: string;
  media: readonly [string, ...string[]];
  directory: Place;
  bundle: Bundle;
  signers: RootSigners['signers'];
  newSigners: RootSigners['newSigners'];
  volumes: ReadonlyMap<string, Place>;
  taken: ReadonlyMap<string, TakenVolume>;
  shares: Shares;
  files: ReadonlyMap<string, Buffer>;
}

let sealed: (parts: BundleParts) => VerifiedBundle;

/**
 * A bundle whose manifest a trusted key signed, and whose files exist, complete, with the right sizes. Only
 * `openBundle` and `openBundlePart` create one.
 */
export class VerifiedBundle {
  /** The name of its directory. */
  readonly name: string;
  readonly media: string;
  readonly directory: Place;
  readonly bundle: Bundle;
  readonly signers: readonly SigningPublicKey[];
  /** Signers that are not trusted yet, but to which a trusted key handed over. */
  readonly newSigners: readonly NewSigner[];
  readonly #parts: BundleParts;

  static {
    sealed = (parts) => new VerifiedBundle(parts);
  }

  private constructor(parts: BundleParts) {
    this.name = parts.name;
    this.media = parts.media[0];
    this.directory = parts.directory;
    this.bundle = parts.bundle;
    this.signers = parts.signers;
    this.newSigners = parts.newSigners;
    this.#parts = parts;
  }

  /** Every medium that holds volumes of the bundle. */
  get allMedia(): readonly string[] {
    return this.#parts.media;
  }

  /** Location of each volume, by its name; volumes of a set of media may be absent. */
  get volumes(): ReadonlyMap<string, Place> {
    return this.#parts.volumes;
  }

  /** Volumes that a store took from other media of the set, by name. */
  get taken(): ReadonlyMap<string, TakenVolume> {
    return this.#parts.taken;
  }

  /** Which target sees which part of the bundle. */
  get shares(): Shares {
    return this.#parts.shares;
  }

  /** The manifest, the signatures that counted, bundle.json and a closure list, by file name; a store keeps these. */
  get files(): ReadonlyMap<string, Buffer> {
    return this.#parts.files;
  }

  /** SHA-256 of the manifest: identical on all media of a set, and different on all others. */
  get manifestDigest(): string {
    return sha256Hex(this.files.get(rootFileName) ?? '');
  }

  /**
   * Returns the same bundle with the volumes of another medium of its set; one that both have is read from this one.
   */
  joined(other: VerifiedBundle): VerifiedBundle {
    if (other.manifestDigest !== this.manifestDigest) throw otherSet(this, other);
    return new VerifiedBundle({
      ...this.#parts,
      media: [...this.#parts.media, other.media],
      volumes: new Map([...other.volumes, ...this.volumes]),
    });
  }

  /** Returns the same bundle with volumes that a store took before. */
  withTaken(taken: ReadonlyMap<string, TakenVolume>): VerifiedBundle {
    return new VerifiedBundle({ ...this.#parts, taken });
  }
}

/**
 * Checks a bundle down to the sizes of its volumes; the contents of the volumes are checked while they are read.
 * @throws PommgrError `trust.*` for a missing, unknown or wrong signature, `integrity.*` for a missing, changed, added
 *   or cut file, `config.*` for a document that this pommgr cannot read, `state.next-medium` where volumes are on another
 *   medium.
 */
export async function openBundle(media: string, name: string, trusted: TrustedKeys): Promise<VerifiedBundle> {
  const verified = await openBundlePart(media, name, trusted);
  requireVolumes(verified);
  return verified;
}

/** Works like `openBundle`, but a bundle that is spread over several media may lack volumes. */
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
  checkLetters(listing, new Set([...rootFiles, ...covered.files.keys()]), where);
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
  await checkSnapshotsThere(media, document.bundle, name);
  const list = await readClosureList(directory, document.bundle);
  const files = new Map([
    [rootFileName, found.root],
    ...signatures,
    [bundleFileName, document.bytes],
    ...(list === undefined ? [] : ([[closureListFileName, list]] as const)),
  ]);
  return sealed({
    name,
    media: [media],
    directory,
    bundle: document.bundle,
    volumes: new Map(present.map((file) => [file, below(directory, file)])),
    taken: new Map(),
    shares: sharesOf(document.bundle, list, where),
    signers,
    newSigners,
    files,
  });
}

/** Returns the volumes that are on none of the attached media and were not taken before. */
export function absentVolumes({ bundle, volumes, taken }: VerifiedBundle): string[] {
  return bundle.volumes.map(({ file }) => file).filter((file) => !volumes.has(file) && !taken.has(file));
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

/** Returns where an available volume is. */
export function volumePlace({ directory, volumes }: VerifiedBundle, file: string): Place {
  return volumes.get(file) ?? below(directory, file);
}

/** The manifest determines its content; the file itself is checked like any other. */
async function checkPurposeFile({ directory }: FoundRoot, covered: Root): Promise<void> {
  const place = below(directory, purposeFileName);
  checkDigest(pathOf(place), {
    expected: covered.purpose,
    found: sha256Hex(await readAt(place, maxPurposeBytes)),
  });
}

async function checkFileSize(place: Place, expected: number): Promise<void> {
  const { file, sizeBytes } = await openAt(place);
  await file.close();
  if (sizeBytes === expected) return;
  const path = pathOf(place);
  throw sizeMismatch(path, {
    ...{ expected, found: sizeBytes },
    hints: ['The file was truncated or changed. Copy the whole bundle again from the online side.'],
  });
}

function otherSet({ name, media }: VerifiedBundle, other: VerifiedBundle): PommgrError {
  return new PommgrError(
    'integrity.volumes',
    `${media} and ${other.media} carry ${name} of different sets: their ${rootFileName} are not the same.`,
    {
      hints: ['Media of one set were written by one "pommgr pack". Take only those of the newer set.'],
      details: { bundle: name, media: [media, other.media] },
    },
  );
}
