/**
 * Who signed a root. A signature by a trusted key must be good; one by an unknown key counts for nothing, unless a
 * trusted key has handed over to it (a rotation statement on the medium): then both count as one.
 */
import { PommgrError } from '../../core/domain/errors.ts';
import {
  keyIdsOfRotationSignature,
  readRotation,
  rotationFileName,
  rotationSignatureName,
} from '../domain/rotation.ts';
import { keyIdOfRootSignature, type SigningPublicKey } from '../domain/signing-key.ts';
import { namesAt, readAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, type Place } from '../../core/domain/place.ts';
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

/** A manifest with its signatures, wherever they are read from. */
export interface SignedRoot {
  /** Names the place of both in messages: a directory, or the address of a store. */
  where: string;
  root: Buffer;
  /** Names of the signatures that are there. */
  signatureFiles: readonly string[];
  /** Reads one of them; more than `maxBytes` is an error. */
  readSignature: (file: string, maxBytes: number) => Promise<Buffer>;
  /** Where the medium has its rotation statements; undefined where there are none. */
  rotations: Place | undefined;
}

/** A manifest in a directory. A directory or a link in the place of a signature is refused. */
export function signedRootAt(
  directory: Place,
  { root, signatureFiles, rotations }: Pick<SignedRoot, 'root' | 'signatureFiles' | 'rotations'>,
): SignedRoot {
  const readSignature = (file: string, maxBytes: number): Promise<Buffer> =>
    readAt(below(directory, file), maxBytes);
  return { where: pathOf(directory), root, signatureFiles, readSignature, rotations };
}

const signatureBytes = 64;
const maxStatementBytes = 64 * 1024;
/** More have no use, and each costs a read. */
const maxSignatures = 64;
/** Bounds of what is read of `rotations/`: files, and keys between a trusted one and the signer. */
const maxRotationFiles = 1000;
const maxRotationSteps = 64;

/**
 * @throws PommgrError `trust.no-keys`, `trust.unsigned`, `trust.unknown-signer`, `trust.signature`, `trust.threshold`.
 */
export async function checkRootSignatures(signed: SignedRoot, trusted: TrustedKeys): Promise<RootSigners> {
  requireTrustedKeys(trusted);
  if (signed.signatureFiles.length > maxSignatures) throw tooManySignatures(signed);
  const found: RootSigners = { signers: [], newSigners: [], signatures: new Map() };
  const voucher = createVoucher(signed.rotations, trusted);
  const seats = new Set<string>();
  for (const file of signed.signatureFiles) {
    const keyId = keyIdOfRootSignature(file);
    const signature = await signed.readSignature(file, signatureBytes);
    const known = trusted.keys.find((key) => key.keyId === keyId);
    const vouched = known === undefined ? await voucher.vouch(keyId) : undefined;
    const key = known ?? vouched;
    if (key === undefined) continue;
    checkSignature(key, signed.root, { signature, path: `${signed.where}/${file}` });
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
function createVoucher(directory: Place | undefined, trusted: TrustedKeys) {
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

/** The old keys that handed over to each new one, by key id. @throws PommgrError `trust.rotations` beyond the bound. */
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

function checkSignature(
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

function tooManySignatures({ where: path, signatureFiles }: SignedRoot): PommgrError {
  const found = signatureFiles.length;
  return new PommgrError(
    'trust.signatures',
    `${path} has ${found} signatures, expected at most ${maxSignatures}.`,
    {
      hints: ['Remove those of keys that nobody trusts, or write the medium again on the online side.'],
      details: { directory: path, expected: maxSignatures, found },
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

function noTrustedSigner(signed: SignedRoot, trusted: TrustedKeys): PommgrError {
  const directory = signed.where;
  const expected = trusted.keys.map((key) => key.keyId);
  const found = signed.signatureFiles.map(keyIdOfRootSignature);
  if (found.length === 0) {
    return new PommgrError(
      'trust.unsigned',
      `${directory} has no signature, expected one by ${expected.join(' or ')}.`,
      {
        hints: ['Pack the baseline again on the online side.'],
        details: { directory, expected, found },
      },
    );
  }
  return new PommgrError(
    'trust.unknown-signer',
    `${directory} is signed by ${found.join(', ')}, expected ${expected.join(' or ')}.`,
    {
      hints: [
        'Ask the online side for the fingerprint of its signing key ("pommgr signing-key show").',
        'If it is to be trusted here, bring its public key another way and run "pommgr signing-key trust FILE".',
      ],
      details: { directory, expected, found },
    },
  );
}

function tooFewSigners(
  signed: SignedRoot,
  { found, seats, trusted }: { found: RootSigners; seats: number; trusted: TrustedKeys },
): PommgrError {
  const directory = signed.where;
  const keyIds = found.signers.map(({ keyId }) => keyId);
  const hints = [
    'Have it signed with another key on the online side: "pommgr bundle co-sign".',
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
