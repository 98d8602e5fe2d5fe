/**
 * Server IDs: what a subscription key is bound to. A host has two, one made of its SSH host key and one made of its
 * machine ID; Proxmox's products accept either (older ones only the first). Invariant: IDs are upper-case, as the
 * products compare them.
 */
import { createHash, createHmac } from 'node:crypto';
import { compareText } from '../../core/domain/canonical-json.ts';

/** The files that the two server IDs are made of; null for one that is not there. */
export interface ServerIdFiles {
  /** Bytes of /etc/ssh/ssh_host_rsa_key.pub. */
  sshPublicKey: Uint8Array | null;
  /** Text of /etc/machine-id. */
  machineId: string | null;
}

/** The application ID 0e6b456a63fe4892997e9f42ebfaf980 of proxmox-subscription 1.0.2, in little-endian order. */
const machineApplicationId = Buffer.from('80f9faeb429f7e999248fe636a456b0e', 'hex');

/** Both IDs, that of the SSH key first; none for a file that is missing or, like a fresh machine-id, not yet filled. */
export function computedServerIds({ sshPublicKey, machineId }: ServerIdFiles): string[] {
  return [
    ...(sshPublicKey === null ? [] : [sshServerId(sshPublicKey)]),
    ...(machineId !== null && /^[0-9a-f]{32}\n?$/i.test(machineId)
      ? [machineServerId(machineId.trim())]
      : []),
  ];
}

function sshServerId(publicKey: Uint8Array): string {
  return createHash('md5').update(publicKey).digest('hex').toUpperCase();
}

/** As sd_id128_get_machine_app_specific(3) makes IDs: an HMAC with the machine ID as key, marked as UUID version 4. */
function machineServerId(machineId: string): string {
  const mac = createHmac('sha256', Buffer.from(machineId, 'hex')).update(machineApplicationId).digest();
  const id = mac.subarray(0, 16);
  id.writeUInt8((id.readUInt8(6) & 0x0f) | 0x40, 6);
  id.writeUInt8((id.readUInt8(8) & 0x3f) | 0x80, 8);
  return id.toString('hex').toUpperCase();
}

/** What a product's tool says of its server ID. */
export interface PrintedServerIds {
  ids: readonly string[];
  /** The product's own judgement is that the key bound to that ID is good here. */
  isActive: boolean;
}

/**
 * The server IDs that a product on this host answers to, the one that it names itself first, and those that it names
 * and that belong to another machine: a clone and a restored state file bring one along. With nothing to compute,
 * or where the product calls a key with that ID active, its word is taken.
 */
export function hostServerIds(
  computed: readonly string[],
  printed: PrintedServerIds,
): { ids: string[]; foreign: string[] } {
  const foreign = computed.length === 0 ? [] : printed.ids.filter((id) => !computed.includes(id));
  const named = printed.ids.filter((id) => printed.isActive || !foreign.includes(id));
  return { ids: [...new Set([...named, ...computed])], foreign };
}

/** The first and the last four digits: enough to tell one from another, not enough to log in with. */
export function maskServerId(id: string): string {
  return `${id.slice(0, 4)}****${id.slice(-4)}`.toUpperCase();
}

/**
 * The 32 hex digits after each `serverid`, upper-case, sorted, each once: in `name: value` lines
 * (`pvesubscription get`, `pmgsubscription get`), in JSON and in tables (`proxmox-backup-manager subscription get`).
 */
export function serverIdsIn(output: string): string[] {
  const found = new Set<string>();
  for (const [, id = ''] of output.matchAll(/\bserver-?id\b[^0-9A-Za-z\n]*([0-9A-Fa-f]{32})\b/gi)) {
    found.add(id.toUpperCase());
  }
  return [...found].toSorted(compareText);
}
