/** Sizes, durations, times and tables as a person reads them; the same in every locale. */
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

/**
 * Columns as wide as they need to be, two spaces between, no lines, no blanks at the end. On a terminal that is
 * narrower (`columns`), a block for each row instead, headed by its first cell.
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const total = widths.reduce((sum, width) => sum + width + 2, -2);
  if (total > columns) return rows.map((row) => formatBlock(head, row)).join('\n');
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}

function formatBlock(head: readonly string[], row: readonly string[]): string {
  const [title = '', ...cells] = row;
  const fields = Object.fromEntries(cells.map((cell, index) => [head[index + 1] ?? '', cell]));
  const lines = formatFields(fields).split('\n');
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** `name:   value` lines with the values under each other. */
export function formatFields(fields: Record<string, string | number>): string {
  const width = Math.max(...Object.keys(fields).map((name) => name.length)) + 1;
  return Object.entries(fields)
    .map(([name, value]) => `${`${name}:`.padEnd(width)} ${value}`)
    .join('\n');
}

/** `1 file`, `3 files` */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
