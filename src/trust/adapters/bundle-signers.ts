/**
 * Who signed a root. A signature by a trusted key must be good; one by an unknown key counts for nothing, unless a
 * trusted key has handed over to it (a rotation statement on the medium): then both count as one.
 */
import { join } from 'node:path';
import { PommgrError } from '../../core/domain/errors.ts';
import { keyIdsOfRotationSignature, readRotation, rotationFileName } from '../domain/rotation.ts';
import { keyIdOfRootSignature, type SigningPublicKey } from '../domain/signing-key.ts';
import { entryExists, listDirectory } from '../../core/adapters/atomic-files.ts';
import { isRealDirectory, readRegularFile } from '../../core/adapters/regular-file.ts';
import { isSignatureGood } from './signing.ts';
import { requireTrustedKeys, type TrustedKeys } from './trusted-keys.ts';

/** A signer that is not trusted yet but that a trusted key vouches for. */
export interface NewSigner extends SigningPublicKey {
  /** Fingerprint of the key that handed over to it. */
  vouchedBy: string;
  /** Fingerprint of the trusted key at the beginning of the chain, as which it counts. */
  countsAs: string;
}

export interface RootSigners {
  /** Whose signature is good and counts; at least one. */
  signers: SigningPublicKey[];
  /** Those of them that the machine does not trust by itself. */
  newSigners: NewSigner[];
  /** The signatures that counted, by file name. */
  signatures: Map<string, Buffer>;
}

export interface SignedRoot {
  /** Of the bundle. */
  directory: string;
  root: Buffer;
  signatureFiles: readonly string[];
  /** Where the medium has its rotation statements. */
  rotationsDirectory: string;
}

const maxSignatureBytes = 64;
const maxStatementBytes = 64 * 1024;

/**
 * @throws PommgrError `trust.no-keys`, `trust.unsigned`, `trust.unknown-signer`, `trust.signature`, `trust.threshold`.
 */
export async function checkRootSignatures(signed: SignedRoot, trusted: TrustedKeys): Promise<RootSigners> {
  requireTrustedKeys(trusted);
  const found: RootSigners = { signers: [], newSigners: [], signatures: new Map() };
  const voucher = createVoucher(signed.rotationsDirectory, trusted);
  const seats = new Set<string>();
  for (const file of signed.signatureFiles) {
    const keyId = keyIdOfRootSignature(file);
    const known = trusted.keys.find((key) => key.keyId === keyId);
    const vouched = known === undefined ? await voucher.vouch(keyId) : undefined;
    const key = known ?? vouched;
    if (key === undefined) continue;
    const signature = await checkSignature(key, signed.root, join(signed.directory, file));
    found.signers.push({ keyId, fingerprint: key.fingerprint, pem: key.pem });
    found.signatures.set(file, signature);
    if (vouched !== undefined) found.newSigners.push(vouched);
    seats.add(vouched?.countsAs ?? seatOf(key.fingerprint, trusted));
  }
  if (found.signers.length === 0) throw noTrustedSigner(signed, trusted);
  if (seats.size < trusted.threshold) throw tooFewSigners(signed, { found, seats: seats.size, trusted });
  return found;
}

/** A key and those that it handed over to have one seat: whoever has the first could have made the others. */
function seatOf(fingerprint: string, { keys }: TrustedKeys): string {
  const seen = new Set<string>();
  let seat = fingerprint;
  while (!seen.has(seat)) {
    seen.add(seat);
    seat = keys.find((key) => key.fingerprint === seat)?.successorOf ?? seat;
  }
  return seat;
}

/** Follows rotation statements back from an unknown key to a trusted one. */
function createVoucher(directory: string, trusted: TrustedKeys) {
  const asked = new Set<string>();
  let listing: string[] | undefined;
  return { vouch };

  async function vouch(newKeyId: string): Promise<NewSigner | undefined> {
    if (asked.has(newKeyId)) return undefined;
    asked.add(newKeyId);
    listing ??= await listStatements(directory);
    for (const file of listing) {
      const keyIds = keyIdsOfRotationSignature(file);
      if (keyIds?.newKeyId !== newKeyId) continue;
      const known = trusted.keys.find((key) => key.keyId === keyIds.oldKeyId);
      const vouched = known === undefined ? await vouch(keyIds.oldKeyId) : undefined;
      const oldKey = known ?? vouched;
      if (oldKey === undefined) continue;
      const newKey = await readStatement(newKeyId, oldKey, file);
      if (trusted.distrusted.includes(newKey.fingerprint)) continue;
      const countsAs = vouched?.countsAs ?? seatOf(oldKey.fingerprint, trusted);
      return { ...newKey, vouchedBy: oldKey.fingerprint, countsAs };
    }
    return undefined;
  }

  async function readStatement(newKeyId: string, oldKey: SigningPublicKey, signatureFile: string) {
    const path = join(directory, rotationFileName(newKeyId));
    const statement = await readRegularFile(path, maxStatementBytes);
    await checkSignature(oldKey, statement, join(directory, signatureFile));
    return readRotation(statement.toString('utf8'), { oldFingerprint: oldKey.fingerprint, newKeyId }, path);
  }
}

async function listStatements(directory: string): Promise<string[]> {
  if (!(await entryExists(directory))) return [];
  if (await isRealDirectory(directory)) return await listDirectory(directory);
  throw new PommgrError('integrity.file-type', `${directory} is not a directory.`, {
    hints: ['Remove what is in its place, or take the medium from the online side again.'],
    details: { file: directory },
  });
}

async function checkSignature(key: SigningPublicKey, data: Buffer, path: string): Promise<Buffer> {
  const signature = await readRegularFile(path, maxSignatureBytes);
  if (isSignatureGood(key, data, signature)) return signature;
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

function noTrustedSigner(signed: SignedRoot, trusted: TrustedKeys): PommgrError {
  const expected = trusted.keys.map((key) => key.keyId);
  const found = signed.signatureFiles.map(keyIdOfRootSignature);
  if (found.length === 0) {
    return new PommgrError(
      'trust.unsigned',
      `${signed.directory} has no signature, expected one by ${expected.join(' or ')}.`,
      {
        hints: ['Pack the baseline again on the online side.'],
        details: { directory: signed.directory, expected, found },
      },
    );
  }
  return new PommgrError(
    'trust.unknown-signer',
    `${signed.directory} is signed by ${found.join(', ')}, expected ${expected.join(' or ')}.`,
    {
      hints: [
        'Ask the online side for the fingerprint of its signing key ("pommgr signing-key show").',
        'If it is to be trusted here, bring its public key another way and run "pommgr signing-key trust FILE".',
      ],
      details: { directory: signed.directory, expected, found },
    },
  );
}

function tooFewSigners(
  { directory }: SignedRoot,
  { found, seats, trusted }: { found: RootSigners; seats: number; trusted: TrustedKeys },
): PommgrError {
  const keyIds = found.signers.map(({ keyId }) => keyId);
  const hints = [
    'Have the bundle signed with another key on the online side: "pommgr pack --co-sign".',
    'A signature counts here when its key is trusted: "pommgr signing-key list" shows which are.',
  ];
  if (keyIds.length > seats) {
    hints.unshift('A key and the one that it handed over to by a rotation count as one.');
  }
  return new PommgrError(
    'trust.threshold',
    `${directory} is signed by ${seats} of the keys that this machine trusts (${keyIds.join(', ')}), expected ${trusted.threshold}: signing.threshold in its config.`,
    { hints, details: { directory, expected: trusted.threshold, found: seats, signers: keyIds } },
  );
}
