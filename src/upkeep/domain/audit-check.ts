/**
 * Checks whether an audit log is what was written: each line has the digest of the previous one, and the state that of
 * the last.
 */
import { sha256Hex } from '../../core/domain/digest.ts';
import { type AuditHead } from '../../store/domain/store-state.ts';
import { auditRecordSchema } from '../../store/domain/audit-record.ts';

export interface AuditProblem {
  /** From 1; of the last line that should be there when lines are missing at the end. */
  line: number;
  what: string;
}

export interface AuditCheck {
  /** Lines that the state covers and that exist. */
  records: number;
  problems: AuditProblem[];
}

/** The head of an empty log says 64 zeros. */
const noLine = '0'.repeat(64);

/**
 * `text` is the whole log. Lines beyond the head are a problem, unless a run was interrupted: they were then never
 * committed.
 */
export function checkAuditLog(
  text: string,
  head: AuditHead,
  { isInterrupted }: { isInterrupted: boolean },
): AuditCheck {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  const committed = lines.slice(0, head.records);
  const problems: AuditProblem[] = [];
  let expected = { number: 1, previous: noLine };
  for (const [index, line] of committed.entries()) {
    const number = index + 1;
    const record = parseRecord(line);
    const what = record === undefined ? 'it is no record' : recordProblem(record, expected);
    if (what !== undefined) problems.push({ line: number, what });
    expected = { number: (record?.number ?? expected.number) + 1, previous: sha256Hex(`${line}\n`) };
  }
  const end = endProblem(committed, expected.previous, head);
  if (end !== undefined) problems.push(end);
  const isMore = lines.length > head.records || rest !== '';
  if (isMore && !isInterrupted) {
    const what = 'the state knows of no line from here on: it was added by hand';
    problems.push({ line: committed.length + 1, what });
  }
  return { records: committed.length, problems };
}

interface ReadRecord {
  number: number;
  previous: string;
}

function parseRecord(line: string): ReadRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return auditRecordSchema.safeParse(value).data;
}

function recordProblem(record: ReadRecord, expected: ReadRecord): string | undefined {
  if (record.number !== expected.number) {
    return `lines were removed, added or reordered: expected record ${expected.number}, found ${record.number}`;
  }
  if (record.previous === expected.previous) return undefined;
  return 'the line before it was changed: its digest is not the one that this line names';
}

function endProblem(committed: readonly string[], found: string, head: AuditHead): AuditProblem | undefined {
  const line = head.records;
  if (committed.length < line) {
    const what = `the end was removed: expected ${line} records, found ${committed.length}`;
    return { line, what };
  }
  if (found === head.sha256) return undefined;
  return { line, what: 'the last line is not the one that the state knows: it was changed or replaced' };
}
