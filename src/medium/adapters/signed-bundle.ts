/**
 * The chain manifest -> signatures -> bundle.json, read from wherever the files are: a store of this machine or of
 * another. A medium has more to check between them (verified-bundle.ts). Nothing is believed before its signature.
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
  /** A file of the bundle, whole; more than `maxBytes` is an error. */
  read: (file: string, maxBytes: number) => Promise<Buffer>;
  /** What to do about a changed file. */
  hint: string;
}

export interface BundleOfSource {
  root: Buffer;
  covered: Root;
  bundle: Bundle;
  /** The bytes of bundle.json. */
  document: Buffer;
}

/** Who signed the manifest that the source has. @throws PommgrError `trust.*` */
export async function readSourceSigners(source: BundleSource, trusted: TrustedKeys): Promise<RootSigners> {
  return await signersOf(source, await source.read(rootFileName, maxRootBytes), trusted);
}

/** bundle.json as the manifest covers it; who signed that is not asked. @throws PommgrError `integrity.*`, `config.*` */
export async function readCoveredBundle(source: BundleSource): Promise<BundleOfSource> {
  return await coveredBy(source, await source.read(rootFileName, maxRootBytes));
}

/** Both, in their order. @throws PommgrError `trust.*`, `integrity.*`, `config.*` */
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
