/** The online side's `<stateDir>/state.json`: the highest sequence number given out for each track. */
import { join } from 'node:path';
import { z } from 'zod';
import { trackSchema } from '../domain/baseline.ts';
import type { DocumentKind } from '../domain/document.ts';
import { latestBaseline } from './baseline-files.ts';
import { readJsonFileIfThere, writeJsonFile } from './json-file.ts';

export const stateSchema = z.strictObject({
  schema: z.literal('pommgr/state/v1'),
  /** By track. */
  highestSequence: z.record(trackSchema, z.int().nonnegative()),
});
type State = z.infer<typeof stateSchema>;

const stateKind: DocumentKind<State> = { noun: 'state', schema: stateSchema };

/** One more than the highest number that the state or a baseline of the track has. */
export async function nextSequence(stateDir: string, track: string): Promise<number> {
  const known = (await readState(stateDir)).highestSequence[track] ?? 0;
  const latest = await latestBaseline(stateDir, track);
  return Math.max(known, latest?.sequence ?? 0) + 1;
}

/** Remembers a sequence number; a lower one than the known changes nothing. */
export async function recordSequence(stateDir: string, track: string, sequence: number): Promise<void> {
  const state = await readState(stateDir);
  const highest = Math.max(sequence, state.highestSequence[track] ?? 0);
  await writeJsonFile(statePath(stateDir), {
    ...state,
    highestSequence: { ...state.highestSequence, [track]: highest },
  });
}

async function readState(stateDir: string): Promise<State> {
  return (
    (await readJsonFileIfThere(statePath(stateDir), stateKind)) ?? {
      schema: 'pommgr/state/v1',
      highestSequence: {},
    }
  );
}

function statePath(stateDir: string): string {
  return join(stateDir, 'state.json');
}
