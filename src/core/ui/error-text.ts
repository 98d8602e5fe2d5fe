/** An error as a person reads it: what happened, then what to do. Stack traces only with POMMGR_DEBUG. */
import type { PommgrError } from '../domain/errors.ts';

/** Plain text for stderr, with a newline at its end. */
export function errorText(error: PommgrError): string {
  const lines = [
    `Error: ${printable(error.message)}`,
    ...error.hints.map((hint) => `  -> ${printable(hint)}`),
  ];
  if (process.env['POMMGR_DEBUG']) lines.push('', debugText(error));
  return `${lines.join('\n')}\n`;
}

/** Text from outside (file names, a server's words) must not steer the terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is replaced
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?');
}

/** A name on a medium, in one line: it must not look like more of our text. */
export function printableName(name: string): string {
  return printable(name).replace(/[\n\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?');
}

function debugText(error: PommgrError): string {
  const cause =
    error.cause instanceof Error ? `\nCaused by: ${error.cause.stack ?? error.cause.message}` : '';
  return `${error.code}\n${error.stack ?? ''}${cause}`;
}
