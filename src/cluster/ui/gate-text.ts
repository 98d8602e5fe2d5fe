/** Formats a gate's verdict for people: what stops, what was found, what would pass. */
import { wrapText } from '../../core/domain/text-width.ts';
import type { GateReport } from '../domain/gate.ts';

const columns = 80;

export function gateText({ node, before, verdict, checks, checkedAt, recorded }: GateReport): string {
  const stopping = checks.filter(({ ok }) => !ok);
  const head = `${verdict.toUpperCase()} before ${before} of ${node}, judged at ${checkedAt}.`;
  const reasons = stopping.flatMap(({ gate, seen, enough }) => [
    ...indented(`${gate}: ${seen}`, '  '),
    ...indented(`enough: ${enough}`, '      '),
  ]);
  const passed = checks
    .filter(({ ok }) => ok)
    .flatMap(({ gate, seen }) => indented(`${gate}: ${seen}`, '  '));
  return [
    head,
    ...(reasons.length === 0 ? [] : ['', 'Stops:', ...reasons]),
    ...(passed.length === 0 ? [] : ['', 'Passed:', ...passed]),
    ...(recorded
      ? ['', 'The rollout has it: the cluster is held until "gate --before next --record" says go.']
      : []),
  ].join('\n');
}

function indented(text: string, indent: string): string[] {
  return wrapText(text, columns - indent.length).map((line) => `${indent}${line}`);
}
