/** Subscription infos inside recorded commands, made again for this host and signed with a key of our own. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { serverId, type Site } from './site.ts';

const recordedServerId = '56CC5BD70B41D463F3F564F12E32E448';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

/** Replaces the recorded host's id, and each base64 info by one for this host; one with a whole signature is signed. */
export async function signInfos(site: Site, text: string): Promise<string> {
  const keyring = site.path('machines/product/usr/share/keyrings/proxmox-offline-signing-key.pub');
  await writeFile(keyring, publicKey.export({ type: 'spki', format: 'pem' }));
  return text
    .replaceAll(/eyJ[A-Za-z0-9+/]{40,}=*/g, (encoded) => encode(forThisHost(decode(encoded))))
    .replaceAll(recordedServerId, serverId);
}

/** A hand-made info as the config holds it. */
export function encode(info: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(info)).toString('base64');
}

function decode(encoded: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as Record<string, unknown>;
}

function forThisHost(info: Record<string, unknown>): Record<string, unknown> {
  const { signature, ...others } = info;
  const rest: Record<string, unknown> = { ...others, serverid: serverId };
  if (typeof signature !== 'string') return rest;
  if (signature.length !== 128) return { ...rest, signature };
  const content = Object.fromEntries(
    Object.entries(rest).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
  return {
    ...content,
    signature: sign(null, Buffer.from(JSON.stringify(content)), privateKey).toString('hex'),
  };
}
