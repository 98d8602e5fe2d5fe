/** Checks for `pommgr doctor` whether a host's audit log is what was written. Changes nothing. */
import { readAuditLog } from '../../store/adapters/audit-log.ts';
import { readJournal } from '../../store/adapters/journal.ts';
import { readStoreState, type Store } from '../../store/adapters/store.ts';
import { checkAuditLog } from '../domain/audit-check.ts';
import type { AuditVerification } from '../domain/audit-verification.ts';

/** Compares the log with itself and with the last digest in the store's state. */
export async function verifyAudit(store: Store): Promise<AuditVerification> {
  const isInterrupted = (await readJournal(store)) !== undefined;
  const { audit } = await readStoreState(store);
  const check = checkAuditLog(await readAuditLog(store), audit, { isInterrupted });
  return { file: store.audit, ...check };
}
