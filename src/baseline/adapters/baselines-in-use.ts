/**
 * Stores the online side's `<stateDir>/in-use.json`: which baselines hosts and media still build on, as far as was seen
 * here. Retention keeps them. Invariant: only receipts that a trusted host signed are recorded.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { withLock } from '../../core/adapters/file-lock.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';
import { sha256Schema } from '../../core/domain/digest.ts';
import type { DocumentKind } from '../../core/domain/document.ts';
import { namedOf, namedSchema, valueOf, withValue } from '../../core/domain/named.ts';
import { baselineNameSchema, trackSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';

export const inUseSchema = z.strictObject({
  schema: z.literal('pommgr/in-use/v1'),
  /** By fingerprint of the host's key; of its newest receipt. */
  hosts: namedSchema(
    sha256Schema,
    z.strictObject({ name: z.string().max(255), applied: baselineNameSchema.nullable(), time: timeSchema }),
  ),
  /** By track: what the delta that was packed last builds on. */
  deltas: namedSchema(trackSchema, z.strictObject({ bundle: z.string().max(255), base: baselineNameSchema })),
});
export type InUse = z.infer<typeof inUseSchema>;

/** The last report of a host. */
interface HostInUse {
  name: string;
  applied: string | null;
  time: string;
}

const inUseKind: DocumentKind<InUse> = { noun: 'in-use', schema: inUseSchema };

export async function readInUse(stateDir: string): Promise<InUse> {
  return (
    (await readJsonFileIfThere(pathIn(stateDir), inUseKind)) ?? {
      schema: 'pommgr/in-use/v1',
      hosts: namedOf([]),
      deltas: namedOf([]),
    }
  );
}

/** Records what a host's receipt says that it has applied; a receipt older than the known one changes nothing. */
export async function recordHost(stateDir: string, id: string, host: HostInUse): Promise<void> {
  await change(stateDir, (inUse) => {
    const known = valueOf(inUse.hosts, id);
    if (known !== undefined && known.time >= host.time) return inUse;
    return { ...inUse, hosts: withValue(inUse.hosts, id, host) };
  });
}

export async function recordDelta(
  stateDir: string,
  track: string,
  delta: { bundle: string; base: string },
): Promise<void> {
  await change(stateDir, (inUse) => ({ ...inUse, deltas: withValue(inUse.deltas, track, delta) }));
}

/** The lock is held for one read and one write. */
const lockWaitSeconds = 10;

async function change(stateDir: string, edit: (inUse: InUse) => InUse): Promise<void> {
  const write = async (): Promise<void> => {
    const before = await readInUse(stateDir);
    const after = edit(before);
    if (after !== before) await writeJsonFile(pathIn(stateDir), after);
  };
  await withLock(join(stateDir, '.state.lock'), pathIn(stateDir), write, lockWaitSeconds);
}

function pathIn(stateDir: string): string {
  return join(stateDir, 'in-use.json');
}
