/**
 * Reads OpenPGP keyrings and verifies the signatures of Release files, without gpgv. Invariant: the verified text is
 * exactly what `gpgv --output` writes, and nothing else is in the file.
 */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import type { Key, Signature } from 'openpgp';
import { PommgrError } from '../../core/domain/errors.ts';
import { splitKeyring } from '../domain/openpgp-packets.ts';
import { armoredBlocks, splitCleartext, toCanonicalText } from '../domain/openpgp-text.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { SignerKey } from '../domain/host-key-policy.ts';
import { describeSigner } from './openpgp-signer.ts';
import { judgeSignatures, type Judgement } from './openpgp-judgement.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';

/** The certificates against which a mirror's signatures are checked. */
export interface Keyring {
  /** Path of its file, for messages. */
  path: string;
  certificates: Key[];
}

export interface VerifyOptions {
  /** What is verified, for messages: a URI or a file, with the mirror's name. */
  where: string;
  now: Date;
}

export interface VerifiedText {
  text: Uint8Array;
  /** Facts by which the hosts' own verifiers judge. */
  signerKeys: SignerKey[];
  /** Whether the first armored block has a good signature: sqv checks no other. */
  isFirstBlockGood: boolean;
  /** Whether a signature by a known key does not count: gpgv then refuses the file. */
  hasRefusedSignature: boolean;
  /** Fingerprints of the primary keys whose signature was good: upper-case hex, sorted. */
  signers: string[];
  /** Only those certificates, as one binary keyring, sorted by fingerprint. */
  certificates: Uint8Array;
}

/**
 * Reads a keyring: binary, armored blocks, or both; an unreadable certificate is ignored.
 * @throws PommgrError `config.keyring` when there is none, or it holds no OpenPGP certificate.
 */
export async function readKeyring(path: string): Promise<Keyring> {
  const bytes = await readKeyringFile(path);
  if (bytes.subarray(8, 12).toString('latin1') === 'KBXf') {
    throw new PommgrError(
      'config.keyring',
      `The keyring ${path} is a GnuPG keybox, which apt cannot read either.`,
      {
        hints: [`Write a plain keyring with: gpg --no-default-keyring --keyring ${path} --export > NEW.gpg`],
        details: { file: path },
      },
    );
  }
  const { readKeys } = await import('openpgp');
  const certificates: Key[] = [];
  let cause: unknown;
  for (const packets of splitKeyring(bytes)) {
    try {
      certificates.push(...(await readKeys({ binaryKeys: new Uint8Array(packets) })));
    } catch (error) {
      // The signature may be by one of the others.
      cause = error;
    }
  }
  if (certificates.length === 0) {
    throw new PommgrError('config.keyring', `The keyring ${path} holds no readable OpenPGP certificate.`, {
      hints: ['Name a file with the public key of the repository, binary (.gpg) or armored (.asc).'],
      details: { file: path },
      cause,
    });
  }
  return { path, certificates: await mergeCopies(certificates) };
}

/** A certificate that occurs twice, before and after its renewal, is merged. */
async function mergeCopies(certificates: readonly Key[]): Promise<Key[]> {
  const merged = new Map<string, Key>();
  for (const certificate of certificates.map((key) => key.toPublic())) {
    const known = merged.get(fingerprintOf(certificate));
    merged.set(
      fingerprintOf(certificate),
      known === undefined ? certificate : await known.update(certificate),
    );
  }
  return [...merged.values()];
}

async function readKeyringFile(path: string): Promise<Buffer> {
  try {
    return await readPlainFile(path);
  } catch (cause) {
    const why = systemErrorCode(cause);
    if (why === undefined) throw cause;
    throw new PommgrError('config.keyring', `The keyring ${path} cannot be read (${why}).`, {
      hints: ['Install the package that brings it, or correct `keyring` of this mirror in the config.'],
      details: { file: path },
      cause,
    });
  }
}

/**
 * Verifies an `InRelease`: one cleartext block with nothing before or after it.
 * @throws PommgrError `trust.signature`
 */
