import { expect, it } from 'vitest';
import {
  judgeApprovals,
  requireApproved,
  requireNotWithdrawn,
  type SignedStatement,
} from '../../src/approval/domain/judgement.ts';
import type { Approval } from '../../src/approval/domain/statement.ts';

const [root, report, other] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)];
const now = new Date('2026-12-01T12:00:00Z');

function approval(approver: string, change: Partial<Approval> = {}): SignedStatement {
  const statement: Approval = {
    ...{ decision: 'approve', root, report, by: approver, words: { text: 'ok' } },
    ...{ at: '2026-12-01T10:00:00Z', until: '2026-12-31T10:00:00Z' },
    ...change,
  };
  return { statement, approver, file: `${approver} ${statement.at}` };
}

function withdrawal(approver: string, at: string, of = root): SignedStatement {
  const statement = { decision: 'withdraw' as const, root: of, at, by: approver, words: { text: 'no' } };
  return { statement, approver, file: `${approver} withdraws` };
}

function codeFor(
  statements: SignedStatement[],
  { threshold = 1, found = report }: { threshold?: number; found?: string | null } = {},
): string {
  const question = { bundle: 'site-2', root, report: found, threshold, now };
  try {
    requireApproved(judgeApprovals(statements, question), question);
    return 'approved';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

it.each<[string, SignedStatement[], number, string]>([
  ['one approval', [approval('a')], 1, 'approved'],
  ['none', [], 1, 'trust.approval-missing'],
  ['one of another bundle', [approval('a', { root: other })], 1, 'trust.approval-bundle'],
  ['one of another report', [approval('a', { report: other })], 1, 'trust.approval-report'],
  ['one that expired', [approval('a', { until: '2026-12-01T11:59:59Z' })], 1, 'trust.approval-expired'],
  ['one that expires now', [approval('a', { until: '2026-12-01T12:00:00Z' })], 1, 'trust.approval-expired'],
  ['one of the future', [approval('a', { at: '2026-12-01T12:00:11Z' })], 1, 'trust.approval-time'],
  ['one within the tolerance', [approval('a', { at: '2026-12-01T12:00:10Z' })], 1, 'approved'],
  [
    'a withdrawn one',
    [approval('a'), withdrawal('a', '2026-12-01T10:30:00Z')],
    1,
    'trust.approval-withdrawn',
  ],
  [
    'one withdrawn in its second',
    [approval('a'), withdrawal('a', '2026-12-01T10:00:00Z')],
    1,
    'trust.approval-withdrawn',
  ],
  [
    'a withdrawal in the future',
    [approval('a'), withdrawal('a', '2027-01-01T00:00:00Z')],
    1,
    'trust.approval-withdrawn',
  ],
  ['one made after a withdrawal', [approval('a'), withdrawal('a', '2026-12-01T09:59:59Z')], 1, 'approved'],
  ['a withdrawal by another', [approval('a'), withdrawal('b', '2026-12-01T11:00:00Z')], 1, 'approved'],
  [
    'a withdrawal of another bundle',
    [approval('a'), withdrawal('a', '2026-12-01T11:00:00Z', other)],
    1,
    'approved',
  ],
  [
    'two by one key',
    [approval('a'), approval('a', { at: '2026-12-01T11:00:00Z' })],
    2,
    'trust.approval-threshold',
  ],
  ['two by two keys', [approval('a'), approval('b')], 2, 'approved'],
  [
    'two of three, one expired',
    [approval('a'), approval('b', { until: '2026-12-01T11:00:00Z' })],
    2,
    'trust.approval-threshold',
  ],
  [
    'an expired one and a good one',
    [approval('a', { until: '2026-12-01T11:00:00Z' }), approval('a')],
    1,
    'approved',
  ],
  ['only a withdrawal', [withdrawal('a', '2026-12-01T11:00:00Z')], 1, 'trust.approval-missing'],
])('%s', (_what, statements, threshold, expected) => {
  expect(codeFor(statements, { threshold })).toBe(expected);
  expect(codeFor(statements.toReversed(), { threshold })).toBe(expected);
});

it('an approval counts for nothing where the report is not there', () => {
  expect(codeFor([approval('a')], { found: null })).toBe('trust.approval-report');
});

it('a refusal names the file and the reason of each statement that does not count', () => {
  const statements = [approval('a', { until: '2026-12-01T11:00:00Z' }), approval('b', { root: other })];
  const question = { bundle: 'site-2', root, report, threshold: 2, now };
  expect(() => requireApproved(judgeApprovals(statements, question), question)).toThrow(
    "The bundle site-2 is not approved: expected approvals by 2 of this host's approvers, found 0. a 2026-12-01T10:00:00Z: it expired at 2026-12-01T11:00:00Z. b 2026-12-01T10:00:00Z: it is for another bundle.",
  );
});

it('what a host had before is refused only where it was withdrawn', () => {
  const question = { bundle: 'site-2', root, report, threshold: 1, now };
  const check = (statements: SignedStatement[]) => () =>
    requireNotWithdrawn(judgeApprovals(statements, question), question);
  expect(check([])).not.toThrow();
  expect(check([approval('a', { until: '2026-12-01T11:00:00Z' })])).not.toThrow();
  expect(check([approval('a'), withdrawal('a', '2026-12-01T11:00:00Z')])).toThrow(
    expect.objectContaining({ code: 'trust.approval-withdrawn' }) as Error,
  );
});
