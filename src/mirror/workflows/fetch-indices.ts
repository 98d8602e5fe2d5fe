/**
 * Step 2 of `snapshot`: fetches the indices that a verified Release names and lists the packages that the
 * mirror's filters take. One mirror's packages are in memory at a time.
 */
import { join } from 'node:path';
import type { Downloader } from '../../upstream/adapters/download.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { unpackIndex } from '../adapters/index-files.ts';
import { writeSelectedPackages } from '../adapters/package-list-file.ts';
import type { Pool } from '../adapters/pool.ts';
import type { FileFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import {
  indexUriPaths,
  planIndices,
  planOfferedIndices,
  type PlannedIndex,
} from '../../upstream/domain/index-plan.ts';
import {
  checkIncludes,
  createPackageSelection,
  type PackageSelection,
} from '../../upstream/domain/package-selection.ts';
import { createPackagesScanner } from '../../upstream/domain/packages-index.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { ReleaseEntry } from '../../upstream/domain/release-file.ts';
import { createSourcesScanner } from '../../upstream/domain/sources-index.ts';
import { isUpstreamFault } from '../../upstream/domain/upstream-fault.ts';
import type { IndexedMirror } from './steps.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';

export interface IndexTools {
  downloader: Downloader;
  hashers: HasherPool;
  /** Where the indices go. */
  pool: Pool;
  /** Directory for the parts of packages.jsonl. */
  workDirectory: string;
  context: Context;
  /** Passes over what a mirror asks for and upstream lacks, for the engine to find. */
  tolerant?: boolean;
}

/** @throws PommgrError `network.*`, `integrity.*` for an index that is not what Release says, `config.*`. */
export async function fetchIndices(
  releases: readonly VerifiedRelease[],
  tools: IndexTools,
): Promise<IndexedMirror[]> {
  const indexed: Awaited<ReturnType<typeof indexMirror>>[] = [];
  for (const release of releases) indexed.push(await indexMirror(release, tools));
  checkIncludes(indexed);
  return indexed;
}

async function indexMirror(
  verified: VerifiedRelease,
  tools: IndexTools,
): Promise<IndexedMirror & { includesFound: string[] }> {
  const { mirror, release } = verified;
  tools.context.progress.step(`Reading the indices of ${mirror.id}`);
  const planned =
    tools.tolerant === true ? planOfferedIndices(mirror, release).planned : planIndices(mirror, release);
  const lacking = new Set<PlannedIndex>();
  await tools.downloader.fetchAll(planned, async (index, signal) => {
    try {
      await fetchIndex(verified, index.fetched, { ...tools, signal });
    } catch (error) {
      if (tools.tolerant !== true || !isUpstreamFault(error)) throw error;
      lacking.add(index);
    }
  });
  const selection = createPackageSelection(mirror);
  const indices: IndexedMirror['indices'] = [];
  for (const index of planned.filter((one) => !lacking.has(one))) {
    indices.push({ planned: index, plain: await readIndex(index, { verified, selection, tools }) });
  }
  const { entries, includesFound } = selection.finish();
  const path = join(tools.workDirectory, `${mirror.id}.jsonl`);
  return {
    ...verified,
    indices,
    includesFound,
    packages: { path, ...(await writeSelectedPackages(path, entries)) },
  };
}

/** By hash where upstream offers it: then an update of the repository in between does no harm. */
export async function fetchIndex(
  verified: VerifiedRelease,
  file: FileFact & ReleaseEntry,
  tools: { pool: Pool; downloader: Downloader; signal: AbortSignal },
): Promise<void> {
  const { mirror, release } = verified;
  const { pool, downloader, signal } = tools;
  if (await pool.has(file)) return;
  const path = await pool.partialPath(file.sha256);
  const { sizeBytes, sha256 } = file;
  const uris = indexUriPaths(mirror, file, release.acquireByHash).map((part) => `${mirror.uri}/${part}`);
  for (const [number, uri] of uris.entries()) {
    try {
      await downloader.fetchFile({ uri, path, sizeBytes, sha256 }, { signal });
      break;
    } catch (error) {
      const isLast = number === uris.length - 1;
      if (isLast || !(error instanceof PommgrError) || error.code !== 'network.missing') throw error;
    }
  }
  await pool.addFile(path, file);
}

/** Unpacks an index and lists its packages; they count only once the index has proven right. */
async function readIndex(
  index: PlannedIndex,
  about: { verified: VerifiedRelease; selection: PackageSelection; tools: IndexTools },
): Promise<FileFact> {
  const { verified, selection, tools } = about;
  return listIndex(index, { mirror: verified.mirror.id, selection }, (onChunk) =>
    unpackIndex(index, { ...tools, where: `Mirror ${verified.mirror.id}` }, onChunk),
  );
}

/** Adds to the selection what an index lists, while `read` hands out its plain bytes. */
export async function listIndex(
  index: PlannedIndex,
  about: { mirror: string; selection: PackageSelection },
  read: (onChunk: (chunk: Buffer) => void) => Promise<FileFact>,
): Promise<FileFact> {
  if (index.kind === 'translation') return read(() => {});
  const { mirror, selection } = about;
  const source = { mirror, component: index.component, index: index.path };
  const scanner = index.kind === 'packages' ? createPackagesScanner(source) : createSourcesScanner(source);
  const plain = await read((chunk) => selection.add(scanner.push(chunk)));
  selection.add(scanner.end());
  return plain;
}
