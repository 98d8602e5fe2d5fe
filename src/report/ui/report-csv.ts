/** A report as CSV (RFC 4180), a line a package. A cell never begins with what a spreadsheet takes for a formula. */
import { printableName } from '../../core/domain/printable.ts';
import type { Report } from '../domain/report.ts';

const head = [
  'source',
  'package',
  'architecture',
  'change',
  'from',
  'to',
  'mirrors',
  'urgency',
  'cves',
  'missing',
];

export function reportCsv({ sources }: Report): string {
  const rows = sources.flatMap((source) =>
    source.packages.map(({ name, architecture, change, from, to }) => [
      ...[source.source, name, architecture, change, from ?? '', to ?? ''],
      ...[source.mirrors.join(' '), source.urgency ?? '', source.cves.join(' '), source.missing?.why ?? ''],
    ]),
  );
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(text: string): string {
  const plain = printableName(text);
  const safe = /^[=+\-@\t]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
