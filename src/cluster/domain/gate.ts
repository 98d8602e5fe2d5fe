/**
 * Facts -> verdict. Invariant: it is pure, and `go` only where every gate of the question was judged and passed; the
 * facts are of this minute, and an unknown one stops.
 */
import { cephHealth, cephMonitors, cephOkToStop, cephOsdsBack } from './ceph-gates.ts';
import type { Before, Check, Gate, GateFacts, GateQuestion } from './check.ts';
import { balancers, clock, holder, maintenance, members, quorate, votesLeft } from './cluster-gates.ts';
import { drained, guestsCanLeave, guestsFit, guestsLeft, tasksDue, tasksRunning } from './guest-gates.ts';
import { forecastIsGood, haIsBack, isBack, servicesRun, space } from './node-gates.ts';
import { nothingLeft, sameBaseline, versionsAsPlanned } from './version-gates.ts';

const always: readonly Gate[] = [
  quorate,
  members,
  holder,
  maintenance,
  balancers,
  clock,
  tasksRunning,
  cephHealth,
];
const leaving: readonly Gate[] = [votesLeft, tasksDue, cephMonitors, cephOkToStop];

const gates: Record<Before, readonly Gate[]> = {
  drain: [...always, ...leaving, guestsCanLeave, guestsFit],
  upgrade: [...always, ...leaving, drained, guestsLeft, space, forecastIsGood, sameBaseline],
  reboot: [...always, ...leaving, drained, guestsLeft],
  next: [...always, isBack, versionsAsPlanned, nothingLeft, servicesRun, haIsBack, cephOsdsBack],
};

export interface Verdict {
  node: string;
  before: Before;
  verdict: 'go' | 'stop';
  /** Every gate, with failed ones first. */
  checks: Check[];
}

export interface GateReport extends Verdict {
  checkedAt: string;
  /** Whether the go was written into the rollout. */
  recorded: boolean;
}

export function judge(facts: GateFacts, question: GateQuestion): Verdict {
  const { node, before } = question;
  const checks = gates[before].map((gate) => gate(facts, question));
  const isGo = checks.length > 0 && checks.every(({ ok }) => ok);
  const ordered = [...checks.filter(({ ok }) => !ok), ...checks.filter(({ ok }) => ok)];
  return { node, before, verdict: isGo ? 'go' : 'stop', checks: ordered };
}
