/** Asks on the terminal: stdin answers, stderr shows the question. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Undefined when there is no terminal to ask on; with `isSecret` the answer is not shown. */
export async function askTerminal(
  question: string,
  { isSecret = false }: { isSecret?: boolean } = {},
): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  // Readline draws the line of the answer anew: it must know what stands before it.
  const start = question.lastIndexOf('\n') + 1;
  // Discards what readline would echo.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: isSecret ? silent : process.stderr,
    terminal: true,
  });
  // Only now: the terminal itself no longer echoes what is typed.
  process.stderr.write(isSecret ? question : question.slice(0, start));
  const stop = new AbortController();
  // Readline takes the terminal's Ctrl-C for itself.
  lines.once('SIGINT', () => {
    process.kill(process.pid, 'SIGINT');
    stop.abort();
  });
  try {
    return await lines.question(isSecret ? '' : question.slice(start), { signal: stop.signal });
  } finally {
    lines.close();
    if (isSecret) process.stderr.write('\n');
  }
}

/** Undefined when there is no terminal; anything but "y" and "yes" is a no. */
export async function askYesNo(question: string): Promise<boolean | undefined> {
  const answer = await askTerminal(`${question} [y/N] `);
  return answer === undefined ? undefined : /^y(?:es)?$/i.test(answer.trim());
}
