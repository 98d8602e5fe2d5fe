/**
 * Reads the chain manifest -> signatures -> bundle.json, wherever the files are: a store of this machine or of another.
 * A medium needs more checks in between (verified-bundle.ts). Invariant: nothing is used before its signature was
 * checked.
 */
import { bundleFileName, parseRoot, rootFileName, type Root } from '../../core/domain/sha256sums.ts';
import { checkRootSignatures, type RootSigners } from '../../trust/adapters/bundle-signers.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import type { Bundle } from '../domain/bundle.ts';
import { maxBundleDocumentBytes, maxRootBytes, readRootedBundle } from '../domain/rooted-bundle.ts';

export interface BundleSource {
  /** Names the place in messages: a directory, or an address. */
  where: string;
  signatureFiles: readonly string[];
  /** Reads a file of the bundle as a whole; more than `maxBytes` is an error. */
  read: (file: string, maxBytes: number) => Promise<Buffer>;
  /** What the user can do about a changed file. */
  hint: string;
}

export interface BundleOfSource {
  root: Buffer;
  covered: Root;
  bundle: Bundle;
  /** The bytes of bundle.json. */
  document: Buffer;
}

/** Returns who signed the manifest of the source. @throws PommgrError `trust.*` */
export async function readSourceSigners(source: BundleSource, trusted: TrustedKeys): Promise<RootSigners> {
  return await signersOf(source, await source.read(rootFileName, maxRootBytes), trusted);
}

/**
 * Returns bundle.json as the manifest covers it, without checking who signed that. @throws PommgrError `integrity.*`,
 * `config.*`
 */
export async function readCoveredBundle(source: BundleSource): Promise<BundleOfSource> {
  return await coveredBy(source, await source.read(rootFileName, maxRootBytes));
}

/** Checks both, in this order. @throws PommgrError `trust.*`, `integrity.*`, `config.*` */
export async function readSignedSource(
  source: BundleSource,
  trusted: TrustedKeys,
): Promise<RootSigners & BundleOfSource> {
  const root = await source.read(rootFileName, maxRootBytes);
  const signers = await signersOf(source, root, trusted);
  return { ...signers, ...(await coveredBy(source, root)) };
}

function signersOf(
  { where, signatureFiles, read }: BundleSource,
  root: Buffer,
  trusted: TrustedKeys,
): Promise<RootSigners> {
  const signed = { where, root, signatureFiles, readSignature: read, rotations: undefined };
  return checkRootSignatures(signed, trusted);
}

async function coveredBy({ where, read, hint }: BundleSource, root: Buffer): Promise<BundleOfSource> {
  const covered = parseRoot(root.toString('utf8'), `${where}/${rootFileName}`);
  const document = await read(bundleFileName, maxBundleDocumentBytes);
  return { root, covered, bundle: readRootedBundle(covered, { document, directory: where, hint }), document };
}
