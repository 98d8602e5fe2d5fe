/** Records that the store holds a baseline: in the index for other hosts, in the state and in the audit log. */
import { valueOf, withoutNames, withValue } from '../../core/domain/named.ts';
import { appendAudit, auditUser } from '../adapters/audit-log.ts';
import { writeStoreIndex } from '../adapters/store-index.ts';
import { readStoreState, writeStoreState, type Store } from '../adapters/store.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { StoreState } from '../domain/store-state.ts';
import { formatTime } from '../../core/domain/time.ts';

/** `from`: address of the store that has the rest of it. Absent for a baseline that is held whole. */
export interface ImportedBaseline {
  name: string;
  digest: string;
  from?: string | undefined;
}

/** The same import is recorded once, however often it is found done. */
export async function recordImport(
  imported: ImportedBaseline,
  { store, context }: { store: Store; context: Context },
): Promise<void> {
  const { name, digest, from } = imported;
  await writeStoreIndex(store);
  const state = await readStoreState(store);
  if (isRecorded(imported, state)) return;
  const audit = await appendAudit(store, state.audit, {
    time: formatTime(context.timestamp()),
    user: auditUser(),
    action: 'import',
    baseline: name,
    digest,
    target: null,
    ...(from === undefined ? {} : { from }),
    decisions: [],
  });
  const remotes = withoutNames(state.remotes, [name]);
  await writeStoreState(store, {
    ...state,
    known: withValue(state.known, name, digest),
    removed: state.removed.filter((removed) => removed !== name),
    remotes: from === undefined ? remotes : withValue(remotes, name, from),
    audit,
  });
}

/** Returns whether the state records the import of a baseline that still exists. */
export function isRecorded(
  { name, from }: ImportedBaseline,
  { known, removed, remotes }: StoreState,
): boolean {
  return valueOf(known, name) !== undefined && !removed.includes(name) && valueOf(remotes, name) === from;
}
