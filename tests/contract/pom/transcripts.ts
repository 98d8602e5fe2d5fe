/** The recorded runs of the real POM that can be replayed, and the list of those that cannot. */
import { readFileSync } from 'node:fs';

export interface Transcript {
  /** Number of the run; two that ran at the same time share one and have `a` and `b` in their names. */
  n: number;
  name: string;
  /** As typed into a shell. */
  command: string;
  stdout: string;
  stderr: string;
  exitCode: number;
}

export const recordedRuns = 411;

/** Why a recorded run is not replayed. */
export const notReplayed: Record<number, string> = {
  392: 'counts system calls with strace, which a machine may forbid',
  407: 'a wizard on a terminal; the stand-in has none',
  408: 'a wizard on a terminal; the stand-in has none',
};

const lines = readFileSync(new URL('transcripts.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');

export const transcripts: readonly Transcript[] = lines.map((line) => JSON.parse(line) as Transcript);

export function transcript(n: number, nameEnd = ''): Transcript {
  const found = transcripts.find((candidate) => candidate.n === n && candidate.name.endsWith(nameEnd));
  if (found === undefined) throw new Error(`there is no transcript ${n} ${nameEnd}`);
  return found;
}
