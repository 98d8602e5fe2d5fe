/** Sizes, durations, times and tables as a person reads them; the same in every locale. */
import prettyBytes from 'pretty-bytes';

/** Decimal units: `1.23 MB`. */
export function formatBytes(bytes: number): string {
  return prettyBytes(bytes, { locale: false });
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min` */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `today`, `1 day`, `42 days` */
export function formatAge(from: Date, to: Date): string {
  const days = Math.floor((to.getTime() - from.getTime()) / 86_400_000);
  if (days < 1) return 'less than a day';
  return days === 1 ? '1 day' : `${days} days`;
}

/** Columns as wide as they need to be, two spaces between, no lines, no blanks at the end. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
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
