/**
 * Implements `pommgr cluster record`: the signed records of rollouts that this host keeps, checked, and on request
 * copied to a medium for the online side.
 */
import { join } from 'node:path';
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import { pathOf } from '../../core/domain/place.ts';
import type { Context } from '../../core/domain/progress.ts';
import {
  carriedRollouts,
  keepEntry,
  ownRollouts,
  readEntries,
  writeEntryKey,
} from '../../hosts/adapters/rollout-entries.ts';
import { rolloutRecords, type RolloutRecord } from '../../hosts/domain/rollout-record.ts';
import { checkReceiptTop } from '../../host/workflows/leave-receipt.ts';
import { openReceiptKey } from '../../store/adapters/receipt-key.ts';
import { locateStore } from '../../store/adapters/store.ts';

export interface RecordOptions {
  root?: string | undefined;
  store?: string | undefined;
  /** Directory that carries the records, for instance a medium's top. */
  media?: string | undefined;
  context: Context;
}

export interface RecordReport {
  records: RolloutRecord[];
  /** Where they were copied to, and how many entries are there now; null where no medium was named. */
  copied: { directory: string; entries: number } | null;
}

/** @throws PommgrError `trust.signature` for an entry that this host's key did not sign, `usage.receipt`. */
export async function record({ root, store: chosen, media, context }: RecordOptions): Promise<RecordReport> {
  const store = await locateStore(await namedRoot(root), chosen);
  await checkReceiptTop(media, context);
  const directory = ownRollouts(store.directory);
  // A host that never recorded anything has no key yet, and gets none here.
  if (!(await pathExists(join(store.directory, 'rollouts')))) return { records: [], copied: null };
  const { publicKey } = await openReceiptKey(store);
  const { signed, unknown } = await readEntries(directory, [publicKey]);
  if (unknown.length > 0) {
    context.progress.warn(
      `${unknown.length} entries below ${pathOf(directory)} are signed with another key than ${publicKey.keyId}, which this host has now. They are ignored.`,
    );
  }
  const records = rolloutRecords(signed);
  if (media === undefined) return { records, copied: null };
  const carried = carriedRollouts(media);
  await writeEntryKey(media, publicKey);
  for (const entry of signed) await keepEntry(carried, entry);
  return { records, copied: { directory: pathOf(carried), entries: signed.length } };
}
