/**
 * Handles receipts on a medium: `receipts/<key id>-<time>.json`, its raw Ed25519 signature `….json.sig`, `<key
 * id>.pub.pem`. Invariant: a receipt appears after its signature, and one that no trusted host's key signed is never
 * used.
 */
import { notADirectory } from '../../core/adapters/directory-handles.ts';
import { kindAt, namesAt, readAt } from '../../core/adapters/files-at.ts';
import { makeDirectoryAt, removeAt, writeAt } from '../../core/adapters/writes-at.ts';
import { below, beside, nameOf, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { parseDocument } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import {
  keyIdOfReceipt,
  receiptFileName,
  receiptKeyName,
  receiptKind,
  receiptLockName,
  receiptsDirectoryName,
  receiptSignatureName,
  type Receipt,
} from '../domain/receipt.ts';
import { isSignatureGood } from '../../trust/adapters/signature-check.ts';
import { type SigningKey } from '../../trust/adapters/signing.ts';
import type { KeyDirectory, TrustedKey } from '../../trust/adapters/trusted-keys.ts';

const maxReceiptBytes = 1024 * 1024;
const maxLockBytes = 64 * 1024 * 1024;
const signatureBytes = 64;

/** Files of receipts lie in `receipts/` of the directory that the user names, a medium's top for instance. */
export function receiptsDirectory(top: string): string {
  return pathOf(receiptsPlace(top));
}

function receiptsPlace(top: string): Place {
  return below(topPlace(top), receiptsDirectoryName);
}

/** Writes a receipt with the lock that it names, and gives its path; the host's earlier ones there are removed. */
export async function writeReceipt(
  top: string,
  { receipt, lock }: { receipt: Receipt; lock: Buffer | null },
  key: SigningKey,
): Promise<string> {
  const text = Buffer.from(canonicalJson(receipt));
  const { keyId, pem } = key.publicKey;
  await makeDirectoryAt(receiptsPlace(top));
  await writeAt(below(receiptsPlace(top), receiptKeyName(keyId)), pem);
  return await keepReport(top, { keyId, receipt, text, signature: await key.sign(text), lock });
}

/** A receipt with the very bytes that were signed. */
export interface SignedReceipt {
  keyId: string;
  receipt: Receipt;
  text: Buffer;
  signature: Buffer;
}

/** Writes a report so that readers see all of it or nothing; the host's earlier ones below `top` are removed. */
export async function keepReport(
  top: string,
  { keyId, receipt, text, signature, lock }: SignedReceipt & { lock: Buffer | null },
): Promise<string> {
  const directory = receiptsPlace(top);
  await makeDirectoryAt(directory);
  const file = receiptFileName(keyId, receipt.time);
  // A report of the same second must not be seen with the other's signature.
  await removeAt(below(directory, file));
  if (lock !== null) await writeAt(below(directory, receiptLockName(file)), lock);
  await writeAt(below(directory, receiptSignatureName(file)), signature);
  await writeAt(below(directory, file), text);
  for (const name of await namesAt(directory)) {
    if (name === file || keyIdOfReceipt(name) !== keyId) continue;
    await removeAt(below(directory, name));
    await removeAt(below(directory, receiptSignatureName(name)));
    await removeAt(below(directory, receiptLockName(name)));
  }
  return pathOf(below(directory, file));
}

export interface FoundReceipts {
  /** Signed by hosts that are trusted. */
  receipts: Receipt[];
  /** The same, with what was signed. */
  signed: SignedReceipt[];
  /** Paths of all others. */
  unknown: string[];
}

/**
 * The receipts below `top`; none where it has no such directory.
 * @throws PommgrError `trust.signature` for one in a trusted host's name that this host's key did not sign.
 */
export async function readReceipts(top: string, hosts: KeyDirectory): Promise<FoundReceipts> {
  const directory = receiptsPlace(top);
  const [signed, unknown]: [SignedReceipt[], string[]] = [[], []];
  const kind = await kindAt(directory);
  if (kind !== undefined && kind !== 'directory') throw notADirectory(directory);
  const listing = await namesAt(directory);
  for (const name of listing) {
    const keyId = keyIdOfReceipt(name);
    if (keyId === undefined) continue;
    const place = below(directory, name);
    const path = pathOf(place);
    const key = hosts.keys.find((trusted) => trusted.keyId === keyId);
    if (key === undefined) unknown.push(path);
    else if (listing.includes(receiptSignatureName(name))) signed.push(await readSigned(place, key));
    else throw notSigned(path, `has no signature by host ${keyId}`);
  }
  return { receipts: signed.map(({ receipt }) => receipt), signed, unknown };
}

/**
 * The lock that a receipt names, from below `top`; undefined where it names none.
 * @throws PommgrError `integrity.missing` when it is not there, `trust.signature` when it is not the one that was meant.
 */
export async function readLockOf(
  top: string,
  { keyId, receipt }: Pick<SignedReceipt, 'keyId' | 'receipt'>,
): Promise<{ text: Buffer; file: string } | undefined> {
  if (receipt.lock === null) return undefined;
  const place = below(receiptsPlace(top), receiptLockName(receiptFileName(keyId, receipt.time)));
  const file = pathOf(place);
  const text = await readAt(place, maxLockBytes);
  if (sha256Hex(text) === receipt.lock.sha256) return { text, file };
  throw notSigned(file, `is not the lock that host ${keyId} signed`);
}

async function readSigned(place: Place, key: TrustedKey): Promise<SignedReceipt> {
  const path = pathOf(place);
  const text = await readAt(place, maxReceiptBytes);
  const signature = await readAt(beside(place, receiptSignatureName(nameOf(place))), signatureBytes);
  if (!isSignatureGood(key, text, signature)) {
    throw notSigned(path, `is not what host ${key.keyId} signed`);
  }
  const receipt = parseDocument(text.toString('utf8'), receiptKind, path);
  if (receipt.host.id === key.fingerprint) return { keyId: key.keyId, receipt, text, signature };
  throw notSigned(path, `is of host ${receipt.host.id}, but ${key.fingerprint} signed it`);
}

function notSigned(path: string, what: string): PommgrError {
  return new PommgrError('trust.signature', `The report ${path} ${what}.`, {
    hints: [
      'It was changed or damaged on its way. Take a new one from the host: "pommgr host report --media DIR".',
      'Or remove it, and it is ignored.',
    ],
    details: { file: path },
  });
}
