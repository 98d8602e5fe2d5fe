/**
 * Escapes foreign text (names on media, a server's messages) in our output: it must neither control the terminal nor
 * look like our own lines. Invariant: the result contains no control character except, from `printable`, the line
 * break.
 */

/* eslint-disable no-control-regex -- control characters are what is replaced */
/** C0 and C1 controls without the line break, line separators, and characters that change the text direction. */
const controls =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/* eslint-enable no-control-regex */
const shortEscapes = new Map([
  ['\t', '\\t'],
  ['\r', '\\r'],
  ['\n', '\\n'],
]);

/** Escapes text that may have several lines. */
export function printable(text: string): string {
  return text.replace(controls, escapeOf);
}

/** Returns whether it is one line of text, not empty, that needs no escape and neither begins nor ends with a blank. */
export function isPrintableLine(text: string): boolean {
  return text !== '' && text === text.trim() && printableName(text) === text && !/\p{Cs}/u.test(text);
}

/** Escapes a single line: a name, a path, a value. */
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
