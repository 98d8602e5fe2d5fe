/**
 * Determines who signed a manifest. A signature by a trusted key must be good. One by an unknown key is ignored, unless
 * a trusted key has handed over to it (a rotation statement on the medium): then both count as one.
 */
import { PommgrError } from '../../core/domain/errors.ts';
import { keyIdOfRootSignature, type SigningPublicKey } from '../domain/signing-key.ts';
import { readAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, type Place } from '../../core/domain/place.ts';
import { requireTrustedKeys, type TrustedKeys } from './trusted-keys.ts';
import { checkSignature, createVoucher, seatOf, signatureBytes, type NewSigner } from './rotation-voucher.ts';

export interface RootSigners {
  /** Keys whose signature is good and counts; at least one. */
  signers: SigningPublicKey[];
  /** Those of the signers that the machine does not trust directly. */
  newSigners: NewSigner[];
  /** The signatures that counted, by file name. */
  signatures: Map<string, Buffer>;
}

/** A manifest with its signatures, wherever they are read from. */
export interface SignedRoot {
  /** Names the place of both in messages: a directory, or the address of a store. */
  where: string;
  root: Buffer;
  /** Names of the existing signatures. */
  signatureFiles: readonly string[];
  /** Reads one signature; more than `maxBytes` is an error. */
  readSignature: (file: string, maxBytes: number) => Promise<Buffer>;
  /** Directory of rotation statements on the medium; undefined where there is none. */
  rotations: Place | undefined;
}

/** Returns the manifest in a directory. A directory or a link in place of a signature is refused. */
export function signedRootAt(
  directory: Place,
  { root, signatureFiles, rotations }: Pick<SignedRoot, 'root' | 'signatureFiles' | 'rotations'>,
): SignedRoot {
  const readSignature = (file: string, maxBytes: number): Promise<Buffer> =>
    readAt(below(directory, file), maxBytes);
  return { where: pathOf(directory), root, signatureFiles, readSignature, rotations };
}

/** More signatures have no use, and each costs a read. */
const maxSignatures = 64;

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