export async function verifyInline(
  data: Uint8Array,
  keyring: Keyring,
  options: VerifyOptions,
): Promise<VerifiedText> {
  const split = splitCleartext(data);
  if ('problem' in split) throw notSigned(options.where, split.problem);
  return await verifyText(split.text, {
    ...options,
    keyring,
    armored: split.signatures,
    signed: toCanonicalText(split.text),
  });
}

/**
 * Verifies a `Release` with the armored signatures of its `Release.gpg`.
 * @throws PommgrError `trust.signature`
 */
export async function verifyDetached(
  data: Uint8Array,
  keyring: Keyring,
  options: VerifyOptions & { signature: Uint8Array },
): Promise<VerifiedText> {
  const { blocks, strayText } = armoredBlocks(options.signature, 'SIGNATURE');
  if (blocks.length === 0 || strayText) {
    throw notSigned(
      options.where,
      'its signature file holds something other than armored OpenPGP signatures',
    );
  }
  return await verifyText(data, { ...options, keyring, armored: blocks, signed: data });
}

async function verifyText(
  text: Uint8Array,
  options: VerifyOptions & { keyring: Keyring; armored: readonly string[]; signed: Uint8Array },
): Promise<VerifiedText> {
  const { where, keyring, now } = options;
  const blocks: Judgement[][] = [];
  for (const signature of await readSignatures(options.armored, where)) {
    blocks.push(await judgeSignatures(signature, keyring.certificates, { signed: options.signed, now }));
  }
  const judgements = blocks.flat();
  const good = judgements.filter((judgement) => judgement.verdict === 'good');
  // As in apt, a signature by a known key that does not match the text invalidates the good ones beside it.
  if (good.length === 0 || judgements.some((judgement) => judgement.verdict === 'bad')) {
    throw noValidSignature(judgements, options);
  }
  const used = new Map(good.map(({ certificate }) => [fingerprintOf(certificate), certificate]));
  const signers = [...used.keys()].toSorted(compareText);
  const certificates = signers.flatMap((signer) => Buffer.from(used.get(signer)?.write() as Uint8Array));
  return {
    text,
    signers,
    certificates: Buffer.concat(certificates),
    signerKeys: good.map(({ certificate, keyId }) => describeSigner(certificate, keyId)),
    isFirstBlockGood: blocks[0]?.some(({ verdict }) => verdict === 'good') === true,
    hasRefusedSignature: judgements.some(({ verdict }) => verdict === 'refused'),
  };
}

async function readSignatures(armored: readonly string[], where: string): Promise<Signature[]> {
  const { readSignature } = await import('openpgp');
  try {
    return await Promise.all(armored.map((block) => readSignature({ armoredSignature: block })));
  } catch (cause) {
    throw notSigned(where, 'its signature cannot be read', cause);
  }
}

function notSigned(where: string, problem: string, cause?: unknown): PommgrError {
  return new PommgrError('trust.signature', `${where} is not properly signed: ${problem}.`, {
    hints: [
      'A proxy or a login page may have answered in place of the repository: open the address in a browser.',
      'If not, do not use this mirror until its operator has explained it.',
    ],
    details: { file: where },
    ...(cause === undefined ? {} : { cause }),
  });
}

function noValidSignature(
  judgements: readonly Judgement[],
  { where, keyring }: { where: string; keyring: Keyring },
): PommgrError {
  const known = keyring.certificates.map(fingerprintOf).toSorted(compareText);
  const found = judgements.map(({ keyId, verdict, why }) => ({ keyId, verdict, why }));
  const lines = found.map(({ keyId, why }) => `  signature by key ${keyId}: ${why}`);
  const bad = judgements.some(({ verdict }) => verdict === 'bad');
  const what = bad
    ? 'has a signature that does not fit its text'
    : 'has no valid signature by a configured key';
  const hints = new Set(judgements.flatMap(({ hint }) => hint ?? []));
  return new PommgrError(
    'trust.signature',
    [`${where} ${what}.`, ...lines, `  keys in ${keyring.path}: ${known.join(', ')}`].join('\n'),
    { hints: [...hints], details: { file: where, expected: known, found } },
  );
}

function fingerprintOf(certificate: Key): string {
  return certificate.getFingerprint().toUpperCase();
}
