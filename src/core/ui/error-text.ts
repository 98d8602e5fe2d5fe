/** Formats an error for people: what happened, then what to do. Stack traces appear only with POMMGR_DEBUG. */
import type { PommgrError } from '../domain/errors.ts';
import { printable, printableName } from '../domain/printable.ts';
import { fitText } from '../domain/text-width.ts';
import { terminalColumns } from './terminal-columns.ts';

/** Returns plain text for stderr, with a newline at its end. `words` comes from own-command.ts. */
export function errorText(error: PommgrError, words: (text: string) => string = (text) => text): string {
  const [head = '', ...further] = words(printable(error.message)).split('\n');
  const lines = [
    `Error: ${head}`,
    // A message of a program or a server must not look like one of our lines.
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
