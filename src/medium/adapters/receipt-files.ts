/**
 * Receipts on a medium: `receipts/<key id>-<time>.json`, its raw Ed25519 signature `….json.sig`, `<key id>.pub.pem`.
 * Invariant: a receipt appears after its signature, and what a trusted host's key did not sign is never believed.
 */
import { notADirectory } from '../../core/adapters/directory-handles.ts';
import { kindAt, namesAt, readAt } from '../../core/adapters/files-at.ts';
import { makeDirectoryAt, removeAt, writeAt } from '../../core/adapters/writes-at.ts';
import { below, beside, nameOf, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
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
import { isSignatureGood, type SigningKey } from '../../trust/adapters/signing.ts';
import type { KeyDirectory, TrustedKey } from '../../trust/adapters/trusted-keys.ts';

const maxReceiptBytes = 1024 * 1024;
const signatureBytes = 64;

/** Files of receipts lie in `receipts/` of the directory that the user names, a medium's top for instance. */
export function receiptsDirectory(top: string): string {
  return pathOf(receiptsPlace(top));
}

function receiptsPlace(top: string): Place {
  return below(topPlace(top), receiptsDirectoryName);
}

/** Writes a receipt and gives its path; the host's earlier ones there are removed. */
export async function writeReceipt(top: string, receipt: Receipt, key: SigningKey): Promise<string> {
  const directory = receiptsPlace(top);
  await makeDirectoryAt(directory);
  const { keyId, pem } = key.publicKey;
  const file = receiptFileName(keyId, receipt.time);
  const text = Buffer.from(canonicalJson(receipt));
  // One of the same second must not be seen with the other's signature.
  await removeAt(below(directory, file));
  await writeAt(below(directory, receiptKeyName(keyId)), pem);
  await writeAt(below(directory, receiptSignatureName(file)), key.sign(text));
  await writeAt(below(directory, file), text);
  for (const name of await namesAt(directory)) {
    if (name === file || keyIdOfReceipt(name) !== keyId) continue;
    await removeAt(below(directory, name));
    await removeAt(below(directory, receiptSignatureName(name)));
  }
  return pathOf(below(directory, file));
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
  const directory = receiptsPlace(top);
  const found: FoundReceipts = { receipts: [], unknown: [] };
  const kind = await kindAt(directory);
  if (kind !== undefined && kind !== 'directory') throw notADirectory(directory);
  const listing = await namesAt(directory);
  for (const name of listing) {
    const keyId = keyIdOfReceipt(name);
    if (keyId === undefined) continue;
    const place = below(directory, name);
    const path = pathOf(place);
    const key = hosts.keys.find((trusted) => trusted.keyId === keyId);
    if (key === undefined) found.unknown.push(path);
    else if (listing.includes(receiptSignatureName(name))) found.receipts.push(await readSigned(place, key));
    else throw notSigned(path, `has no signature by host ${keyId}`);
  }
  return found;
}

async function readSigned(place: Place, key: TrustedKey): Promise<Receipt> {
  const path = pathOf(place);
  const text = await readAt(place, maxReceiptBytes);
  const signature = await readAt(beside(place, receiptSignatureName(nameOf(place))), signatureBytes);
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
