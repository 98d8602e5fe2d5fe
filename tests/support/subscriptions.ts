/** Subscription infos with real signatures, by test keys of each kind that Proxmox's tools take. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  parseSubscriptionInfo,
  signedText,
  type SubscriptionInfo,
} from '../../src/subscription/domain/subscription-info.ts';

export const signerKinds = ['ed25519', 'ed448', 'rsa', 'ec'] as const;
export type SignerKind = (typeof signerKinds)[number];

export interface InfoSigner {
  publicKeyPem: string;
  /** The info as the shop sends it: JSON text, in the order that POM writes. */
  sign(changes?: Partial<SubscriptionInfo>): string;
}

/** Of a PVE host with two sockets, on the Standard plan; checked on 2026-11-22T19:33:20Z. */
export const testInfo = {
  status: 'active',
  serverid: '56CC5BD70B41D463F3F564F12E32E448',
  checktime: 1_795_376_000,
  key: 'pve2s-0123456789',
  productname: 'Proxmox VE Standard Subscription 2 CPUs/year',
  regdate: '2026-01-01 00:00:00',
  nextduedate: '2028-01-01',
  url: 'https://www.proxmox.com/',
} as const;

/** A new key pair; members of `changes` that are undefined are left out. */
export function createInfoSigner(kind: SignerKind = 'ed25519'): InfoSigner {
  const { publicKey, privateKey } = keyPair(kind);
  const algorithm = kind.startsWith('ed') ? null : 'sha512';
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign(changes = {}) {
      const json = unsignedInfo(changes);
      const text = signedText(parseSubscriptionInfo(json, 'test'));
      const signature = sign(algorithm, Buffer.from(text), privateKey).toString('hex');
      return JSON.stringify({ ...(JSON.parse(json) as object), signature });
    },
  };
}

/** The same without a signature. */
export function unsignedInfo(changes: Partial<SubscriptionInfo> = {}): string {
  return JSON.stringify({ ...testInfo, ...changes });
}

function keyPair(kind: SignerKind): { publicKey: KeyObject; privateKey: KeyObject } {
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (kind === 'ec') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return kind === 'ed448' ? generateKeyPairSync('ed448') : generateKeyPairSync('ed25519');
}
