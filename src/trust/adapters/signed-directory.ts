/**
 * Signed directories of a medium (`tool/`, `runtime/<version>/`, `subscriptions/<time>/`, reports, approvals): a
 * `SHA256SUMS`, its signatures, PURPOSE, and exactly the files that the list names.
 * Invariant: only `openSignedDirectory` makes a SignedDirectory, whose list was signed for this very place, and
 * `readSignedFile` gives checked bytes only.
 */
import { checkListing } from '../domain/listing.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { parseDigests, renderDigests, type Digests } from '../../core/domain/digest-list.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { below, beside, nameOf, parentOf, pathOf, type Place } from '../../core/domain/place.ts';
import {
  checkPurpose,
  purposeDigest,
  purposeFileName,
  purposeText,
  type SignedKind,
} from '../../core/domain/purpose.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { notADirectory } from '../../core/adapters/directory-handles.ts';
import { kindAt, namesAt, readAt, sizeAt, walkAt } from '../../core/adapters/files-at.ts';
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
import { checkRootSignatures, type RootSigners } from './bundle-signers.ts';
import type { SigningKey } from './signing.ts';
import type { TrustedKeys } from './trusted-keys.ts';

/** Where a signed directory lies, and what it must have been signed as; its name is that of the directory. */
export interface SignedPlace {
  kind: SignedKind;
  directory: Place;
  /** `parent`: the list names files from the directory above on, too. Default: names begin in the directory. */
  namesFrom?: 'parent';
}

let sealed: (place: SignedPlace, found: RootSigners & { digests: Digests }) => SignedDirectory;

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
  }

  /** SHA-256 of each listed file, without PURPOSE. */
  get digests(): Digests {
    return this.#digests;
  }
}

export interface OpenSignedDirectoryOptions {
  trusted: TrustedKeys;
  /** Where the medium has its rotation statements. */
  rotations: Place;
  /** Which names may be listed, e.g. `linux-x64/node`. */
  isName: (name: string) => boolean;
  /** Names that must be listed, given all that are. */
  needed: (names: readonly string[]) => readonly string[];
}

const maxRootBytes = 1024 * 1024;
const maxPurposeBytes = 1024;

/**
 * Contents are not read yet: `readSignedFile` checks them.
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
  const root = await readAt(list, maxRootBytes);
  const signatureFiles = (await namesAt(directory)).filter(isRootSignatureName);
  const signers = await checkRootSignatures({ directory, root, signatureFiles, rotations }, trusted);
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
  return sealed(place, { ...signers, digests });
}

/** What is there, by the names of the list: files, and directories that hold none of the expected ones. */
async function listingOf(place: SignedPlace, expected: readonly string[]): Promise<string[]> {
  // What lies in other directories is not even listed: there may be no end to it.
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

/** The name in the list of what lies in the directory. */
function nameInList({ directory, namesFrom }: SignedPlace, path: string): string {
  return namesFrom === undefined ? path : `${nameOf(directory)}/${path}`;
}

function baseOf({ directory, namesFrom }: SignedPlace): Place {
  return namesFrom === undefined ? directory : parentOf(directory);
}

/** One listed file, whole. @throws PommgrError `integrity.*` unless it is what the list says. */
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
  throw new PommgrError('integrity.digest', `${path} has the SHA-256 ${found}, expected ${expected}.`, {
    hints: ['The file was changed or damaged. Write the medium again on the online side.'],
    details: { file: path, expected: expected ?? null, found },
  });
}

/**
 * Writes the files, PURPOSE, then their list and its signatures, beside the final name, and takes that by one rename;
 * what was there before is replaced.
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

/** As `writeSignedDirectory`, of files that `fill` writes below the directory that it is given; it returns their digests. */
export async function replaceSignedDirectory(
  place: SignedPlace,
  keys: readonly SigningKey[],
  fill: (temporary: Place) => Promise<Digests>,
): Promise<void> {
  const { directory } = place;
  // Without a list it counts for nothing, where it has to grow under its own name.
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
    await removeAt(temporary);
    throw error;
  }
}

/** Says what a directory is for; it may not have its name yet. */
export async function writePurpose({ kind, directory }: SignedPlace, into: Place = directory): Promise<void> {
  const text = Buffer.from(purposeText({ kind, name: nameOf(directory) }));
  await writeIfChangedAt(below(into, purposeFileName), text);
}

/** What the list of a directory with these files says. */
function withPurpose(place: SignedPlace, digests: Digests): Digests {
  const digest = purposeDigest({ kind: place.kind, name: nameOf(place.directory) });
  return new Map([...digests, [nameInList(place, purposeFileName), digest]]);
}

/** What a directory's list lacks: all of it where it is not this very list, else the signatures by these keys. */
export async function missingOfRoot(
  place: SignedPlace,
  digests: Digests,
  keys: readonly SigningKey[],
): Promise<'root' | SigningKey[]> {
  const root = Buffer.from(renderDigests(withPurpose(place, digests)));
  if (!(await isThere(rootFileName, root))) return 'root';
  const missing: SigningKey[] = [];
  for (const key of keys) {
    if (!(await isThere(rootSignatureName(key.publicKey.keyId), key.sign(root)))) missing.push(key);
  }
  return missing;

  async function isThere(name: string, data: Buffer): Promise<boolean> {
    const file = below(place.directory, name);
    return (await sizeAt(file)) === data.length && (await readAt(file, maxRootBytes)).equals(data);
  }
}

/** Signs files that are in their place already. Over the same list the signatures of others stay. */
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
    // First: a signature is never beside a list that it is not over.
    const signatures = (await namesAt(directory)).filter(isRootSignatureName);
    for (const name of [rootFileName, ...signatures]) await removeAt(below(directory, name));
  }
  await writeSignedRoot(directory, withPurpose(place, digests), missing === 'root' ? keys : missing);
}

/** The signatures and then the list itself: it is written last. */
export async function writeSignedRoot(
  directory: Place,
  digests: Digests,
  keys: readonly SigningKey[],
): Promise<void> {
  const root = Buffer.from(renderDigests(digests));
  await syncAt(directory);
  for (const key of keys) {
    await writeAt(below(directory, rootSignatureName(key.publicKey.keyId)), key.sign(root));
  }
  await writeAt(below(directory, rootFileName), root);
}

function malformed(list: Place, why: string): PommgrError {
  const file = pathOf(list);
  return new PommgrError('integrity.root', `${file} is not a list of digests as pommgr writes it: ${why}.`, {
    hints: ['Write the medium again on the online side.'],
    details: { file },
  });
}
