/** Describes the parts of a certificate that decide whether a host's own verifier accepts its signatures. */
import type { Key, SignaturePacket, Subkey } from 'openpgp';
import type { SignerKey } from '../domain/host-key-policy.ts';
import { splitKeyring } from '../domain/openpgp-packets.ts';

/** `keyId`: the key that made the signature, the primary one or a subkey, in hex. */
export function describeSigner(certificate: Key, keyId: string): SignerKey {
  const subkey = certificate.subkeys.find((one) => one.getKeyID().toHex().toUpperCase() === keyId);
  const primary = [
    ...certificate.users.flatMap(({ selfCertifications }) => selfCertifications),
    // The library has these members, but its types do not declare them.
    ...((certificate as Key & { directSignatures?: SignaturePacket[] }).directSignatures ?? []),
  ];
  return {
    fingerprint: certificate.getFingerprint().toUpperCase(),
    algorithms: [...new Set([certificate, ...(subkey === undefined ? [] : [subkey])].map(algorithmName))],
    bindings: [hashNames(primary), ...(subkey === undefined ? [] : [hashNames(subkey.bindingSignatures)])],
  };
}

export interface CertificateFacts extends SignerKey {
  /** First day on which it is no longer valid, `2027-03-31`; null where it does not expire. */
  expires: string | null;
  /** Whether its owner revoked it, or it cannot be judged. */
  isRevoked: boolean;
}

/**
 * Reads the certificates of a binary keyring; of each, what the key that signs now is made of. One that cannot be read
 * verified nothing here, and is ignored as by readKeyring.
 */
export async function readCertificates(keyring: Uint8Array): Promise<CertificateFacts[]> {
  const { readKeys } = await import('openpgp');
  const found: CertificateFacts[] = [];
  for (const packets of splitKeyring(keyring)) {
    const certificates = await readKeys({ binaryKeys: new Uint8Array(packets) }).catch(() => []);
    found.push(...(await Promise.all(certificates.map(certificateFacts))));
  }
  return found;
}

async function certificateFacts(certificate: Key): Promise<CertificateFacts> {
  // An expired certificate has no signing key any more; then its primary key is described.
  const signing = await certificate.getSigningKey().catch(() => certificate);
  const ends = [await certificate.getExpirationTime(), await signing.getExpirationTime()];
  const dates = ends.filter((end) => end instanceof Date).map((end) => end.getTime());
  return {
    ...describeSigner(certificate, signing.getKeyID().toHex().toUpperCase()),
    expires: dates.length === 0 ? null : new Date(Math.min(...dates)).toISOString().slice(0, 10),
    isRevoked: ends.includes(null),
  };
}

/** `RSA 1024`, `DSA 2048`, `brainpoolP256r1`, `ed25519`. */
export function algorithmName(key: Key | Subkey): string {
  const { algorithm, bits, curve } = key.getAlgorithmInfo();
  if (curve !== undefined) return curve;
  const family = /^(rsa|dsa|elgamal)/i.exec(algorithm)?.[1]?.toUpperCase();
  return family === undefined || bits === undefined ? algorithm : `${family} ${bits}`;
}

/** Names of the hash algorithms in the registry (RFC 9580, section 9.5). */
const hashes = new Map([
  [1, 'MD5'],
  [2, 'SHA-1'],
  [3, 'RIPEMD-160'],
  [11, 'SHA-224'],
]);

function hashNames(signatures: readonly SignaturePacket[]): string[] {
  return [...new Set(signatures.map(({ hashAlgorithm }) => hashes.get(hashAlgorithm ?? 0) ?? 'strong'))];
}
