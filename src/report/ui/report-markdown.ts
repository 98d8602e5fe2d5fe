/** A report as Markdown (CommonMark): texts of others are escaped, and changelogs stand in code blocks. */
import { printable, printableName } from '../../core/domain/printable.ts';
import { changelogRemarks } from '../domain/changelog-remarks.ts';
import { wordsEn } from '../domain/page-words-en.ts';
import { advisoriesMarkdown } from './advisories-markdown.ts';
import type { Report, ReportedSource } from '../domain/report.ts';

export function reportMarkdown(report: Report): string {
  const { baseline, since, totals, mirrors, sources } = report;
  const parts = [
    `# What ${baseline.name} brings`,
    [
      `- Baseline: ${baseline.name}, made ${baseline.created}, digest \`${baseline.digest}\``,
      ...(since === null
        ? []
        : [`- Since: ${since.name}, made ${since.created}, digest \`${since.digest}\``]),
      `- ${totals.sources} source packages: ${totals.upgraded} packages upgraded, ${totals.added} added, ${totals.downgraded} downgraded, ${totals.removed} removed`,
      `- ${totals.cves} CVEs are named in the changelogs`,
    ].join('\n'),
    '## Mirrors',
    table(
      ['mirror', 'origin', 'suite', 'date', 'signed by'],
      mirrors.map(({ id, origin, suite, date, signers }) => [
        id,
        origin ?? '-',
        suite,
        date ?? '-',
        signers.join(', '),
      ]),
    ),
    '## Overview',
    sources.length === 0
      ? 'Nothing changes.'
      : table(
          ['source', 'from', 'to', 'urgency', 'CVEs'],
          sources.map((source) => [
            source.source,
            ...versionsOf(source),
            source.urgency ?? '-',
            source.cves.join(' ') || '-',
          ]),
        ),
    ...advisoriesMarkdown(report.advisories, table),
    ...sources.flatMap(sourceParts),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The versions of its packages before and after, each once. */
function versionsOf({ packages }: ReportedSource): [string, string] {
  const all = (side: 'from' | 'to'): string =>
    [...new Set(packages.flatMap((item) => item[side] ?? []))].join(', ') || '-';
  return [all('from'), all('to')];
}

function sourceParts(source: ReportedSource): string[] {
  const lines = source.packages.map(
    ({ name, architecture, change, from, to }) =>
      `- ${change} ${escape(`${name}:${architecture}`)} ${[from, to]
        .filter((version) => version !== null)
        .map(escape)
        .join(' → ')}`,
  );
  const missing = changelogRemarks(source, wordsEn).map(escape);
  const entries = source.changelog.map(({ version, urgency, text }) =>
    codeBlock(`${version} (${urgency})\n\n${text}`),
  );
  return [
    `## ${escape(source.source)}`,
    `From ${source.mirrors.map(escape).join(', ')}.`,
    lines.join('\n'),
    ...missing,
    ...entries,
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escape).join(' | ')} |`;
  return [line(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** No fence in the text is as long as the one around it. */
function codeBlock(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([fence]) => fence.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, printable(text), fence].join('\n');
}

function escape(text: string): string {
  return printableName(text).replaceAll(/[\\`*_{}[\]<>|&#]/g, '\\$&');
}
