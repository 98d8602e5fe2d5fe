/**
 * Parses a SubscriptionInfo: what Proxmox's shop says about a subscription key, signed so that a host can verify it
 * offline. Invariant: no part of its text goes into a message; it contains the key and the server ID.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { issuesText } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { isTooDeep } from '../../core/domain/json-depth.ts';
import { formatTime } from '../../core/domain/time.ts';

const text = z.string().nullish();
/** Kept as the shop writes it, because the signature covers that; `dueDate` returns it in the form that is shown. */
const dateSchema = z.string().refine((date) => plainDate(date) !== null, 'expected a date like 2027-01-31');

/** Loose: the signature covers members that this version does not know. */
const subscriptionInfoSchema = z.looseObject({
  /** `active`, `new`, `notfound`, `invalid`, `expired`, `suspended`. */
  status: z.string().min(1),
  key: z.string().min(1),
  serverid: z
    .string()
    .regex(/^[0-9A-Fa-f]{32}$/)
    .nullish(),
  /** Seconds since 1970. */
  checktime: z.int().min(0).max(200_000_000_000).nullish(),
  message: text,
  productname: text,
  regdate: text,
  nextduedate: dateSchema.nullish(),
  url: text,
  signature: text,
});
export type SubscriptionInfo = z.infer<typeof subscriptionInfoSchema>;

const daySeconds = 86_400;
const signedDays = 365;
/** 15 days, and 5 more while the shop does not answer. */
const unsignedDays = 20;

/** @throws PommgrError `config.subscription-info`; the message quotes nothing, `where` names the source. */
export function parseSubscriptionInfo(json: string, where: string): SubscriptionInfo {
  // Unknown members are walked to any depth, because the signature covers them.
  if (isTooDeep(json)) throw malformed(where, 'it is nested too deep');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's own message quotes the text.
    throw malformed(where, 'it is not valid JSON');
  }
  const result = subscriptionInfoSchema.safeParse(value);
  if (result.success) return result.data;
  throw malformed(where, issuesText(result.error));
}

export function isSigned(info: SubscriptionInfo): info is SubscriptionInfo & { signature: string } {
  return typeof info.signature === 'string' && info.signature !== '';
}

/**
 * Returns whether the holder of the public key signed it: hex, over the canonical JSON without `signature` and without
 * members that are null, which the products ignore; Ed25519 and Ed448 plain, RSA and EC with SHA-512.
 * @throws PommgrError `config.public-key` for a PEM that holds no key of these kinds.
 */
export function isInfoSignatureGood(info: SubscriptionInfo, publicKeyPem: string): boolean {
  const key = readPublicKey(publicKeyPem);
  if (!isSigned(info) || !/^(?:[0-9A-Fa-f]{2})+$/.test(info.signature)) return false;
  const algorithm = key.asymmetricKeyType?.startsWith('ed') === true ? null : 'sha512';
  return verify(algorithm, Buffer.from(signedText(info)), key, Buffer.from(info.signature, 'hex'));
}

/** Returns the text that the signature covers. */
export function signedText(info: SubscriptionInfo): string {
  const covered = Object.entries(info).filter(([name, value]) => name !== 'signature' && value !== null);
  return canonicalJson(Object.fromEntries(covered)).trimEnd();
}

/**
 * Returns RFC 3339: the earlier of 365 days after the check (20 for an unsigned one) and the due date, 00:00 UTC. Null
 * for one that was never checked.
 */
export function validUntil(info: SubscriptionInfo): string | null {
  if (info.checktime === undefined || info.checktime === null) return null;
  const days = isSigned(info) ? signedDays : unsignedDays;
  const aged = (info.checktime + days * daySeconds) * 1000;
  const due = dueTime(info);
  return formatTime(new Date(due === null ? aged : Math.min(aged, due)));
}

/** Like `2027-01-31`; null where it names no due date. */
export function dueDate({ nextduedate }: Pick<SubscriptionInfo, 'nextduedate'>): string | null {
  return typeof nextduedate === 'string' ? plainDate(nextduedate) : null;
}

/** Returns `2027-05-01` for `2027-5-1`; null for text that is not a calendar date. */
export function plainDate(text: string): string | null {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d\d?)-(\d\d?)$/.exec(text) ?? [];
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const time = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(date) ? date : null;
}

/** Milliseconds since 1970; null where it names no due date. */
function dueTime(info: SubscriptionInfo): number | null {
  const date = dueDate(info);
  return date === null ? null : Date.parse(`${date}T00:00:00Z`);
}

function readPublicKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPublicKey(pem);
  } catch {
    // This is reported below, as for a key of another kind.
  }
  if (key !== undefined && ['ed25519', 'ed448', 'rsa', 'ec'].includes(key.asymmetricKeyType ?? ''))
    return key;
  throw new PommgrError(
    'config.public-key',
    'The public key that subscription infos are checked with is not a PEM file with an Ed25519, Ed448, RSA or EC key.',
    { hints: ['Copy /usr/share/keyrings/proxmox-offline-signing-key.pub from a Proxmox host.'] },
  );
}

function malformed(where: string, why: string): PommgrError {
  return new PommgrError('config.subscription-info', `${where} is not a subscription info: ${why}.`, {
    hints: ['Refresh the key on the online side ("pommgr subscription register"), then pack it again.'],
    details: { where },
  });
}
