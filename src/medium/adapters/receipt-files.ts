/**
 * Receipts on a medium: `receipts/<key id>-<time>.json`, its raw Ed25519 signature `….json.sig`, `<key id>.pub.pem`.
 * Invariant: a receipt appears after its signature, and what a trusted host's key did not sign is never believed.
 */
import { join } from 'node:path';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { parseDocument } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { receiptsDirectoryName } from '../domain/medium-layout.ts';
import {
  keyIdOfReceipt,
  receiptFileName,
  receiptKeyName,
  receiptKind,
  receiptSignatureName,
  type Receipt,
} from '../domain/receipt.ts';
import {
  listDirectory,
  makeDirectory,
  removeDurably,
  removeFile,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { isRealDirectory, readRegularFile } from '../../core/adapters/regular-file.ts';
import { isSignatureGood, type SigningKey } from '../../trust/adapters/signing.ts';
import type { KeyDirectory, TrustedKey } from '../../trust/adapters/trusted-keys.ts';

const maxReceiptBytes = 1024 * 1024;
const signatureBytes = 64;

/** Files of receipts lie in `receipts/` of the directory that the user names, a medium's top for instance. */
export function receiptsDirectory(top: string): string {
  return join(top, receiptsDirectoryName);
}

/** Writes a receipt and gives its path; the host's earlier ones there are removed. */
export async function writeReceipt(top: string, receipt: Receipt, key: SigningKey): Promise<string> {
  const directory = receiptsDirectory(top);
  await makeDirectory(directory);
  if (!(await isRealDirectory(directory))) throw notADirectory(directory);
  const { keyId, pem } = key.publicKey;
  const file = receiptFileName(keyId, receipt.time);
  const text = Buffer.from(canonicalJson(receipt));
  // One of the same second must not be seen with the other's signature.
  await removeFile(join(directory, file));
  await writeFileAtomic(join(directory, receiptKeyName(keyId)), pem);
  await writeFileAtomic(join(directory, receiptSignatureName(file)), key.sign(text));
  await writeFileAtomic(join(directory, file), text);
  for (const name of await listDirectory(directory)) {
    if (name === file || keyIdOfReceipt(name) !== keyId) continue;
    await removeDurably(join(directory, name));
    await removeDurably(join(directory, receiptSignatureName(name)));
  }
  return join(directory, file);
}

export interface FoundReceipts {
  /** Signed by hosts that are trusted. */
  receipts: Receipt[];
  /** Paths of all others. */
  unknown: string[];
}

/**
 * The receipts below `top`; none where it has no such directory.
 * @throws PommgrError `trust.signature` for one in a trusted host's name that this host's key did not sign.
 */
export async function readReceipts(top: string, hosts: KeyDirectory): Promise<FoundReceipts> {
  const directory = receiptsDirectory(top);
  const found: FoundReceipts = { receipts: [], unknown: [] };
  if (!(await isRealDirectory(directory))) return found;
  const listing = await listDirectory(directory);
  for (const name of listing) {
    const keyId = keyIdOfReceipt(name);
    if (keyId === undefined) continue;
    const path = join(directory, name);
    const key = hosts.keys.find((trusted) => trusted.keyId === keyId);
    if (key === undefined) found.unknown.push(path);
    else if (listing.includes(receiptSignatureName(name))) found.receipts.push(await readSigned(path, key));
    else throw notSigned(path, `has no signature by host ${keyId}`);
  }
  return found;
}

async function readSigned(path: string, key: TrustedKey): Promise<Receipt> {
  const text = await readRegularFile(path, maxReceiptBytes);
  const signature = await readRegularFile(receiptSignatureName(path), signatureBytes);
  if (!isSignatureGood(key, text, signature)) {
    throw notSigned(path, `is not what host ${key.keyId} signed`);
  }
  const receipt = parseDocument(text.toString('utf8'), receiptKind, path);
  if (receipt.host.id === key.fingerprint) return receipt;
  throw notSigned(path, `is of host ${receipt.host.id}, but ${key.fingerprint} signed it`);
}

function notSigned(path: string, what: string): PommgrError {
  return new PommgrError('trust.signature', `The receipt ${path} ${what}.`, {
    hints: [
      'It was changed or damaged on its way. Take a new one from the host: "pommgr apply --receipt DIR".',
      'Or remove it, and it counts for nothing.',
    ],
    details: { file: path },
  });
}

function notADirectory(directory: string): PommgrError {
  return new PommgrError('integrity.file-type', `${directory} is not a directory.`, {
    hints: ['Remove what is in its place, or name another directory.'],
    details: { file: directory },
  });
}
