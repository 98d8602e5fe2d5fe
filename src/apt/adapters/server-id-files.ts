/** Reads the files from which a host's server IDs are derived, and counts its CPU sockets. Changes nothing. */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { resolveInRoot, type AptRoot } from './apt-root.ts';
import { computedServerIds } from '../domain/server-ids.ts';

/** Returns both server IDs of a host; fewer where a file is missing. */
export async function readComputedServerIds(aptRoot: AptRoot): Promise<string[]> {
  const sshPublicKey = await readIfThere(aptRoot, '/etc/ssh/ssh_host_rsa_key.pub');
  const machineId = await readIfThere(aptRoot, '/etc/machine-id');
  return computedServerIds({ sshPublicKey, machineId: machineId?.toString('utf8') ?? null });
}

/** Counts CPU sockets as the kernel and Proxmox VE do; undefined where /proc is not available. */
export async function countSockets(aptRoot: AptRoot): Promise<number | undefined> {
  const text = await readIfThere(aptRoot, '/proc/cpuinfo');
  if (text === null) return undefined;
  const ids = text.toString('utf8').matchAll(/^physical\s+id\s*:\s*(\d+)\s*$/gim);
  // Virtual machines and ARM report no physical id: that counts as one socket.
  return Math.max(1, new Set([...ids].map(([, id]) => id)).size);
}

async function readIfThere(aptRoot: AptRoot, path: string): Promise<Buffer | null> {
  const file = await resolveInRoot(aptRoot, path);
  return file === undefined ? null : readPlainFile(file);
}
