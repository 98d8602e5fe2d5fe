/** Formats the report of the checks for people: failed and unknown checks first, then warnings, then what passed. */
import { wrapText } from '../../core/domain/text-width.ts';
import { formatCount } from '../../core/ui/format.ts';
import type { CheckReport, CheckResult } from '../domain/checks/check-report.ts';

const columns = 80;

const sections: readonly { verdict: CheckResult['verdict']; title: string }[] = [
  { verdict: 'fail', title: 'Failed' },
  { verdict: 'unknown', title: 'Unknown' },
  { verdict: 'warn', title: 'Warnings' },
];

export function checkText({ hostName, from, to, phase, verdict, checks, tools }: CheckReport): string {
  const count = (wanted: CheckResult['verdict']): number =>
    checks.filter((check) => check.verdict === wanted).length;
  const about =
    phase === 'before'
      ? `${hostName || 'This host'} before the upgrade from ${from} to ${to}`
      : `${hostName || 'This host'} after the upgrade from ${from} to ${to}`;
  const passed = checks.filter((check) => check.verdict === 'pass');
  return [
    `${verdict === 'go' ? 'GO' : 'STOP'}: ${about}.`,
    `${formatCount(checks.length, 'check')}: ${count('fail')} failed, ${count('unknown')} unknown, ${count('warn')} with warnings, ${count('pass')} passed.`,
    ...sections.flatMap(({ verdict: wanted, title }) => {
      const found = checks.filter((check) => check.verdict === wanted);
      return found.length === 0 ? [] : ['', `${title}:`, ...found.flatMap(resultLines)];
    }),
    ...tools.flatMap(toolLines),
    ...(passed.length === 0
      ? []
      : ['', 'Passed:', ...passed.flatMap(({ id, seen }) => indented(`${id}: ${seen}`, '  '))]),
  ].join('\n');
}

function resultLines({ id, title, seen, todo }: CheckResult): string[] {
  return [
    ...indented(`${id}: ${title}`, '  '),
    ...indented(`found: ${seen}`, '      '),
    ...(todo === null ? [] : indented(`-> ${todo}`, '      ')),
  ];
}

/** The whole answer of a tool is in --json; here is what it does not pass. */
function toolLines({ program, lines }: CheckReport['tools'][number]): string[] {
  const open = lines.filter(({ level }) => ['FAIL', 'WARN', 'NOTICE'].includes(level));
  return [
    '',
    `${program}, ${formatCount(lines.filter(({ level }) => level === 'PASS').length, 'line')} passed:`,
    ...(open.length === 0
      ? ['  nothing else']
      : open.flatMap(({ level, text }) => indented(`${level}: ${text.replaceAll('\n', ' ')}`, '  '))),
  ];
}

function indented(text: string, indent: string): string[] {
  return wrapText(text, columns - indent.length).map((line) => `${indent}${line}`);
}
