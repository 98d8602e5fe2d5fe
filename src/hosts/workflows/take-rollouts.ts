/**
 * Takes in the records of rollouts that trusted hosts left on media, and reads what was taken in. An entry is never
 * replaced or removed: its name has its digest.
 */
import { join } from 'node:path';
import { makeDirectory } from '../../core/adapters/atomic-files.ts';
import type { Context } from '../../core/domain/progress.ts';
import {
  readKeyDirectory,
  trustedHostsDirectory,
  type KeyDirectory,
} from '../../trust/adapters/trusted-keys.ts';
import { carriedRollouts, keepEntry, readEntries } from '../adapters/rollout-entries.ts';
import { rolloutRecords, type RolloutRecord } from '../domain/rollout-record.ts';

interface TakeOptions {
  stateDir: string;
  media: readonly string[];
  trusted: KeyDirectory;
  dryRun: boolean;
  /** Says nothing of hosts that are not trusted. */
  skipUnknown?: boolean;
  context: Context;
}

/** @throws PommgrError `trust.signature` for an entry in a trusted host's name that its key did not sign. */
export async function takeRollouts(options: TakeOptions): Promise<void> {
  const { stateDir, media, trusted, dryRun, skipUnknown = false, context } = options;
  const top = takenTop(stateDir);
  const known = new Set(
    (await readEntries(carriedRollouts(top), trusted.keys)).signed.map(({ sha256 }) => sha256),
  );
  for (const medium of media) {
    const { signed, unknown } = await readEntries(carriedRollouts(medium), trusted.keys);
    if (unknown.length > 0 && !skipUnknown) {
      context.progress.warn(
        `${unknown.length} entries of rollouts on ${medium} are ignored: their host is not trusted ("pommgr host trust FILE").`,
      );
    }
    const news = signed.filter(({ sha256 }) => !known.has(sha256));
    if (news.length === 0) continue;
    if (!dryRun) {
      await makeDirectory(top);
      for (const entry of news) await keepEntry(carriedRollouts(top), entry);
    }
    for (const { sha256 } of news) known.add(sha256);
    context.progress.note(`Took in ${news.length} entries of rollouts.`);
  }
}

/** The records of rollouts that were taken in, by their beginning. */
export async function readRolloutRecords(stateDir: string): Promise<RolloutRecord[]> {
  const trusted = await readKeyDirectory(trustedHostsDirectory(stateDir));
  const { signed } = await readEntries(carriedRollouts(takenTop(stateDir)), trusted.keys);
  return rolloutRecords(signed);
}

function takenTop(stateDir: string): string {
  return join(stateDir, 'hosts');
}
