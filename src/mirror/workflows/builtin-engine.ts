/** Implements the builtin engine: it makes snapshot directories in POM's layout, of hard links into the pool. */
import { readPackages } from '../adapters/package-list-file.ts';
import { withLock } from '../../core/adapters/file-lock.ts';
import { openPool, type Pool } from '../adapters/pool.ts';
import { openSnapshotDirectory, type SnapshotDirectory } from '../adapters/snapshot-directory.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { Config } from '../../config/domain/config.ts';
import { sha256Hex, type FileFact } from '../../core/domain/digest.ts';
import { suiteDirectory } from '../../config/domain/suite-layout.ts';
import { fetchIndices } from './fetch-indices.ts';
import { fetchPackages, type FetchedPlan } from './fetch-packages.ts';
import { planFetch } from './fetch-plan.ts';
import type { IndexedMirror } from './indexed-mirror.ts';
import { settlePackages, withoutLacking, type SettledMirrors } from './settle-packages.ts';
import { withPoolFetcher, type PoolFetcher } from '../adapters/pool-fetcher.ts';
import type { Engine, EngineTools } from './steps.ts';
import { finishedSnapshot, takenSnapshots, type Snapshot } from './taken-snapshots.ts';

/** Takes a snapshot of each mirror under one name; when one fails, none of them is left. */
export function createBuiltinEngine(config: Pick<Config, 'baseDir' | 'mirrors' | 'allowIncomplete'>): Engine {
  const { baseDir, mirrors, allowIncomplete: tolerant } = config;
  const pool = openPool(baseDir);
  return {
    name: 'builtin',
    version: toolVersion(),
    changes: [],
    logins: mirrors,
    hold: (work) => withLock(pool.lockPath, `the pool in ${baseDir}`, work),
    async prepare() {},
    async takeSnapshots(releases, tools) {
      const { plan, fetched } = await withPoolFetcher({ ...tools, pool }, async (files) => {
        const all = { ...tools, pool, files, tolerant };
        return await fetchClosure(await fetchIndices(releases, all), all);
      });
      const {
        mirrors: settled,
        packages,
        incomplete,
      } = tolerant ? await settlePackages(plan) : asPlanned(plan);
      if (tools.isKnown(settled, incomplete)) return undefined;
      const snapshots = await makeSnapshots(settled, { ...tools, pool });
      return takenSnapshots(releases, { snapshots, packages, fetched, incomplete });
    },
  };
}

/**
 * A closure is proven with every package in it, so it is made again without those that upstream turns out not to have.
 */
async function fetchClosure(
  indexed: readonly IndexedMirror[],
  tools: EngineTools & { pool: Pool; files: PoolFetcher; tolerant: boolean },
): Promise<{ plan: FetchedPlan; fetched: { files: number; sizeBytes: number } }> {
  const fetched = { files: 0, sizeBytes: 0 };
  for (let listed = indexed; ; ) {
    const taken = await tools.takeClosure(listed, { pool: tools.pool });
    const plan = await fetchPackages(await planFetch(taken, tools.pool), tools);
    fetched.files += plan.fetched.files;
    fetched.sizeBytes += plan.fetched.sizeBytes;
    if (taken === listed || plan.lacking.size === 0) return { plan, fetched };
    listed = await withoutLacking(listed, plan.lacking);
  }
}

function asPlanned({ plan: { mirrors, packages } }: FetchedPlan): SettledMirrors {
  return { mirrors, packages, incomplete: [] };
}

async function makeSnapshots(
  mirrors: readonly IndexedMirror[],
  tools: EngineTools & { pool: Pool },
): Promise<Snapshot[]> {
  const { pool, context, created: name } = tools;
  const directories: SnapshotDirectory[] = [];
  const snapshots: Snapshot[] = [];
  try {
    for (const mirror of mirrors) {
      context.progress.step(`Making the snapshot of ${mirror.mirror.id}`);
      context.signal.throwIfAborted();
      const directory = await openSnapshotDirectory(pool.baseDir, mirror.mirror.id, name);
      directories.push(directory);
      snapshots.push(finishedSnapshot(mirror, { name, files: await fillSnapshot(mirror, directory, pool) }));
    }
  } catch (error) {
    for (const directory of directories) await directory.abandon();
    throw error;
  }
  // A snapshot gets its name only once its files would survive a power failure.
  await pool.sync();
  for (const directory of directories) await directory.finish();
  return snapshots;
}

/** Links all files of one mirror into its snapshot; returns the signed Release and the indices, sorted. */
async function fillSnapshot(
  mirror: IndexedMirror,
  directory: SnapshotDirectory,
  pool: Pool,
): Promise<FileFact[]> {
  const files: FileFact[] = [];
  for (const { path, data } of mirror.verified.releaseFiles) {
    await pool.addData(data, directory.pathOf(path));
    files.push({ path, sizeBytes: data.length, sha256: sha256Hex(data) });
  }
  for (const { plain, form } of mirror.indices) {
    for (const fact of form === undefined || form.compression === 'plain' ? [plain] : [plain, form]) {
      const path = `${suiteDirectory(mirror.mirror.suite)}${fact.path}`;
      await pool.linkInto(fact, directory.pathOf(path));
      files.push({ path, sizeBytes: fact.sizeBytes, sha256: fact.sha256 });
    }
  }
  for await (const entry of readPackages(mirror.packages.path)) {
    await pool.linkInto(entry, directory.pathOf(entry.filename));
  }
  return files.toSorted((a, b) => compareText(a.path, b.path));
}
