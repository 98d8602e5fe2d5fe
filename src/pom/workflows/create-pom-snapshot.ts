/** Makes one snapshot with POM, and works around its defects: a directory that its gc removed, leftovers, the lock. */
import { join } from 'node:path';
import { listDirectory, makeDirectory, pathExists } from '../../core/adapters/atomic-files.ts';
import { lockFile } from '../../core/adapters/file-lock.ts';
import { openPool, type Pool } from '../../mirror/adapters/pool.ts';
import type { Pom } from '../adapters/pom.ts';
import { lockPool } from '../../mirror/adapters/shared-pool.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';

export interface CreatedSnapshot {
  mirror: string;
  name: string;
  /** Whether nobody else made one of this mirror meanwhile. */
  isOurs: boolean;
  /** What POM wrote to stderr, without secrets. */
  said: string;
}

/** How often a run is repeated that loses its directory to POM's gc. */
const attempts = 5;

/** @throws PommgrError `state.locked`, `tool.*`, `interrupted.signal`. */
export async function createPomSnapshot(
  mirror: string,
  config: Config,
  { pom, context }: { pom: Pom; context: Context },
): Promise<CreatedSnapshot> {
  await reportLeftovers(mirror, { baseDir: config.baseDir, context });
  for (let attempt = 1; ; attempt++) {
    await mendUnderLock(mirror, config, context);
    try {
      return await createOne(mirror, config, { pom, context });
    } catch (error) {
      // A gc that waited for the lock, too, gets it before POM does.
      if (attempt === attempts || (await pathExists(join(config.baseDir, mirror)))) throw error;
    }
  }
}

async function createOne(
  mirror: string,
  config: Config,
  { pom, context }: { pom: Pom; context: Context },
): Promise<CreatedSnapshot> {
  const pool = openPool(config.baseDir);
  const before = await pom.listSnapshots(mirror);
  await awaitNextSecond(before.at(-1));
  const said = await create(mirror, config, { pom, context, pool });
  const made = (await pom.listSnapshots(mirror)).filter((name) => !before.includes(name));
  const name = made.at(-1);
  if (name !== undefined) return { mirror, name, isOurs: made.length === 1, said };
  throw new PommgrError(
    'tool.no-snapshot',
    `Proxmox Offline Mirror ended well, but mirror ${mirror} has no new snapshot.`,
    { hints: ['Run the same command again.'], details: { mirror } },
  );
}

/**
 * POM's gc, which holds the lock, removes the directory of a mirror without snapshots, and then every command on it
 * fails.
 */
async function mendUnderLock(mirror: string, { baseDir, pom }: Config, context: Context): Promise<void> {
  const pool = openPool(baseDir);
  await makeDirectory(join(baseDir, '.pool'));
  const lock = await lockPool(pool, { waitSeconds: pom.lockWaitSeconds, context });
  try {
    for (const path of ['.pool/sha256', '.pool/sha512', mirror]) await makeDirectory(join(baseDir, path));
  } finally {
    await lock.release();
  }
}

/** POM names snapshots by the second, and fails at the end when one of that name exists. */
async function awaitNextSecond(latest: string | undefined): Promise<void> {
  const ageMs = latest === undefined ? Infinity : Date.now() - Date.parse(latest);
  if (ageMs < 0 || ageMs >= 1000) return;
  await new Promise((resolve) => setTimeout(resolve, 1000 - ageMs));
}

async function reportLeftovers(
  mirror: string,
  { baseDir, context }: { baseDir: string; context: Context },
): Promise<void> {
  for (const name of await listDirectory(join(baseDir, mirror))) {
    if (!name.endsWith('.tmp')) continue;
    context.progress.warn(
      `An interrupted run left ${snapshotPath(baseDir, mirror, name)}; "pommgr pool gc" removes it when nothing runs.`,
    );
  }
}

async function create(
  mirror: string,
  config: Config,
  { pom, context, pool }: { pom: Pom; context: Context; pool: Pool },
): Promise<string> {
  let fetched = 0;
  const text = `Proxmox Offline Mirror makes the snapshot of ${mirror}`;
  context.progress.step(text);
  try {
    return await pom.createSnapshot(mirror, {
      stallMs: config.pom.stallMinutes * 60_000,
      signal: context.signal,
      onFetch() {
        fetched += 1;
        if (fetched % 100 === 0) context.progress.step(`${text}: ${fetched} files fetched`);
      },
    });
  } catch (error) {
    throw await lockedError(error, pool);
  }
}

/** POM reports only in words that it did not get the lock; whether somebody holds it can be tested. */
async function lockedError(error: unknown, pool: Pool): Promise<unknown> {
  if (!(error instanceof PommgrError) || error.code !== 'tool.failed') return error;
  try {
    const lock = await lockFile(pool.lockPath, `the pool in ${pool.baseDir}`);
    await lock.release();
    return error;
  } catch (locked) {
    if (!(locked instanceof PommgrError) || locked.code !== 'state.locked') throw locked;
    return new PommgrError('state.locked', `${locked.message}\n${error.message}`, {
      hints: locked.hints,
      details: { ...locked.details, ...error.details },
      cause: error,
    });
  }
}
