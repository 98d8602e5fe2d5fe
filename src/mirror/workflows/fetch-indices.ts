/**
 * Step 2 of `snapshot`: fetches the indices that a verified Release names and lists the packages that the mirror's
 * filters accept. Only one mirror's packages are in memory at a time.
 */
import { join } from 'node:path';
import type { Downloader } from '../../upstream/adapters/download.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { unpackIndex } from '../adapters/index-files.ts';
import { writeSelectedPackages } from '../adapters/package-list-file.ts';
import type { PoolFetcher } from '../adapters/pool-fetcher.ts';
import type { Pool } from '../adapters/pool.ts';
import { findTwiceListed } from '../domain/package-faults.ts';
import type { FileFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import {
  indexUriPaths,
  planIndices,
  type IndexForm,
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
import { isRefusal, isUpstreamFault } from '../../upstream/domain/upstream-fault.ts';
import { encodePath } from '../../upstream/domain/uri-path.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';
import { indexedMirror, type IndexedMirror, type IndexFound } from './indexed-mirror.ts';

export interface IndexTools {
  downloader: Downloader;
  hashers: HasherPool;
  /** Pool for the indices. */
  pool: Pool;
  files: PoolFetcher;
  /** Directory for the parts of packages.jsonl. */
  workDirectory: string;
  context: Context;
  /** Skips what a mirror asks for and upstream lacks, and leaves that to the engine. */
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
  return indexed.map((one) => one.indexed);
}

async function indexMirror(
  verified: VerifiedRelease,
  tools: IndexTools,
): Promise<{ indexed: IndexedMirror; mirror: Mirror; includesFound: string[] }> {
  const { mirror, release } = verified;
  const { planned, warnings } = planIndices(mirror, release);
  for (const warning of warnings) tools.context.progress.warn(warning);
  const meter = tools.context.progress.meter(`Reading the indices of ${mirror.id}`, totalOf(planned));
  const fetched = new Map<PlannedIndex, IndexForm>();
  const lacking = new Set<PlannedIndex>();
  await tools.downloader.fetchAll(planned, async (index, signal) => {
    try {
      let counted = 0;
      const onBytes = (bytes: number): void => {
        counted += bytes;
        meter.add(bytes);
      };
      const form = await fetchSomeForm(verified, index.forms, { ...tools, signal, onBytes });
      if (form !== undefined) fetched.set(index, form);
      // Bytes that the pool already had are read, too.
      meter.add(Math.max(0, (form?.sizeBytes ?? 0) - counted), 1);
    } catch (error) {
      if (!mayLack(index, error, tools)) throw error;
      lacking.add(index);
    }
  });
  const selection = createPackageSelection(mirror);
  const indices: IndexFound[] = [];
  for (const index of planned.filter((one) => !lacking.has(one))) {
    const form = fetched.get(index);
    indices.push(await readIndex(index, { form, verified, selection, tools }));
  }
  const { entries, includesFound, omitted, hostRefusals } = selection.finish();
  warnOfOmitted(mirror.id, omitted, tools.context);
  const path = join(tools.workDirectory, `${mirror.id}.jsonl`);
  const packages = { path, omitted: omitted.length, ...(await writeSelectedPackages(path, entries)) };
  const parts = { indices, packages, lacking: [...lacking], hostRefusals };
  return {
    mirror,
    indexed: indexedMirror(verified, { ...parts, twiceListed: findTwiceListed(entries) }),
    includesFound,
  };
}

/**
 * Hosts can do without a translation that the server does not have; without another index only where the config allows
 * it.
 */
function mayLack(index: PlannedIndex, error: unknown, { tolerant, context }: IndexTools): boolean {
  if (!isUpstreamFault(error)) return false;
  if (index.kind !== 'translation' || error.code.startsWith('integrity.')) return tolerant === true;
  context.progress.warn(`${error.message} Hosts get no translated descriptions of this component.`);
  return true;
}

const namedPackages = 5;

/** Warns that they are missing from the baseline, and that hosts do not see them. */
function warnOfOmitted(mirror: string, omitted: readonly string[], context: Context): void {
  if (omitted.length === 0) return;
  const named = omitted.slice(0, namedPackages).map((why) => `\n  ${why}`);
  const more = omitted.length - named.length;
  context.progress.warn(
    `Mirror ${mirror}: ${omitted.length === 1 ? '1 package is' : `${omitted.length} packages are`} left out, for they cannot be in a baseline:${named.join('')}${more === 0 ? '' : `\n  and ${more} more`}`,
  );
}

/** Returns the total of the forms that are tried first. */
function totalOf(planned: readonly PlannedIndex[]): { files: number; sizeBytes: number } {
  const sizeBytes = planned.reduce((sum, { forms }) => sum + (forms[0]?.sizeBytes ?? 0), 0);
  return { files: planned.length, sizeBytes };
}

/** Fetches by hash where upstream offers it: then an update of the repository in between does no harm. */
export async function fetchIndex(
  verified: VerifiedRelease,
  file: FileFact & ReleaseEntry,
  { files, ...how }: { files: PoolFetcher; signal: AbortSignal; onBytes?: (bytes: number) => void },
): Promise<void> {
  const uris = indexUris(verified, file);
  // A file in the pool may have been damaged since it was fetched; an index is small enough to be read again.
  if (!(await files.obtain(file, uris, how))) await files.renewIfDamaged(file, uris);
}

function indexUris({ mirror, release }: VerifiedRelease, file: FileFact & ReleaseEntry): string[] {
  return indexUriPaths(mirror, file, release.acquireByHash).map(
    (path) => `${mirror.uri}/${encodePath(path)}`,
  );
}

/** Tries the next form where the server does not have one, as apt does; returns nothing for an empty index. */
async function fetchSomeForm(
  verified: VerifiedRelease,
  forms: readonly IndexForm[],
  tools: { files: PoolFetcher; signal: AbortSignal; onBytes?: (bytes: number) => void },
): Promise<IndexForm | undefined> {
  for (const [number, form] of forms.entries()) {
    try {
      const { files, signal, onBytes } = tools;
      await fetchIndex(verified, form, { files, signal, ...(onBytes === undefined ? {} : { onBytes }) });
      return form;
    } catch (error) {
      const isLast = number === forms.length - 1;
      if (isLast || !isRefusal(error) || error.code.startsWith('integrity.')) throw error;
    }
  }
  return undefined;
}

/**
 * Unpacks an index and lists its packages; they are valid only once the whole index matched. If a form cannot be
 * unpacked, the next one is tried, as apt does.
 */
async function readIndex(
  index: PlannedIndex,
  about: {
    form: IndexForm | undefined;
    verified: VerifiedRelease;
    selection: PackageSelection;
    tools: IndexTools;
  },
): Promise<IndexFound> {
  const { form, verified, selection, tools } = about;
  const where = `Mirror ${verified.mirror.id}`;
  try {
    const plain = await listIndex(index, { mirror: verified.mirror.id, selection }, (onChunk) =>
      unpackIndex(index, { ...tools, form, where }, onChunk),
    );
    return { planned: index, plain, form };
  } catch (error) {
    if (!(error instanceof PommgrError) || !error.code.startsWith('integrity.')) throw error;
    if (await tools.files.setAsideIfDamaged(index.plain)) return readIndex(index, about);
    const others = form === undefined ? [] : index.forms.slice(index.forms.indexOf(form) + 1);
    if (others.length === 0 || error.code !== 'integrity.compression') throw error;
    const { signal } = tools.context;
    const next = await fetchSomeForm(verified, others, { ...tools, signal });
    return readIndex(index, { ...about, form: next });
  }
}

/** Adds the contents of an index to the selection, while `read` yields its plain bytes. */
export async function listIndex(
  index: PlannedIndex,
  about: { mirror: string; selection: PackageSelection },
  read: (onChunk: (chunk: Buffer) => void) => Promise<FileFact>,
): Promise<FileFact> {
  if (index.kind === 'translation') return read(() => {});
  const { mirror, selection } = about;
  const source = { mirror, component: index.component, index: index.plain.path };
  const scanner = index.kind === 'packages' ? createPackagesScanner(source) : createSourcesScanner(source);
  const listed = selection.openIndex();
  const plain = await read((chunk) => listed.add(scanner.push(chunk)));
  listed.add(scanner.end());
  listed.finish();
  return plain;
}
