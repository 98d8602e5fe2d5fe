/** Reports how a host boots and which kernel it runs; for a root that is not running, little of this is known. */
import { release } from 'node:os';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import type { HostLock } from '../domain/host-lock.ts';
import { resolveInRoot, type AptRoot } from './apt-root.ts';

export async function readBootFacts(aptRoot: AptRoot): Promise<NonNullable<HostLock['boot']>> {
  const runs = aptRoot.kind === 'host';
  const uuids = await resolveInRoot(aptRoot, '/etc/kernel/proxmox-boot-uuids');
  return {
    runningKernel: runs ? release() : null,
    firmware: runs ? ((await pathExists('/sys/firmware/efi')) ? 'efi' : 'bios') : null,
    proxmoxBootTool: uuids !== undefined,
  };
}
