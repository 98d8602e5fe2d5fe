/**
 * Text of others (names on media, a server's words) in our own: it must neither steer the terminal nor look like more of
 * our lines. Invariant: what these functions return has no control character but, from `printable`, the line break.
 */

/* eslint-disable no-control-regex -- control characters are what is replaced */
/** Controls of C0 and C1 without the line break, separators of lines, and what turns the direction of text. */
const controls =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/* eslint-enable no-control-regex */
const shortEscapes = new Map([
  ['\t', '\\t'],
  ['\r', '\\r'],
  ['\n', '\\n'],
]);

/** Text that may have several lines of its own. */
export function printable(text: string): string {
  return text.replace(controls, escapeOf);
}

/** One line: a name, a path, a value. */
export function printableName(name: string): string {
  return printable(name).replaceAll('\n', escapeOf);
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return (
    shortEscapes.get(character) ?? (code < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`)
  );
}
