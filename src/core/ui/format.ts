/** Formats sizes, durations, times and tables for people; the result is the same in every locale. */
import { fitText, textWidth } from '../domain/text-width.ts';
import { terminalColumns } from './terminal-columns.ts';

import { formatBytes } from '../domain/byte-size.ts';

export { formatBytes } from '../domain/byte-size.ts';

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `42 days` */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} days`;
}

export interface TableOptions {
  /** Columns of the terminal. */
  columns?: number;
  /** Titles of the columns whose cells head a row when rows become blocks. Default: the first. */
  lead?: readonly string[];
  /** Titles of the columns that are dropped first when there is no room, in that order. */
  optional?: readonly string[];
}

/**
 * Formats a table: columns as wide as necessary, two spaces between them, no rules, no trailing blanks. On a narrow
 * terminal, optional columns are dropped; if that is not enough, each row becomes a block. No word is ever broken.
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { columns = terminalColumns(), lead = head.slice(0, 1), optional = [] }: TableOptions = {},
): string {
  for (let count = 0; count <= optional.length; count++) {
    const left = optional.slice(0, count);
    const shown = head.flatMap((title, column) => (left.includes(title) ? [] : [column]));
    const only = (cells: readonly string[]): string[] => shown.map((column) => cells[column] ?? '');
    const lines = tableLines(only(head), rows.map(only));
    if (lines.every((line) => textWidth(line) <= columns)) return lines.join('\n');
  }
  return rows.map((row) => formatBlock(head, row, { columns, lead })).join('\n');
}

function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(textWidth(title), ...rows.map((row) => textWidth(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - textWidth(cell)))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)];
}

/** Formats the leading cells, then the others with their titles, as many on a line as fit; empty ones are left out. */
function formatBlock(
  head: readonly string[],
  row: readonly string[],
  { columns, lead }: { columns: number; lead: readonly string[] },
): string {
  const named = row.map((cell, column) => ({ title: head[column] ?? '', cell }));
  const facts = named
    .filter(({ title, cell }) => !lead.includes(title) && cell !== '' && cell !== '-')
    .map(({ title, cell }) => `${titleCase(title)}: ${cell}`);
  const first = named.filter(({ title }) => lead.includes(title)).map(({ cell }) => cell);
  const lines = [first.join('  ')];
  for (const fact of facts) {
    const last = lines.at(-1) ?? '';
    const together = `${last}  ${fact}`;
    if (lines.length > 1 && textWidth(together) <= columns) lines[lines.length - 1] = together;
    else lines.push(`  ${fact}`);
  }
  return lines.map((line) => fitText(line, columns)).join('\n');
}

const acronyms = new Set(['ID', 'URI', 'SHA-256']);

/** Turns `RELEASE DATE` into `Release date`; a title that is a name stays. */
function titleCase(title: string): string {
  if (title !== title.toUpperCase()) return title;
  const words = title.split(' ').map((word) => (acronyms.has(word) ? word : word.toLowerCase()));
  const text = words.join(' ');
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Formats `name:   value` lines with aligned values. */
export function formatFields(fields: Record<string, string | number>): string {
  const width = Math.max(...Object.keys(fields).map((name) => name.length)) + 1;
  return Object.entries(fields)
    .map(([name, value]) => `${`${name}:`.padEnd(width)} ${value}`)
    .join('\n');
}

/** `3 files, 1.23 MB` */
export function formatFiles({ files, sizeBytes }: { files: number; sizeBytes: number }): string {
  return `${formatCount(files, 'file')}, ${formatBytes(sizeBytes)}`;
}

/** `1 file`, `3 files` */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
