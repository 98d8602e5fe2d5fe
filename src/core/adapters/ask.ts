/** Asks a program for a fact; a program that fails is an answer, too. */
import { PommgrError } from '../domain/errors.ts';
import type { Answer } from '../domain/fact.ts';
import { run, type RunOptions } from './process.ts';

export interface ProgramQuestion {
  now: () => Date;
  signal: AbortSignal;
  /** The program is killed when it takes longer. */
  timeoutMs: number;
  /** Exit codes that come with an answer. Default: 0. */
  accept?: readonly number[];
  env?: NonNullable<RunOptions['env']>;
  /** What messages call the source. Default: the command line. */
  source?: string;
}

/** Returns what a program writes to stdout. */
export async function askProgram(
  program: string,
  args: readonly string[],
  { now, signal, timeoutMs, accept = [0], env = {}, source = [program, ...args].join(' ') }: ProgramQuestion,
): Promise<Answer> {
  try {
    const { stdout } = await run(program, args, { signal, accept, timeoutMs, env });
    return { source, at: now().toISOString(), text: stdout };
  } catch (error) {
    return { source, at: now().toISOString(), failure: failureOf(error) };
  }
}

/** Returns the first line of an error's message. An interruption is no answer and is thrown again. */
export function failureOf(error: unknown): string {
  if (error instanceof PommgrError && error.code.startsWith('interrupted.')) throw error;
  if (!(error instanceof Error)) throw error;
  return error.message.split('\n')[0]?.replace(/[.:]$/, '') ?? 'it failed';
}
