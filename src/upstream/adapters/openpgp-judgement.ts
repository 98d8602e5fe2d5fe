/** Judges each signature of a text: whose it is, whether it counts, and if not, why. */
import type { Key, KeyID, Signature } from 'openpgp';
import { algorithmName } from './openpgp-signer.ts';
import { formatTime } from '../../core/domain/time.ts';

export type Judgement =
  | { verdict: 'good'; keyId: string; why: string; hint?: undefined; certificate: Key }
  /**
   * `unknown`: made by none of the certificates. `bad`: made by one of them, and does not match the text. `weak`: made
   * by an algorithm that pommgr does not accept. `refused`: it matches, but its key, its hash or its time is not
   * acceptable.
   */
  | { verdict: 'unknown' | 'bad' | 'refused' | 'weak'; keyId: string; why: string; hint: string };

/** openpgp's result for one signature packet. */
interface VerificationResult {
  keyID: KeyID;
  verified: Promise<true>;
  signature: Promise<Signature>;
}

/** apt allows a Release file to be this far ahead of the clock. */
const clockSkewMs = 10_000;

/**
 * Judges every signature packet in `signature`. `signed` is the text in the form in which it was signed. A certificate
 * must be valid now, not only when it signed: apt 2.6 refuses one that has expired since.
 */
export async function judgeSignatures(
  signature: Signature,
  certificates: Key[],
  { signed, now }: { signed: Uint8Array; now: Date },
): Promise<Judgement[]> {
  const { createMessage, enums, verify } = await import('openpgp');
  const { md5, ripemd, sha1, sha224 } = enums.hash;
  const { signatures } = await verify({
    message: await createMessage({ binary: signed }),
    signature,
    verificationKeys: certificates,
    // No date is passed: the times are judged below, after the signature itself.
    date: null,
    format: 'binary',
    config: { rejectMessageHashAlgorithms: new Set([md5, ripemd, sha1, sha224]) },
  });
  return await Promise.all(signatures.map((result) => judge(result, certificates, now)));
}

async function judge(
  result: VerificationResult,
  certificates: readonly Key[],
  now: Date,
): Promise<Judgement> {
  const keyId = result.keyID.toHex().toUpperCase();
  const certificate = certificates.find((candidate) => candidate.getKeys(result.keyID).length > 0);
  if (certificate === undefined) {
    return {
      verdict: 'unknown',
      keyId,
      why: 'not a configured key',
      hint: 'If the repository has a new key, get it from a source you trust and add it to the keyring of this mirror.',
    };
  }
  const weak = certificate.getKeys(result.keyID).flatMap((key) => weaknessOf(algorithmName(key)) ?? [])[0];
  if (weak !== undefined) return { verdict: 'weak', keyId, ...weak };
  const failure = await failureOf(result.verified);
  // The library has only these words for an invalid signature; its other messages are about key or policy.
  if (failure !== undefined && /Signed digest did not match|Signature verification failed/.test(failure)) {
    return {
      verdict: 'bad',
      keyId,
      why: 'does not fit the text',
      hint: 'The text was changed after it was signed, or damaged on its way. Try again; if it stays so, tell the operator of the repository.',
    };
  }
  const refusal =
    (await timeRefusal(result, certificate, now)) ??
    policyRefusal(failure ?? (await failureOf(certificate.getSigningKey(result.keyID, now))));
  if (refusal !== undefined) return { verdict: 'refused', keyId, ...refusal };
  return { verdict: 'good', keyId, why: 'good', certificate };
}

async function timeRefusal(
  result: VerificationResult,
  certificate: Key,
  now: Date,
): Promise<{ why: string; hint: string } | undefined> {
  const packet = (await result.signature).packets[0];
  if (packet?.created && packet.created.getTime() > now.getTime() + clockSkewMs) {
    return {
      why: `made at ${formatTime(packet.created)}, which is in the future`,
      hint: `Correct the clock of this machine, which says ${formatTime(now)}, or wait.`,
    };
  }
  for (const [what, key] of [
    ['its key', certificate],
    ...certificate.getKeys(result.keyID).map((signingKey) => ['its key', signingKey] as const),
    ['it', packet],
  ] as const) {
    const expires = await key?.getExpirationTime();
    if (!(expires instanceof Date) || expires.getTime() > now.getTime()) continue;
    return {
      why: `${what} expired at ${formatTime(expires)}`,
      hint: 'Get the renewed key of the repository from a source you trust. Hosts refuse what an expired key signed.',
    };
  }
  return undefined;
}

/** Algorithms that pommgr does not accept, though apt 2.6 does. */
function weaknessOf(name: string): { why: string; hint: string } | undefined {
  const [family, bits] = name.split(' ');
  const isWeak =
    family === 'DSA' || (family === 'RSA' && Number(bits) < 2047) || name.startsWith('brainpool');
  if (!isWeak) return undefined;
  return {
    why: `its key is ${name}, which is not accepted`,
    hint: `Keys of the kind ${family === 'RSA' ? name : (family ?? name)} are not accepted: ask the owner of the repository for an RSA key of 3072 bits or more, or an Ed25519 key.`,
  };
}

function policyRefusal(failure: string | undefined): { why: string; hint: string } | undefined {
  if (failure === undefined) return undefined;
  return {
    why: `not acceptable (${failure})`,
    hint: 'Revoked keys, RSA keys below 2048 bits and the hashes MD5, SHA-1 and SHA-224 are not accepted.',
  };
}

async function failureOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
