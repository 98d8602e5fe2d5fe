/** An error as a person reads it: what happened, then what to do. Stack traces only with POMMGR_DEBUG. */
import type { PommgrError } from '../domain/errors.ts';
import { printable, printableName } from '../domain/printable.ts';
import { fitText } from '../domain/text-width.ts';
import { terminalColumns } from './terminal-columns.ts';

/** Plain text for stderr, with a newline at its end. `words` is what own-command.ts gives. */
export function errorText(error: PommgrError, words: (text: string) => string = (text) => text): string {
  const [head = '', ...further] = words(printable(error.message)).split('\n');
  const lines = [
    `Error: ${head}`,
    // What a program or a server said must not look like a line of ours.
    ...further.map((line) => `  | ${line}`),
    ...error.hints.map((hint) => `  -> ${words(printableName(hint))}`),
  ];
  const shown = fitText(lines.join('\n'), terminalColumns(process.stderr));
  return `${[shown, ...(process.env['POMMGR_DEBUG'] ? ['', debugText(error)] : [])].join('\n')}\n`;
}

function debugText(error: PommgrError): string {
  const cause =
    error.cause instanceof Error ? `\nCaused by: ${error.cause.stack ?? error.cause.message}` : '';
  return `${error.code}\n${error.stack ?? ''}${cause}`;
}
