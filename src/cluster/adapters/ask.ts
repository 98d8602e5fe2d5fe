/** Queries the cluster's own tools; every answer carries its time, and a failing tool is an answer, too. */
import { setMaxListeners } from 'node:events';
import { askProgram as ask, failureOf } from '../../core/adapters/ask.ts';
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import type { Answer } from '../../core/domain/fact.ts';

export interface Asking {
  /** Where pmxcfs is mounted. */
  clusterFiles: string;
  now: () => Date;
  signal: AbortSignal;
}

/** An answer that takes longer is discarded: it would be too old. */
const longestMs = 20_000;

/** Returns what a program writes to stdout. `accept`: exit codes that come with an answer. */
export function askProgram(
  program: string,
  args: readonly string[],
  { now, signal, accept = [0] }: Asking & { accept?: readonly number[] },
): Promise<Answer> {
  // Every running program listens to the same signal.
  setMaxListeners(0, signal);
  return ask(program, args, { now, signal, accept, timeoutMs: longestMs });
}

/** Runs `pvesh get`; a node's own answers come through the API of that node. */
export function askApi(path: string, asking: Asking, parameters: readonly string[] = []): Promise<Answer> {
  return askProgram('pvesh', ['get', path, ...parameters, '--output-format', 'json'], asking);
}

/** Reads a file; `absent` replaces the text of a missing file. */
export async function askFile(path: string, { now }: Asking, absent?: string): Promise<Answer> {
  const at = now().toISOString();
  try {
    return { source: path, at, text: await readPlainText(path) };
  } catch (error) {
    if (absent !== undefined && systemErrorCode(error) === 'ENOENT')
      return { source: path, at, text: absent };
    return { source: path, at, failure: failureOf(error) };
  }
}

/** Waits for answers that were asked for at once. */
export async function inParallel<Names extends string>(
  asked: Record<Names, Promise<Answer>>,
): Promise<Record<Names, Answer>> {
  const entries = Object.entries<Promise<Answer>>(asked);
  const answers = await Promise.all(entries.map(async ([name, answer]) => [name, await answer] as const));
  return Object.fromEntries(answers) as Record<Names, Answer>;
}
