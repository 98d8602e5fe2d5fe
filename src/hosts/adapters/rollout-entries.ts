/**
 * Handles the entries of rollouts: `<rollout>/<key id>-<number>-<digest>.json` with a raw Ed25519 signature beside each,
 * below `rollouts/` of a host's store, and below `receipts/rollouts/` of a medium or of what was taken in. Invariant: an
 * entry appears after its signature, and one that no trusted host's key signed is never used.
 */
import { namesAt, readAt } from '../../core/adapters/files-at.ts';
import { makeDirectoryAt, removeAt, writeAt } from '../../core/adapters/writes-at.ts';
import { below, beside, nameOf, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import { canonicalJson, compareText } from '../../core/domain/canonical-json.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { parseDocument } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { isSignatureGood } from '../../trust/adapters/signature-check.ts';
import { type SigningKey } from '../../trust/adapters/signing.ts';
import type { SigningPublicKey } from '../../trust/domain/signing-key.ts';
import { receiptKeyName, receiptsDirectoryName, receiptSignatureName } from '../domain/receipt.ts';
import {
  keyIdOfEntry,
  rolloutEntryKind,
  rolloutEntryName,
  rolloutIdSchema,
  type RolloutEntry,
} from '../domain/rollout-entry.ts';
import type { DigestedEntry } from '../domain/rollout-record.ts';

const directoryName = 'rollouts';
const maxEntryBytes = 64 * 1024 * 1024;
const signatureBytes = 64;

/** An entry with the very bytes that were signed. */
export interface SignedEntry extends DigestedEntry {
  keyId: string;
  text: Buffer;
  signature: Buffer;
}

/** Entries of a host's own store. */
export function ownRollouts(storeDirectory: string): Place {
  return below(topPlace(storeDirectory), directoryName);
}

/** Entries on a medium, or those that were taken in from media. */
export function carriedRollouts(top: string): Place {
  return below(topPlace(top), receiptsDirectoryName, directoryName);
}

/** Signs an entry and writes it; gives its digest and a way to remove it. */
export async function writeEntry(
  rollouts: Place,
  entry: RolloutEntry,
  key: SigningKey,
): Promise<{ sha256: string; remove: () => Promise<void> }> {
  const text = Buffer.from(canonicalJson(entry));
  const sha256 = sha256Hex(text);
  const { keyId } = key.publicKey;
  const place = await keepEntry(rollouts, { keyId, entry, text, sha256, signature: await key.sign(text) });
  const remove = async (): Promise<void> => {
    await removeAt(place);
    await removeAt(signatureOf(place));
  };
  return { sha256, remove };
}

/** Writes the public key of the host below `receipts/`, by which the entries are checked. */
export async function writeEntryKey(top: string, { keyId, pem }: SigningPublicKey): Promise<void> {
  const receipts = below(topPlace(top), receiptsDirectoryName);
  await makeDirectoryAt(receipts);
  await writeAt(below(receipts, receiptKeyName(keyId)), pem);
}

/** Writes an entry that was signed, so that readers see all of it or nothing. */
export async function keepEntry(rollouts: Place, signed: SignedEntry): Promise<Place> {
  const { keyId, entry, text, sha256, signature } = signed;
  const place = below(rollouts, entry.rollout, rolloutEntryName(keyId, { number: entry.number, sha256 }));
  await makeDirectoryAt(below(rollouts, entry.rollout));
  await writeAt(signatureOf(place), signature);
  await writeAt(place, text);
  return place;
}

/**
 * The entries that hosts with these keys signed, and the paths of all others; none where there is no such directory.
 * @throws PommgrError `trust.signature` for one in a trusted host's name that its key did not sign.
 */
export async function readEntries(
  rollouts: Place,
  keys: readonly SigningPublicKey[],
): Promise<{ signed: SignedEntry[]; unknown: string[] }> {
  const [signed, unknown]: [SignedEntry[], string[]] = [[], []];
  for (const rollout of await namesAt(rollouts)) {
    if (!rolloutIdSchema.safeParse(rollout).success) continue;
    for (const name of (await namesAt(below(rollouts, rollout))).toSorted(compareText)) {
      const keyId = keyIdOfEntry(name);
      if (keyId === undefined) continue;
      const place = below(rollouts, rollout, name);
      const key = keys.find((trusted) => trusted.keyId === keyId);
      if (key === undefined) unknown.push(pathOf(place));
      else signed.push(await readSigned(place, { key, rollout }));
    }
  }
  return { signed, unknown };
}

async function readSigned(
  place: Place,
  { key, rollout }: { key: SigningPublicKey; rollout: string },
): Promise<SignedEntry> {
  const path = pathOf(place);
  const text = await readAt(place, maxEntryBytes);
  const signature = await readAt(signatureOf(place), signatureBytes);
  if (!isSignatureGood(key, text, signature)) throw notSigned(path, `is not what host ${key.keyId} signed`);
  const entry = parseDocument(text.toString('utf8'), rolloutEntryKind, path);
  const sha256 = sha256Hex(text);
  const isInPlace =
    entry.rollout === rollout &&
    entry.host.id === key.fingerprint &&
    nameOf(place) === rolloutEntryName(key.keyId, { number: entry.number, sha256 });
  if (isInPlace) return { keyId: key.keyId, entry, text, sha256, signature };
  throw notSigned(path, `is entry ${entry.number} of rollout ${entry.rollout}, in the place of another`);
}

function signatureOf(place: Place): Place {
  return beside(place, receiptSignatureName(nameOf(place)));
}

function notSigned(path: string, what: string): PommgrError {
  return new PommgrError('trust.signature', `The entry ${path} ${what}.`, {
    hints: ['It was changed or damaged on its way. Copy it again: "pommgr cluster record --media DIR".'],
    details: { file: path },
  });
}
