/**
 * Stores the online side's `<stateDir>/state.json`: the highest sequence number assigned here or seen elsewhere, by
 * track.
 */
import { namedOf, namedSchema, valueOf, withValue } from '../../core/domain/named.ts';
import { join } from 'node:path';
import { z } from 'zod';
import { trackSchema } from '../../core/domain/names.ts';
import type { DocumentKind } from '../../core/domain/document.ts';
import { latestBaseline } from './baseline-files.ts';
import { withLock } from '../../core/adapters/file-lock.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';

export const stateSchema = z.strictObject({
  schema: z.literal('pommgr/state/v1'),
  /** By track. */
  highestSequence: namedSchema(trackSchema, z.int().nonnegative()),
});
type State = z.infer<typeof stateSchema>;

const stateKind: DocumentKind<State> = { noun: 'state', schema: stateSchema };

/** One more than the highest number that the state or a baseline of the track has; `pack` adds what media have. */
export async function nextSequence(stateDir: string, track: string): Promise<number> {
  return (await highestSequence(stateDir, track)) + 1;
}

/** 0 for a track that is new here. */
export async function highestSequence(stateDir: string, track: string): Promise<number> {
  const known = valueOf((await readState(stateDir)).highestSequence, track) ?? 0;
  const latest = await latestBaseline(stateDir, track);
  return Math.max(known, latest?.sequence ?? 0);
}

/** The lock is held for one read and one write. */
const lockWaitSeconds = 10;

/** Records a sequence number; one lower than the known changes nothing. */
export async function recordSequence(stateDir: string, track: string, sequence: number): Promise<void> {
  const record = async (): Promise<void> => {
    const state = await readState(stateDir);
    if (sequence <= (valueOf(state.highestSequence, track) ?? 0)) return;
    const highestSequence = withValue(state.highestSequence, track, sequence);
    await writeJsonFile(statePath(stateDir), { ...state, highestSequence });
  };
  await withLock(join(stateDir, '.state.lock'), statePath(stateDir), record, lockWaitSeconds);
}

async function readState(stateDir: string): Promise<State> {
  return (
    (await readJsonFileIfThere(statePath(stateDir), stateKind)) ?? {
      schema: 'pommgr/state/v1',
      highestSequence: namedOf([]),
    }
  );
}

function statePath(stateDir: string): string {
  return join(stateDir, 'state.json');
}
