/** Checks signatures: raw Ed25519, 64 bytes, as `openssl pkeyutl -rawin` makes and checks them. */
import { createPublicKey, verify } from 'node:crypto';
import type { SigningPublicKey } from '../domain/signing-key.ts';

/** Returns whether `signature` is by this key, over exactly `data`. */
export function isSignatureGood(key: SigningPublicKey, data: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 64 && verify(null, data, createPublicKey(key.pem), signature);
}
