/**
 * Writes the store's `audit.jsonl`: a hash-chained line for each change. Invariant: the head in `state.json` covers the
 * log; bytes beyond it belong to a change that was never committed.
 */
import { userInfo } from 'node:os';
import { PommgrError } from '../../core/domain/errors.ts';
import { type AuditHead } from '../domain/store-state.ts';
import { chainAuditEntry, type AuditEntry } from '../domain/audit-record.ts';
import { fileSize } from '../../core/adapters/atomic-files.ts';
import { appendDurably } from '../../core/adapters/growing-file.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import type { Store } from './store.ts';

/** Enough for a million records. */
const maxLogBytes = 512 * 1024 * 1024;

/**
 * Appends a line after `head` and returns the new head, which the caller commits with the state.
 * @throws PommgrError `integrity.audit` when the log is shorter than its head says.
 */
export async function appendAudit(store: Store, head: AuditHead, entry: AuditEntry): Promise<AuditHead> {
  const sizeBytes = await fileSize(store.audit);
  if (sizeBytes < head.sizeBytes) {
    throw new PommgrError(
      'integrity.audit',
      `The audit log ${store.audit} was cut: expected at least ${head.sizeBytes} bytes, found ${sizeBytes}.`,
      {
        hints: [
          'Find out who changed it. Put it back from a copy, or keep it aside together with state.json.',
        ],
        details: { file: store.audit, expected: head.sizeBytes, found: sizeBytes },
      },
    );
  }
  const chained = chainAuditEntry(head, entry);
  await appendDurably(store.audit, chained.line, { atBytes: head.sizeBytes });
  return chained.head;
}

/** Returns the whole log; empty when there is none. */
export async function readAuditLog(store: Store): Promise<string> {
  if ((await fileSize(store.audit)) === 0) return '';
  return (await readPlainFile(store.audit, maxLogBytes)).toString('utf8');
}

/** Truncates the log after `head`: the rest belongs to a change that was never committed. */
export async function trimAudit(store: Store, head: AuditHead): Promise<void> {
  if ((await fileSize(store.audit)) > head.sizeBytes) {
    await appendDurably(store.audit, '', { atBytes: head.sizeBytes });
  }
}

/** Returns the user who runs this: the login behind sudo where there is one. */
export function auditUser(): string {
  const sudoUser = process.env['SUDO_USER'];
  const user = userInfo().username;
  return sudoUser === undefined || sudoUser === '' ? user : `${user} (sudo by ${sudoUser})`;
}
