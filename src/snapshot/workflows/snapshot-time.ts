/**
 * Chooses the name of new snapshots, and removes those whose baseline was never written.
 * Invariant: before a snapshot of the builtin engine gets its name, that name is noted in `<stateDir>/baselines/.begun`;
 * the note goes once a baseline uses the snapshots, or they are gone.
 */
import { join } from 'node:path';
import { baselinesDirectory, listBaselines } from '../../baseline/adapters/baseline-files.ts';
import type { Config } from '../../config/domain/config.ts';
import { listDirectory, removeFile, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { ifPresent, undoAndThrow } from '../../core/adapters/system-error.ts';
import { formatTime, timeSchema } from '../../core/domain/time.ts';
import { removeSnapshot, snapshotExists } from '../../mirror/adapters/snapshot-removal.ts';
import type { Engine } from '../../mirror/workflows/steps.ts';

type Place = Pick<Config, 'baseDir' | 'stateDir' | 'mirrors'>;

/** Runs `work` with the name of its snapshots; those that it leaves without a baseline are removed. */
export async function withSnapshotTime<T>(
  config: Place,
  { engine, now }: { engine: Pick<Engine, 'name'>; now: Date },
  work: (created: string) => Promise<T>,
): Promise<T> {
  const created = await freeSnapshotTime(config, now);
  // Proxmox Offline Mirror names its snapshots itself.
  if (engine.name === 'builtin') await writeFileAtomic(noteOf(config), `${created}\n`);
  let result: T;
  try {
    result = await work(created);
  } catch (error) {
    return await undoAndThrow(error, () => removeUnusedSnapshots(config));
  }
  await removeUnusedSnapshots(config);
  return result;
}

/** Removes the snapshots that the note names and no baseline uses, then the note: a killed run left both. */
export async function removeUnusedSnapshots(config: Place): Promise<void> {
  const note = noteOf(config);
  const time = timeSchema.safeParse((await ifPresent(readPlainText(note)))?.trim());
  if (time.success) {
    const used = (await listBaselines(config.stateDir)).flatMap(({ snapshots }) => snapshots);
    for (const { id: mirror } of config.mirrors) {
      const unused = { mirror, snapshot: time.data };
      if (used.some((one) => one.mirror === mirror && one.snapshot === time.data)) continue;
      if (await snapshotExists(config.baseDir, unused)) await removeSnapshot(config.baseDir, unused);
    }
  }
  await removeFile(note);
}

function noteOf({ stateDir }: Place): string {
  return join(baselinesDirectory(stateDir), '.begun');
}

/** Snapshots are named by the second: the first one from `now` on of which no mirror has a snapshot. */
async function freeSnapshotTime({ baseDir, mirrors }: Place, now: Date): Promise<string> {
  const names = await Promise.all(mirrors.map(({ id }) => listDirectory(join(baseDir, id))));
  const taken = new Set(names.flat());
  for (let timeMs = now.getTime(); ; timeMs += 1000) {
    const name = formatTime(new Date(timeMs));
    if (!taken.has(name)) return name;
  }
}
