/** Puts on record that the store holds a baseline: in the state and in the audit log, once for each. */
import { appendAudit, auditUser } from '../../adapters/audit-log.ts';
import { readStoreState, writeStoreState, type Store } from '../../adapters/store.ts';
import type { Context } from '../../domain/progress.ts';
import { formatTime } from '../../domain/time.ts';

export async function recordImport(
  baseline: { name: string; digest: string },
  { store, context }: { store: Store; context: Context },
): Promise<void> {
  const state = await readStoreState(store);
  const { name, digest } = baseline;
  if (state.known[name] !== undefined) return;
  const audit = await appendAudit(store, state.audit, {
    time: formatTime(context.now()),
    user: auditUser(),
    action: 'import',
    baseline: name,
    digest,
    target: null,
    decisions: [],
  });
  await writeStoreState(store, { ...state, known: { ...state.known, [name]: digest }, audit });
}
