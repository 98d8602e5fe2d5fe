/**
 * Describes the operator's Ed25519 signing keys: their public halves, fingerprints and ids, and the names of signature
 * files.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';

export interface SigningPublicKey {
  /** The first 16 hex digits of the fingerprint. */
  keyId: string;
  /** SHA-256 of the SubjectPublicKeyInfo in DER, as `openssl pkey -pubin -outform DER | sha256sum` prints it. */
  fingerprint: string;
  /** SubjectPublicKeyInfo in its canonical PEM form. */
  pem: string;
}

/**
 * Reads a public key in PEM.
 * @throws PommgrError `config.signing-key` for anything else, a private key included.
 */
export function parsePublicKey(pem: string, where: string): SigningPublicKey {
  if (pem.includes('PRIVATE KEY')) {
    throw new PommgrError('config.signing-key', `${where} holds a private key, expected a public one.`, {
      hints: [
        'Keep the private key on the online side only. "pommgr signing-key show" prints its public half.',
      ],
      details: { file: where },
    });
  }
  let key: KeyObject;
  try {
    key = createPublicKey({ key: pem, format: 'pem' });
  } catch (error) {
    throw notAKey(where, 'no public key in PEM', error);
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw notAKey(where, `a key of type ${key.asymmetricKeyType}`);
  }
  const described = describePublicKey(key);
  // Node.js accepts more than openssl does: certificates, long lines, blanks. A check by hand must see the same keys.
  if (`${pem.replaceAll('\r\n', '\n').trimEnd()}\n` === described.pem) return described;
  throw notAKey(
    where,
    'a public key with something around it, or in another form than "openssl pkey -pubout" writes',
  );
}

/** Returns the id, fingerprint and PEM of a public Ed25519 key. */
export function describePublicKey(key: KeyObject): SigningPublicKey {
  const fingerprint = sha256Hex(key.export({ type: 'spki', format: 'der' }));
  return {
    keyId: fingerprint.slice(0, 16),
    fingerprint,
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** The public half of `signing-key.pem` is in `signing-key.pub.pem`. */
export function publicKeyFileOf(privateKeyFile: string): string {
  return withSuffix(privateKeyFile, '.pub.pem');
}

/** The path of a private key with another ending. */
export function withSuffix(path: string, suffix: string): string {
  return `${path.replace(/\.pem$/, '')}${suffix}`;
}

/** `SHA256SUMS.<key id>.sig` */
export function rootSignatureName(keyId: string): string {
  return `${rootFileName}.${keyId}.sig`;
}

export function isRootSignatureName(file: string): boolean {
  return /^SHA256SUMS\.[0-9a-f]{16}\.sig$/.test(file);
}

/** Returns the key id in the name of a manifest's signature. */
export function keyIdOfRootSignature(file: string): string {
  return file.slice(rootFileName.length + 1, -'.sig'.length);
}

function notAKey(where: string, found: string, cause?: unknown): PommgrError {
  return new PommgrError(
    'config.signing-key',
    `${where} holds ${found}, expected a public Ed25519 key in PEM.`,
    {
      hints: [
        'Make a key with "pommgr signing-key create" on the online side and bring its .pub.pem file here.',
      ],
      details: { file: where },
      cause,
    },
  );
}
