/** Renders values as lines of YAML that read back as exactly these values. */

/** Returns the lines of one item of a list of maps. */
export function asListItem(lines: string[]): string[] {
  return lines.map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`);
}

/** A list in one line. */
export function list(values: readonly string[]): string {
  return `[${values.map(scalar).join(', ')}]`;
}

/** Plain where YAML reads plain text back as the same text, else in double quotes as JSON has them. */
export function scalar(text: string): string {
  const plain = /^(?:\.{0,2}\/|[A-Za-z_])(?:[A-Za-z0-9_./+~-]|:\/\/)*$/.test(text);
  return plain && !/^(?:true|false|null)$/i.test(text) ? text : JSON.stringify(text);
}
