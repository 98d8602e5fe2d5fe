/**
 * Reads rotation statements, which say to which unknown keys a trusted key has handed over. Invariant: a statement
 * counts only with the signature of the key that hands over.
 */
import { PommgrError } from '../../core/domain/errors.ts';
import {
  keyIdsOfRotationSignature,
  readRotation,
  rotationFileName,
  rotationSignatureName,
} from '../domain/rotation.ts';
import type { SigningPublicKey } from '../domain/signing-key.ts';
import { namesAt, readAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, type Place } from '../../core/domain/place.ts';
import { isSignatureGood } from './signature-check.ts';
import type { TrustedKeys } from './trusted-keys.ts';

/** Size of every signature. */
export const signatureBytes = 64;
const maxStatementBytes = 64 * 1024;
/** Limits for reading `rotations/`: files, and keys between a trusted one and the signer. */
const maxRotationFiles = 1000;
const maxRotationSteps = 64;

/** A signer that is not trusted yet but for which a trusted key vouches. */
export interface NewSigner extends SigningPublicKey {
  /** Fingerprint of the key that handed over to it. */
  vouchedBy: string;
  /** Fingerprint of the trusted key at the beginning of the chain; the signer counts as that key. */
  countsAs: string;
}

/** A key and its successors share one seat: whoever has the first could have made the others. */
export function seatOf(fingerprint: string, { keys }: TrustedKeys): string {
  const seen = new Set<string>();
  let seat = fingerprint;
  while (!seen.has(seat)) {
    seen.add(seat);
    seat = keys.find((key) => key.fingerprint === seat)?.successorOf ?? seat;
  }
  return seat;
}

/** Follows rotation statements back from an unknown key to a trusted one. */
export function createVoucher(directory: Place | undefined, trusted: TrustedKeys) {
  const asked = new Set<string>();
  let statements: Map<string, string[]> | undefined;
  return { vouch };

  async function vouch(newKeyId: string, steps = 1): Promise<NewSigner | undefined> {
    if (directory === undefined || asked.has(newKeyId)) return undefined;
    asked.add(newKeyId);
    statements ??= await listStatements(directory);
    for (const oldKeyId of statements.get(newKeyId) ?? []) {
      const known = trusted.keys.find((key) => key.keyId === oldKeyId);
      if (known === undefined && steps === maxRotationSteps) throw chainTooLong(directory);
      const vouched = known === undefined ? await vouch(oldKeyId, steps + 1) : undefined;
      const oldKey = known ?? vouched;
      if (oldKey === undefined) continue;
      const newKey = await readStatement(directory, { newKeyId, oldKey });
      if (trusted.distrusted.includes(newKey.fingerprint)) continue;
      const countsAs = vouched?.countsAs ?? seatOf(oldKey.fingerprint, trusted);
      return { ...newKey, vouchedBy: oldKey.fingerprint, countsAs };
    }
    return undefined;
  }

  async function readStatement(
    from: Place,
    { newKeyId, oldKey }: { newKeyId: string; oldKey: SigningPublicKey },
  ) {
    const place = below(from, rotationFileName(newKeyId));
    const statement = await readAt(place, maxStatementBytes);
    const signatureFile = below(from, rotationSignatureName(newKeyId, oldKey.keyId));
    const signature = await readAt(signatureFile, signatureBytes);
    checkSignature(oldKey, statement, { signature, path: pathOf(signatureFile) });
    const names = { oldFingerprint: oldKey.fingerprint, newKeyId };
    return readRotation(statement.toString('utf8'), names, pathOf(place));
  }
}

/**
 * Returns the old keys that handed over to each new one, by key id. @throws PommgrError `trust.rotations` beyond the
 * limit.
 */
async function listStatements(directory: Place): Promise<Map<string, string[]>> {
  const names = await namesAt(directory);
  if (names.length > maxRotationFiles) throw tooManyStatements(directory, names.length);
  const statements = new Map<string, string[]>();
  for (const name of names) {
    const keyIds = keyIdsOfRotationSignature(name);
    if (keyIds === undefined) continue;
    statements.set(keyIds.newKeyId, [...(statements.get(keyIds.newKeyId) ?? []), keyIds.oldKeyId]);
  }
  return statements;
}

/** @throws PommgrError `trust.signature` */
export function checkSignature(
  key: SigningPublicKey,
  data: Buffer,
  { signature, path }: { signature: Buffer; path: string },
): void {
  if (isSignatureGood(key, data, signature)) return;
  throw new PommgrError(
    'trust.signature',
    `${path} is not the signature that key ${key.keyId} would have made.`,
    {
      hints: [
        'The signature or what it signs was changed after it was signed. Do not use this bundle.',
        'Pack the baseline again on the online side; if it happens again, find out who had the medium.',
      ],
      details: { file: path, signer: key.fingerprint },
    },
  );
}

function tooManyStatements(directory: Place, found: number): PommgrError {
  const path = pathOf(directory);
  return new PommgrError(
    'trust.rotations',
    `${path} has ${found} files, expected at most ${maxRotationFiles}.`,
    {
      hints: ['Somebody put files there. Remove the directory: "pommgr pack" writes it again.'],
      details: { directory: path, expected: maxRotationFiles, found },
    },
  );
}

function chainTooLong(directory: Place): PommgrError {
  const path = pathOf(directory);
  return new PommgrError(
    'trust.rotations',
    `A signer is more than ${maxRotationSteps} rotations away from every key that this machine trusts (${path}).`,
    {
      hints: [
        'Bring the public key of the signer another way than on the medium, and run "pommgr signing-key trust FILE".',
      ],
      details: { directory: path, expected: maxRotationSteps },
    },
  );
}
