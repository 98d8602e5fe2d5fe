/**
 * Stores the reports of trusted hosts that the online side has taken in: `<stateDir>/hosts/receipts/…`, as on a medium.
 */
import { join } from 'node:path';
import { makeDirectory } from '../../core/adapters/atomic-files.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { parseDocument } from '../../core/domain/document.ts';
import { hostLockKind, type HostLock } from '../../apt/domain/host-lock.ts';
import type { KeyDirectory } from '../../trust/adapters/trusted-keys.ts';
import { newestReceipts, type Receipt } from '../domain/receipt.ts';
import { keepReport, readLockOf, readReceipts, type SignedReceipt } from './receipt-files.ts';

/** The last report of a trusted host. */
export interface ReportedHost {
  receipt: Receipt;
  /** Null where it left none. */
  lock: { text: Buffer; file: string; lock: HostLock } | null;
}

/** Sorted by host. @throws PommgrError `trust.signature` for a report that was changed since. */
export async function readReportedHosts(stateDir: string, hosts: KeyDirectory): Promise<ReportedHost[]> {
  const top = reportsTop(stateDir);
  const { signed } = await readReceipts(top, hosts);
  const newest = newestReceipts(signed.map(({ receipt }) => receipt));
  const reported: ReportedHost[] = [];
  for (const one of signed) {
    if (newest.includes(one.receipt)) reported.push({ receipt: one.receipt, lock: await readLock(top, one) });
  }
  return reported.toSorted((a, b) => compareText(a.receipt.host.id, b.receipt.host.id));
}

/** The lock that a receipt names, from the same directory; null where the receipt names none. */
export async function readLock(top: string, signed: SignedReceipt): Promise<ReportedHost['lock']> {
  const found = await readLockOf(top, signed);
  if (found === undefined) return null;
  return { ...found, lock: parseDocument(found.text.toString('utf8'), hostLockKind, found.file) };
}

/** Replaces what is kept of the host. */
export async function keepReportedHost(
  stateDir: string,
  { signed, lock }: { signed: SignedReceipt; lock: Buffer | null },
): Promise<void> {
  const top = reportsTop(stateDir);
  await makeDirectory(top, 0o755);
  await keepReport(top, { ...signed, lock });
}

function reportsTop(stateDir: string): string {
  return join(stateDir, 'hosts');
}
