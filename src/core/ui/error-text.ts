/** An error as a person reads it: what happened, then what to do. Stack traces only with POMMGR_DEBUG. */
import type { PommgrError } from '../domain/errors.ts';
import { printable, printableName } from '../domain/printable.ts';

/** Plain text for stderr, with a newline at its end. */
export function errorText(error: PommgrError): string {
  const [head = '', ...further] = printable(error.message).split('\n');
  const lines = [
    `Error: ${head}`,
    // What a program or a server said must not look like a line of ours.
    ...further.map((line) => `  | ${line}`),
    ...error.hints.map((hint) => `  -> ${printableName(hint)}`),
  ];
  if (process.env['POMMGR_DEBUG']) lines.push('', debugText(error));
  return `${lines.join('\n')}\n`;
}

function debugText(error: PommgrError): string {
  const cause =
    error.cause instanceof Error ? `\nCaused by: ${error.cause.stack ?? error.cause.message}` : '';
  return `${error.code}\n${error.stack ?? ''}${cause}`;
}
