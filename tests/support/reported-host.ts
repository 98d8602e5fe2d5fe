/** Hosts whose reports the online side has taken in: trusted, signed by their own keys, with their locks. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createHostLock,
  formatHostLock,
  type HostLock,
  type LockedPackage,
} from '../../src/apt/domain/host-lock.ts';
import { makeDirectory } from '../../src/core/adapters/atomic-files.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { namedOf } from '../../src/core/domain/named.ts';
import { writeReceipt } from '../../src/hosts/adapters/receipt-files.ts';
import type { Receipt } from '../../src/hosts/domain/receipt.ts';
import { createSigningKey, openSigningKey } from '../../src/trust/adapters/signing.ts';
import { trustedHostsDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import { scratchDirectory } from './scratch.ts';

export interface ReportedHostFacts {
  name: string;
  /** Installed packages and their versions. */
  packages: Record<string, string>;
  codename?: string;
  created?: string;
  applied?: Receipt['applied'];
  track?: string | null;
  ids?: HostLock['serverIds'];
}

/** Returns the lock. */
export async function leaveReport(stateDir: string, facts: ReportedHostFacts): Promise<HostLock> {
  const {
    name,
    codename = 'bookworm',
    created = '2025-06-01T00:00:00Z',
    applied = null,
    track = 'test',
  } = facts;
  const lock = lockOf({ ...facts, codename, created });
  const privateKey = join(await scratchDirectory(), 'receipt-key.pem');
  await createSigningKey(privateKey);
  const key = await openSigningKey(privateKey);
  const trusted = trustedHostsDirectory(stateDir);
  await makeDirectory(trusted, 0o755);
  await writeFile(join(trusted, `${key.publicKey.keyId}.pem`), key.publicKey.pem);
  const text = Buffer.from(formatHostLock(lock));
  const receipt: Receipt = {
    schema: 'pommgr/receipt/v1',
    host: { name, id: key.publicKey.fingerprint },
    ...{ time: created, track, applied, wishes: [], manifest: null, pommgrVersion: '0.2.0' },
    baselines: applied === null ? [] : [{ name: applied.name, digest: applied.digest }],
    highest: namedOf([]),
    lock: { sizeBytes: text.length, sha256: sha256Hex(text) },
  };
  await makeDirectory(join(stateDir, 'hosts'), 0o755);
  await writeReceipt(join(stateDir, 'hosts'), { receipt, lock: text }, key);
  return lock;
}

function lockOf(facts: ReportedHostFacts & { codename: string; created: string }): HostLock {
  const packages: LockedPackage[] = Object.entries(facts.packages).map(([name, version]) => ({
    ...{ name, version, architecture: 'amd64', automatic: false, hold: false, relations: {} },
  }));
  return createHostLock({
    ...{ created: facts.created, toolVersion: '0.2.0', hostName: facts.name, packages },
    host: { products: ['debian'], codename: facts.codename, architecture: 'amd64', foreignArchitectures: [] },
    ...{ serverIds: facts.ids ?? [], cpuSockets: undefined, ageRecipient: undefined, baseline: null },
    boot: { runningKernel: null, firmware: null, proxmoxBootTool: false },
    changedConffiles: [],
  });
}
