/** The builtin engine: makes snapshot directories in POM's layout, of hard links into the pool. */
import { readPackages } from '../adapters/package-list-file.ts';
import { withLock } from '../../core/adapters/file-lock.ts';
import { openPool, type Pool } from '../adapters/pool.ts';
import { openSnapshotDirectory, type SnapshotDirectory } from '../adapters/snapshot-directory.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { Config } from '../../config/domain/config.ts';
import { sha256Hex, type FileFact } from '../../core/domain/digest.ts';
import { suiteDirectory } from '../../upstream/domain/suite-layout.ts';
import { fetchIndices } from './fetch-indices.ts';
import { fetchPackages, planFetch } from './fetch-packages.ts';
import type { Engine, EngineTools, FetchedPlan, IndexedMirror, Snapshot } from './steps.ts';

/** A snapshot of each mirror under one name; when one fails none of them is left. */
export function createBuiltinEngine(config: Pick<Config, 'baseDir' | 'mirrors'>): Engine {
  const { baseDir, mirrors } = config;
  const pool = openPool(baseDir);
  return {
    name: 'builtin',
    version: toolVersion(),
    changes: [],
    logins: mirrors,
    hold: (work) => withLock(pool.lockPath, `the pool in ${baseDir}`, work),
    async prepare() {},
    async takeSnapshots(releases, tools) {
      const indexed = await tools.takeClosure(await fetchIndices(releases, { ...tools, pool }), { pool });
      const plan = await fetchPackages(await planFetch(indexed, pool), { ...tools, pool });
      const snapshots = await makeSnapshots(plan, { ...tools, pool });
      return { snapshots, packages: plan.packages, fetched: plan.fetched, incomplete: [] };
    },
  };
}

async function makeSnapshots(plan: FetchedPlan, tools: EngineTools & { pool: Pool }): Promise<Snapshot[]> {
  const { pool, context, created: name } = tools;
  const filled: { snapshot: Snapshot; directory: SnapshotDirectory }[] = [];
  try {
    for (const mirror of plan.mirrors) {
      context.progress.step(`Making the snapshot of ${mirror.mirror.id}`);
      context.signal.throwIfAborted();
      const directory = await openSnapshotDirectory(pool.baseDir, mirror.mirror.id, name);
      const snapshot: Snapshot = { mirror, name, files: [] };
      filled.push({ snapshot, directory });
      snapshot.files = await fillSnapshot(mirror, directory, pool);
    }
  } catch (error) {
    for (const { directory } of filled) await directory.abandon();
    throw error;
  }
  for (const { directory } of filled) await directory.finish();
  return filled.map(({ snapshot }) => snapshot);
}

/** Links all files of one mirror into its snapshot; returns the signed Release and the indices, sorted. */
async function fillSnapshot(
  mirror: IndexedMirror,
  directory: SnapshotDirectory,
  pool: Pool,
): Promise<FileFact[]> {
  const files: FileFact[] = [];
  for (const { path, data } of mirror.releaseFiles) {
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
