/**
 * Records a step of a rollout: first its signed entry in the store of this host, then the rollout in /etc/pve, which
 * names the entry. Invariant: the rollout never names an entry that does not exist; an entry whose rollout could not be
 * written is removed, and one that a killed run left is named by nothing.
 */
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import { hostName } from '../../apt/adapters/host-facts.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';
import { undoAndThrow } from '../../core/adapters/system-error.ts';
import { ownRollouts, writeEntry } from '../../hosts/adapters/rollout-entries.ts';
import { openReceiptKey } from '../../store/adapters/receipt-key.ts';
import { locateStore, makeSecrets } from '../../store/adapters/store.ts';
import { keepLogs } from '../adapters/rollout-logs.ts';
import { rolloutEntry, type EntryParts } from '../domain/rollout-entry.ts';
import type { Rollout } from '../domain/rollout.ts';

export interface StepToRecord extends Omit<EntryParts, 'host' | 'logs' | 'pommgrVersion'> {
  /** Default: the store of this host. */
  store: string | undefined;
  logFiles: readonly string[];
  /** Makes the step visible to all nodes. */
  commit: (next: Rollout) => Promise<void>;
}

export async function recordStep({ store: chosen, logFiles, commit, ...parts }: StepToRecord): Promise<void> {
  const store = await locateStore('/', chosen);
  await makeSecrets(store);
  const key = await openReceiptKey(store);
  const { next } = parts;
  const logs = await keepLogs(store.directory, { rollout: next.id, files: logFiles });
  const name = (await hostName(await openAptRoot('/'))).slice(0, 255);
  const entry = rolloutEntry({
    ...parts,
    ...{ logs, host: { name, id: key.publicKey.fingerprint }, pommgrVersion: toolVersion() },
  });
  const { sha256, remove } = await writeEntry(ownRollouts(store.directory), entry, key);
  try {
    await commit({ ...next, record: { entries: entry.number, sha256 } });
  } catch (error) {
    await undoAndThrow(error, remove);
  }
}
