import { expect, test } from 'vitest';
import { checkAuditLog } from '../../src/upkeep/domain/audit-check.ts';
import { emptyStoreState } from '../../src/store/domain/store-state.ts';
import { chainAuditEntry, type AuditEntry } from '../../src/store/domain/audit-record.ts';

const { lines, head } = chain(5);

function chain(count: number): { lines: string[]; head: typeof emptyStoreState.audit } {
  let last = emptyStoreState.audit;
  const written: string[] = [];
  for (let number = 1; number <= count; number++) {
    const entry: AuditEntry = {
      time: '2025-06-01T00:00:00Z',
      user: 'root',
      action: 'apply',
      baseline: `test-${number}`,
      digest: 'ab'.repeat(32),
      target: 'debian',
      decisions: [],
    };
    const chained = chainAuditEntry(last, entry);
    written.push(chained.line);
    last = chained.head;
  }
  return { lines: written, head: last };
}

function check(changed: readonly string[], isInterrupted = false): { line: number; what: string }[] {
  return checkAuditLog(changed.join(''), head, { isInterrupted }).problems;
}

test('a log as it was written is right, and so is none', () => {
  expect(check(lines)).toEqual([]);
  expect(checkAuditLog('', emptyStoreState.audit, { isInterrupted: false })).toEqual({
    records: 0,
    problems: [],
  });
});

const changed = lines.map((line) => line.replace('"root"', '"toor"'));

test.each([
  ['a changed line', [lines[0]!, changed[1]!, ...lines.slice(2)], 3, /the line before it was changed/],
  ['a changed last line', [...lines.slice(0, 4), changed[4]!], 5, /last line is not the one/],
  ['a removed line', [lines[0]!, ...lines.slice(2)], 2, /expected record 2, found 3/],
  ['a removed last line', lines.slice(0, 4), 5, /expected 5 records, found 4/],
  ['no log at all', [], 5, /expected 5 records, found 0/],
  ['two lines in the other order', [lines[0]!, lines[2]!, lines[1]!, ...lines.slice(3)], 2, /reordered/],
  ['a line twice', [...lines.slice(0, 2), ...lines.slice(1)], 3, /expected record 3, found 2/],
  ['a line that is no record', [lines[0]!, '{}\n', ...lines.slice(2)], 2, /no record/],
  ['a line at the end', [...lines, lines[4]!], 6, /added by hand/],
  ['half a line at the end', [...lines, '{"action":'], 6, /added by hand/],
  ['a cut last line', [...lines.slice(0, 4), lines[4]!.slice(0, 40)], 5, /found 4/],
  ['another log as long', chain(5).lines.map((line) => line.replace('"root"', '"toor"')), 5, /last line/],
] as [string, string[], number, RegExp][])('%s is found', (_, log, line, what) => {
  expect(check(log)).toContainEqual({ line, what: expect.stringMatching(what) });
});

test('what an interrupted run wrote beyond the head is not yet part of the log', () => {
  expect(check([...lines, chain(6).lines[5]!], true)).toEqual([]);
  expect(check([...lines, '{"action":'], true)).toEqual([]);
  expect(check(lines.slice(0, 4), true)).not.toEqual([]);
});
