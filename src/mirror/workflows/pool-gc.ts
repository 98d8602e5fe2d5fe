/** Implements `pommgr pool gc`: finds and removes what killed runs and removed snapshots left in a base-dir. */
import { basename } from 'node:path';
import { removeDurably } from '../../core/adapters/atomic-files.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { countLinks } from '../../core/adapters/file-tree.ts';
import {
  listPartialDownloads,
  removePartialDownload,
  type PartialDownload,
} from '../../upstream/adapters/partial-downloads.ts';
import {
  listPool,
  removePoolFiles,
  totalOf,
  unlinkedFiles,
  type FileTotal,
  type PoolFile,
} from '../adapters/pool-files.ts';
import { listReplaced } from '../adapters/set-aside.ts';
import { findRunningPom } from '../adapters/running-pom.ts';
import { listUnfinishedSnapshots, removeUnfinishedSnapshot } from '../adapters/snapshot-removal.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { withPoolLock, withStateLock } from './locks.ts';

export interface PoolGcOptions {
  configFile: string | undefined;
  dryRun: boolean;
  context: Context;
}

export interface PoolGcResult {
  outcome: 'removed' | 'planned';
  baseDir: string;
  /** Pool files that nothing links. */
  unlinked: FileTotal;
  /** Paths of unfinished snapshots. */
  unfinishedSnapshots: string[];
  /** Remains of files that were being written or fetched. */
  partial: FileTotal;
  /** Paths in the pool that do not belong there; they stay. */
  strangers: string[];
}

/** A later run may still continue a younger partial download. */
const partialAgeMs = 7 * 24 * 3600 * 1000;

interface Garbage {
  unlinked: PoolFile[];
  unfinishedSnapshots: string[];
  partial: PartialDownload[];
  temporary: { path: string; sizeBytes: number }[];
  strangers: string[];
}

/** @throws PommgrError `state.locked` while a run of pommgr or POM is at work on the base-dir. */
export async function poolGc(options: PoolGcOptions): Promise<PoolGcResult> {
  const { context, dryRun } = options;
  const config = await loadConfig(options.configFile);
  if (dryRun) return report(config, await findGarbage(config, context), 'planned');
  return await withStateLock(config, () =>
    withPoolLock(config, context, async () => {
      await requireNoPom(config);
      const garbage = await findGarbage(config, context);
      await removeGarbage(config, garbage);
      return report(config, garbage, 'removed');
    }),
  );
}

async function requireNoPom({ pom, baseDir }: Config): Promise<void> {
  const programs = ['proxmox-offline-mirror', basename(process.env['POMMGR_POM'] || pom.binary)];
  const running = await findRunningPom(baseDir, programs);
  if (running === undefined) return;
  throw new PommgrError(
    'state.locked',
    `Proxmox Offline Mirror is at work on ${baseDir} (process ${running}).`,
    {
      hints: ['Wait until it has ended, then run the same command again.'],
      details: { baseDir, process: running },
    },
  );
}

async function findGarbage({ baseDir }: Config, context: Context): Promise<Garbage> {
  const unfinishedSnapshots = await listUnfinishedSnapshots(baseDir);
  const listing = await listPool(baseDir);
  const now = context.now().getTime();
  return {
    unlinked: unlinkedFiles(listing, await countLinks(unfinishedSnapshots)),
    unfinishedSnapshots,
    partial: [...(await listPartialDownloads(baseDir)), ...(await listReplaced(baseDir))].filter(
      ({ modifiedMs }) => now - modifiedMs > partialAgeMs,
    ),
    temporary: listing.temporary,
    strangers: listing.strangers,
  };
}

async function removeGarbage({ baseDir }: Config, garbage: Garbage): Promise<void> {
  for (const path of garbage.unfinishedSnapshots) await removeUnfinishedSnapshot(path);
  await removePoolFiles(baseDir, garbage.unlinked);
  for (const { path } of garbage.temporary) await removeDurably(path);
  for (const partial of garbage.partial) await removePartialDownload(partial);
}

function report({ baseDir }: Config, garbage: Garbage, outcome: PoolGcResult['outcome']): PoolGcResult {
  return {
    outcome,
    baseDir,
    unlinked: totalOf(garbage.unlinked),
    unfinishedSnapshots: garbage.unfinishedSnapshots,
    partial: totalOf([...garbage.partial, ...garbage.temporary]),
    strangers: garbage.strangers,
  };
}
