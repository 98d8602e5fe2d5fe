/** What POM prints for data: tables, JSON with sorted keys. */

/** @param {string} line */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {string} line */
export function warn(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * A value as `json` or `json-pretty`; `text` prints it.
 * @param {unknown} format
 * @param {unknown} value
 * @param {() => void} text
 */
export function sayData(format, value, text) {
  if (format === 'json') say(JSON.stringify(sorted(value)));
  else if (format === 'json-pretty') say(JSON.stringify(sorted(value), null, 2));
  else text();
}

/**
 * @param {unknown} value
 * @returns {unknown}
 */
export function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}

/**
 * A list as a table; booleans are 1 and 0 at the right. Nothing is printed for none.
 * @param {readonly string[]} columns
 * @param {readonly (readonly unknown[])[]} rows
 */
export function sayTable(columns, rows) {
  if (rows.length === 0) return;
  const cells = rows.map((row) => row.map(cellText));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  /** @param {string} [left] @param {string} [fill] @param {string} [middle] @param {string} [right] */
  const rule = (left = '├', fill = '─', middle = '┼', right = '┤') =>
    left + widths.map((width) => fill.repeat(width + 2)).join(middle) + right;
  say(rule('┌', '─', '┬', '┐'));
  say(`│ ${columns.map((column, index) => column.padEnd(widths[index] ?? 0)).join(' │ ')} │`);
  say(rule('╞', '═', '╪', '╡'));
  for (const [number, row] of cells.entries()) {
    if (number > 0) say(rule());
    const texts = row.map((cell, index) => {
      const width = widths[index] ?? 0;
      return typeof rows[number]?.[index] === 'boolean' ? cell.padStart(width) : cell.padEnd(width);
    });
    say(`│ ${texts.join(' │ ')} │`);
  }
  say(rule('└', '─', '┴', '┘'));
}

/**
 * One entry as a table of names and values.
 * @param {readonly (readonly [string, unknown])[]} entries
 */
export function sayProperties(entries) {
  sayTable(
    ['Name', 'Value'],
    entries.filter(([, value]) => value !== undefined).map(([name, value]) => [name, cellText(value)]),
  );
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function cellText(value) {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * A set as Rust prints it: `{"a", "b"}`.
 * @param {readonly string[]} names
 */
export function setText(names) {
  return `{${names.map((name) => JSON.stringify(name)).join(', ')}}`;
}
