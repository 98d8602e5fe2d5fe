/**
 * Directories of a medium beside the bundles (`tool/`, `runtime/<version>/`, `subscriptions/<time>/`): a `SHA256SUMS`,
 * its signatures, and exactly the files that it lists.
 * Invariant: only `openSignedDirectory` makes a SignedDirectory, and `readSignedFile` gives checked bytes only.
 */
import { basename, dirname, join, relative } from 'node:path';
import { checkListing } from '../domain/listing.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { parseDigests, renderDigests, type Digests } from '../../core/domain/digest-list.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { isRootSignatureName, rootSignatureName } from '../domain/signing-key.ts';
import {
  entryExists,
  fileSize,
  listDirectory,
  makeDirectory,
  pathExists,
  removeDurably,
  renameDurably,
  syncDirectory,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { checkRootSignatures, type RootSigners } from './bundle-signers.ts';
import { walkTree } from '../../core/adapters/file-tree.ts';
import { isRealDirectory, readRegularFile } from '../../core/adapters/regular-file.ts';
import type { SigningKey } from './signing.ts';
import type { TrustedKeys } from './trusted-keys.ts';

declare const verified: unique symbol;

/** A directory whose list of digests a trusted key signed, with every listed file and no other in it. */
export interface SignedDirectory extends RootSigners {
  readonly [verified]: true;
  readonly directory: string;
  /** What the names are relative to. */
  readonly namesFrom: string;
  readonly digests: Digests;
  /** The bytes of `SHA256SUMS`. */
  readonly root: Buffer;
}

export interface OpenSignedDirectoryOptions {
  trusted: TrustedKeys;
  /** Where the medium has its rotation statements. */
  rotationsDirectory: string;
  /** Which names may be listed, e.g. `linux-x64/node`. */
  isName: (name: string) => boolean;
  /** What the names are relative to, where the list covers files outside, too. Default: the directory. */
  namesFrom?: string;
}

const maxRootBytes = 1024 * 1024;

/**
 * Contents are not read yet: `readSignedFile` checks them.
 * @throws PommgrError `trust.*` for a missing, unknown or wrong signature, `integrity.*` for a missing or added file.
 */
export async function openSignedDirectory(
  directory: string,
  { trusted, rotationsDirectory, isName, namesFrom = directory }: OpenSignedDirectoryOptions,
): Promise<SignedDirectory> {
  if (!(await isRealDirectory(directory))) throw notADirectory(directory);
  const root = await readRegularFile(join(directory, rootFileName), maxRootBytes);
  const signatureFiles = (await listDirectory(directory)).filter(isRootSignatureName);
  const signers = await checkRootSignatures({ directory, root, signatureFiles, rotationsDirectory }, trusted);
  const digests = parseDigests(root.toString('utf8'), isName);
  if ('why' in digests) throw malformed(join(directory, rootFileName), digests.why);
  const nameOf = (path: string): string => relative(namesFrom, join(directory, path));
  const expected = [...[rootFileName, ...signatureFiles].map(nameOf), ...digests.keys()];
  // What lies in other directories is not even listed: there may be no end to it.
  const enter = (path: string): boolean => expected.some((name) => name.startsWith(`${nameOf(path)}/`));
  const listing: string[] = [];
  for await (const { path, kind } of walkTree(directory, { enter })) {
    if (kind !== 'directory' || !enter(path)) listing.push(nameOf(path));
  }
  for (const name of digests.keys()) {
    if (!listing.includes(name) && (await entryExists(join(namesFrom, name)))) listing.push(name);
  }
  checkListing(listing, expected, namesFrom);
  return { ...signers, directory, namesFrom, digests, root } as unknown as SignedDirectory;
}

/** One listed file, whole. @throws PommgrError `integrity.*` unless it is what the list says. */
export async function readSignedFile(
  { namesFrom, digests }: SignedDirectory,
  name: string,
  maxBytes: number,
): Promise<Buffer> {
  const path = join(namesFrom, name);
  const data = await readRegularFile(path, maxBytes);
  checkDigest(path, { expected: digests.get(name), found: sha256Hex(data) });
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
 * Writes the files, then their list and its signatures, beside the final name, and takes that by one rename; what was
 * there before is replaced.
 */
export async function writeSignedDirectory(
  directory: string,
  files: ReadonlyMap<string, Buffer>,
  keys: readonly SigningKey[],
): Promise<void> {
  await replaceSignedDirectory(directory, keys, async (temporary) => {
    for (const [name, data] of files) {
      await makeDirectory(dirname(join(temporary, name)));
      await writeFileAtomic(join(temporary, name), data);
    }
    return new Map([...files].map(([name, data]) => [name, sha256Hex(data)]));
  });
}

/** As `writeSignedDirectory`, of files that `fill` writes below the directory that it is given; it returns their digests. */
export async function replaceSignedDirectory(
  directory: string,
  keys: readonly SigningKey[],
  fill: (temporary: string) => Promise<Digests>,
): Promise<void> {
  const temporary = join(dirname(directory), `.${basename(directory)}.tmp`);
  if (await pathExists(temporary)) await removeDurably(temporary);
  await makeDirectory(temporary);
  try {
    await writeSignedRoot(temporary, await fill(temporary), keys);
    if (await pathExists(directory)) await removeDurably(directory);
    await renameDurably(temporary, directory);
  } catch (error) {
    await removeDurably(temporary);
    throw error;
  }
}

/** What a directory's list lacks: all of it where it is not this very list, else the signatures by these keys. */
export async function missingOfRoot(
  directory: string,
  digests: Digests,
  keys: readonly SigningKey[],
): Promise<'root' | SigningKey[]> {
  const root = Buffer.from(renderDigests(digests));
  if (!(await isThere(rootFileName, root))) return 'root';
  const missing: SigningKey[] = [];
  for (const key of keys) {
    if (!(await isThere(rootSignatureName(key.publicKey.keyId), key.sign(root)))) missing.push(key);
  }
  return missing;

  async function isThere(name: string, data: Buffer): Promise<boolean> {
    const path = join(directory, name);
    return (await fileSize(path)) === data.length && (await readRegularFile(path, maxRootBytes)).equals(data);
  }
}

/** Signs files that are in their place already. Over the same list the signatures of others stay. */
export async function renewSignedRoot(
  directory: string,
  digests: Digests,
  keys: readonly SigningKey[],
): Promise<void> {
  const missing = await missingOfRoot(directory, digests, keys);
  if (missing.length === 0) return;
  if (missing === 'root') {
    // First: a signature is never beside a list that it is not over.
    const signatures = (await listDirectory(directory)).filter(isRootSignatureName);
    for (const name of [rootFileName, ...signatures]) await removeDurably(join(directory, name));
  }
  await writeSignedRoot(directory, digests, missing === 'root' ? keys : missing);
}

/** The signatures and then the list itself: it is written last. */
export async function writeSignedRoot(
  directory: string,
  digests: Digests,
  keys: readonly SigningKey[],
): Promise<void> {
  const root = Buffer.from(renderDigests(digests));
  await syncDirectory(directory);
  for (const key of keys) {
    await writeFileAtomic(join(directory, rootSignatureName(key.publicKey.keyId)), key.sign(root));
  }
  await writeFileAtomic(join(directory, rootFileName), root);
}

function malformed(where: string, why: string): PommgrError {
  return new PommgrError('integrity.root', `${where} is not a list of digests: ${why}.`, {
    hints: ['Write the medium again on the online side.'],
    details: { file: where },
  });
}

function notADirectory(directory: string): PommgrError {
  return new PommgrError('integrity.file-type', `${directory} is not a directory.`, {
    hints: ['Links and files do not belong in its place. Write the medium again on the online side.'],
    details: { file: directory },
  });
}
