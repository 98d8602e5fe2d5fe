/**
 * Computes server IDs, to which subscription keys are bound. A host has two, one derived from its SSH host key and one
 * from its machine ID; Proxmox's products accept either (older ones only the first). Invariant: IDs are upper-case, as
 * the products compare them.
 */
import { createHash, createHmac } from 'node:crypto';
import { compareText } from '../../core/domain/canonical-json.ts';

/** The files from which the two server IDs are derived; null for one that does not exist. */
export interface ServerIdFiles {
  /** Bytes of /etc/ssh/ssh_host_rsa_key.pub. */
  sshPublicKey: Uint8Array | null;
  /** Text of /etc/machine-id. */
  machineId: string | null;
}

/** The application ID 0e6b456a63fe4892997e9f42ebfaf980 of proxmox-subscription 1.0.2, in little-endian order. */
const machineApplicationId = Buffer.from('80f9faeb429f7e999248fe636a456b0e', 'hex');

/**
 * Returns both IDs, that of the SSH key first; none for a file that is missing or, like a fresh machine-id, not yet
 * filled.
 */
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

/**
 * Derives an ID as sd_id128_get_machine_app_specific(3) does: an HMAC with the machine ID as key, marked as UUID
 * version 4.
 */
function machineServerId(machineId: string): string {
  const mac = createHmac('sha256', Buffer.from(machineId, 'hex')).update(machineApplicationId).digest();
  const id = mac.subarray(0, 16);
  id.writeUInt8((id.readUInt8(6) & 0x0f) | 0x40, 6);
  id.writeUInt8((id.readUInt8(8) & 0x3f) | 0x80, 8);
  return id.toString('hex').toUpperCase();
}

/** Output of a product's tool about its server ID. */
export interface PrintedServerIds {
  ids: readonly string[];
  /** True where the product itself considers the key bound to that ID active. */
  isActive: boolean;
}

/**
 * Returns the server IDs that a product on this host answers to, its own report first, and those that it reports but
 * that belong to another machine: a clone or a restored state file brings one along. With nothing to compute, or where
 * the product calls a key with that ID active, its report is accepted.
 */
export function hostServerIds(
  computed: readonly string[],
  printed: PrintedServerIds,
): { ids: string[]; foreign: string[] } {
  const foreign = computed.length === 0 ? [] : printed.ids.filter((id) => !computed.includes(id));
  const named = printed.ids.filter((id) => printed.isActive || !foreign.includes(id));
  return { ids: [...new Set([...named, ...computed])], foreign };
}

/** Returns the first and the last four digits: enough to tell IDs apart, not enough to log in with. */
export function maskServerId(id: string): string {
  return `${id.slice(0, 4)}****${id.slice(-4)}`.toUpperCase();
}

/**
 * Returns the 32 hex digits after each `serverid`, upper-case, sorted, without duplicates: in `name: value` lines
 * (`pvesubscription get`, `pmgsubscription get`), in JSON and in tables (`proxmox-backup-manager subscription get`).
 */
export function serverIdsIn(output: string): string[] {
  const found = new Set<string>();
  for (const [, id = ''] of output.matchAll(/\bserver-?id\b[^0-9A-Za-z\n]*([0-9A-Fa-f]{32})\b/gi)) {
    found.add(id.toUpperCase());
  }
  return [...found].toSorted(compareText);
}
