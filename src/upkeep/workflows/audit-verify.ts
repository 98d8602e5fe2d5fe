/** `pommgr audit verify`: whether a host's audit log is what was written. Changes nothing. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readAuditLog } from '../../store/adapters/audit-log.ts';
import { readJournal } from '../../store/adapters/journal.ts';
import { locateStore, readStoreState, storeExists, type Store } from '../../store/adapters/store.ts';
import { checkAuditLog } from '../domain/audit-check.ts';
import type { AuditVerification } from '../domain/audit-verification.ts';
import { noStore } from '../../host/workflows/work-on-store.ts';

/** @throws PommgrError `state.no-store`. */
export async function auditVerify(options: {
  root?: string | undefined;
  store?: string | undefined;
}): Promise<AuditVerification> {
  const root = await realpath(resolve(options.root ?? '/'));
  const store = await locateStore(root, options.store);
  if (!(await storeExists(store))) throw noStore(store);
  return verifyAudit(store);
}

export async function verifyAudit(store: Store): Promise<AuditVerification> {
  const isInterrupted = (await readJournal(store)) !== undefined;
  const { audit } = await readStoreState(store);
  const check = checkAuditLog(await readAuditLog(store), audit, { isInterrupted });
  return { file: store.audit, ...check };
}
