/**
 * Reads signed directories of a medium (`tool/`, `runtime/<version>/`, `subscriptions/<time>/`, `reports/<bundle>/`): a
 * `SHA256SUMS`, its signatures, PURPOSE, and exactly the files that the manifest lists. Invariant: only
 * `openSignedDirectory` makes a SignedDirectory, whose manifest was signed for this very place, and `readSignedFile`
 * returns only checked bytes.
 */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { checkListing } from '../domain/listing.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { parseDigests, type Digests } from '../../core/domain/digest-list.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { below, nameOf, parentOf, pathOf, type Place } from '../../core/domain/place.ts';
import { checkPurpose, purposeDigest, purposeFileName, type SignedKind } from '../../core/domain/purpose.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { notADirectory } from '../../core/adapters/directory-handles.ts';
import { kindAt, namesAt, readAt, walkAt } from '../../core/adapters/files-at.ts';
import { isRootSignatureName } from '../domain/signing-key.ts';
import { checkRootSignatures, signedRootAt, type RootSigners } from './bundle-signers.ts';
import type { TrustedKeys } from './trusted-keys.ts';

/**
 * The location of a signed directory, and the purpose that it must have been signed for; its name is that of the
 * directory.
 */
export interface SignedPlace {
  kind: SignedKind;
  directory: Place;
  /** `parent`: the manifest also lists files from the directory above. Default: names begin in the directory. */
  namesFrom?: 'parent';
}

let sealed: (
  place: SignedPlace,
  found: RootSigners & { digests: Digests; manifest: Buffer },
) => SignedDirectory;

/**
 * A directory whose manifest a trusted key signed, with every listed file and no other in it. Only
 * `openSignedDirectory` makes one.
 */
export class SignedDirectory {
  readonly directory: Place;
  /** Where the manifest's names begin. */
  readonly base: Place;
  readonly signers: RootSigners['signers'];
  readonly newSigners: RootSigners['newSigners'];
  readonly signatures: RootSigners['signatures'];
  readonly #digests: Digests;
  readonly #manifest: Buffer;

  static {
    sealed = (place, found) => new SignedDirectory(place, found);
  }

  private constructor(place: SignedPlace, found: Parameters<typeof sealed>[1]) {
    this.directory = place.directory;
    this.base = baseOf(place);
    this.signers = found.signers;
    this.newSigners = found.newSigners;
    this.signatures = found.signatures;
    this.#digests = found.digests;
    this.#manifest = found.manifest;
  }

  /** A copy of the bytes of `SHA256SUMS` that were signed. */
  get manifest(): Buffer {
    return Buffer.from(this.#manifest);
  }

  /** SHA-256 of each listed file, without PURPOSE. */
  get digests(): Digests {
    return this.#digests;
  }
}

export interface OpenSignedDirectoryOptions {
  trusted: TrustedKeys;
  /** Directory of rotation statements on the medium. */
  rotations: Place;
  /** Decides which names may be listed, e.g. `linux-x64/node`. */
  isName: (name: string) => boolean;
  /** Returns the names that must be listed, given all that are. */
  needed: (names: readonly string[]) => readonly string[];
}

export const maxManifestBytes = 1024 * 1024;
const maxPurposeBytes = 1024;

/**
 * Opens the directory. Contents are not read yet: `readSignedFile` checks them.
 * @throws PommgrError `trust.*` for a missing, unknown or wrong signature, or a list that was signed for something
 *   else; `integrity.*` for a missing or added file or directory.
 */
export async function openSignedDirectory(
  place: SignedPlace,
  { trusted, rotations, isName, needed }: OpenSignedDirectoryOptions,
): Promise<SignedDirectory> {
  const { directory } = place;
  if ((await kindAt(directory)) !== 'directory') throw notADirectory(directory);
  const list = below(directory, rootFileName);
  const root = await readAt(list, maxManifestBytes);
  const signatureFiles = (await namesAt(directory)).filter(isRootSignatureName);
  const signers = await checkRootSignatures(
    signedRootAt(directory, { root, signatureFiles, rotations }),
    trusted,
  );
  const purposeFile = nameInList(place, purposeFileName);
  const isAnyName = (name: string): boolean => name === purposeFile || isName(name);
  const all = parseDigests(root.toString('utf8'), isAnyName);
  if ('why' in all) throw malformed(list, all.why);
  const purpose = { kind: place.kind, name: nameOf(directory) };
  checkPurpose(purpose, { digests: all, file: purposeFile, where: pathOf(list) });
  const digests = new Map([...all].filter(([name]) => name !== purposeFile));
  const missing = needed([...digests.keys()]).find((name) => !digests.has(name));
  if (missing !== undefined) throw malformed(list, `it does not list ${missing}`);
  const base = baseOf(place);
  const expected = [
    ...[rootFileName, ...signatureFiles].map((name) => nameInList(place, name)),
    ...all.keys(),
  ];
  checkListing(await listingOf(place, expected), expected, pathOf(base));
  const purposePlace = below(base, purposeFile);
  const text = await readAt(purposePlace, maxPurposeBytes);
  checkDigest(pathOf(purposePlace), { expected: purposeDigest(purpose), found: sha256Hex(text) });
  return sealed(place, { ...signers, digests, manifest: root });
}

/** Lists what exists, by the names of the manifest: files, and directories that contain none of the expected ones. */
async function listingOf(place: SignedPlace, expected: readonly string[]): Promise<string[]> {
  // Other directories are not listed, because their contents may be endless.
  const outer = new Set(
    expected.flatMap((name) => name.split('/').map((_, index, parts) => parts.slice(0, index).join('/'))),
  );
  const enter = (path: string): boolean => outer.has(nameInList(place, path));
  const listing = new Set<string>();
  for await (const { path, kind } of walkAt(place.directory, { enter })) {
    if (kind !== 'directory' || !enter(path)) listing.add(nameInList(place, path));
  }
  for (const name of expected) {
    if (!listing.has(name) && (await kindAt(below(baseOf(place), name))) !== undefined) listing.add(name);
  }
  return [...listing];
}

/** Returns the manifest's name of an entry of the directory. */
export function nameInList({ directory, namesFrom }: SignedPlace, path: string): string {
  return namesFrom === undefined ? path : `${nameOf(directory)}/${path}`;
}

function baseOf({ directory, namesFrom }: SignedPlace): Place {
  return namesFrom === undefined ? directory : parentOf(directory);
}

/** Reads one listed file as a whole. @throws PommgrError `integrity.*` unless it matches the manifest. */
export async function readSignedFile(
  { base, digests }: SignedDirectory,
  name: string,
  maxBytes: number,
): Promise<Buffer> {
  const place = below(base, name);
  const data = await readAt(place, maxBytes);
  checkDigest(pathOf(place), { expected: digests.get(name), found: sha256Hex(data) });
  return data;
}

/** @throws PommgrError `integrity.digest` */
export function checkDigest(
  path: string,
  { expected, found }: { expected: string | undefined; found: string },
): void {
  if (found === expected) return;
  throw digestMismatch(path, {
    ...{ expected: expected ?? 'none', found },
    hints: ['The file was changed or damaged. Write the medium again on the online side.'],
  });
}

function malformed(list: Place, why: string): PommgrError {
  const file = pathOf(list);
  return new PommgrError('integrity.root', `${file} is not a list of digests as pommgr writes it: ${why}.`, {
    hints: ['Write the medium again on the online side.'],
    details: { file },
  });
}
