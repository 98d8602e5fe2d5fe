/** What the findings of a check mean for the change of the release. */
import { describe, expect, it } from 'vitest';
import { admitCheck } from '../../src/upgrade/domain/check-admission.ts';
import type { CheckReport, CheckResult } from '../../src/upgrade/domain/checks/check-report.ts';

function report(...verdicts: CheckResult['verdict'][]): CheckReport {
  return {
    ...{ hostName: 'pve1', products: ['pve'], from: 'bookworm', to: 'trixie', phase: 'before', tools: [] },
    verdict: 'go',
    checks: verdicts.map((verdict, index) => ({
      ...{ id: `check-${index}`, title: 'A check', verdict, seen: `seen ${index}`, todo: null },
    })),
  };
}

function outcome(given: CheckReport, accept: readonly string[] = []): unknown {
  try {
    return admitCheck(given, accept);
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

describe('a check', () => {
  const rows: [what: string, given: CheckReport, accept: string[], expected: unknown][] = [
    ['without findings', report('pass', 'pass'), [], []],
    ['with warnings only', report('pass', 'warn'), [], []],
    ['that failed', report('pass', 'fail'), [], 'refused.check'],
    ['with something unknown', report('unknown'), [], 'refused.check'],
    ['that looked at nothing', report(), [], 'refused.check'],
    ['with its one finding accepted', report('pass', 'fail'), ['check-1'], ['check-1']],
    ['with one of two accepted', report('fail', 'unknown'), ['check-1'], 'refused.check'],
    ['with both accepted', report('fail', 'unknown'), ['check-1', 'check-0'], ['check-0', 'check-1']],
    ['with something accepted that passed', report('pass', 'warn'), ['check-0', 'check-1'], []],
    ['with something accepted that does not exist', report('pass'), ['check-7'], 'usage.finding'],
  ];
  for (const [what, given, accept, expected] of rows)
    it(what, () => expect(outcome(given, accept)).toEqual(expected));

  it('is refused with every finding', () => {
    expect(() => admitCheck(report('fail', 'warn', 'unknown'), [])).toThrow(
      'pve1 is not ready for trixie:\n  check-0 (fail): seen 0\n  check-2 (unknown): seen 2',
    );
  });
});
