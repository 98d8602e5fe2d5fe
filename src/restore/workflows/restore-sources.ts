/**
 * Prepares what apt reads for a restore: only the sources of one stored baseline, with newly fetched lists. Invariant:
 * a source without a good signature of upstream is trusted only where its key has expired since, the operator permits
 * it, and every index is what the bundle's own signature covers.
 */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { dirname, join, relative } from 'node:path';
import { fetchLists } from '../../apt/adapters/apt-lists.ts';
import type { AptFiles } from '../../apt/adapters/apt.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { makeDirectory, symlinkAtomic } from '../../core/adapters/atomic-files.ts';
import { baselineFileName, keyringPath, packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { fetchedDirectory, writeRestoreFiles } from '../../store/adapters/restore-files.ts';
import type { Store } from '../../store/adapters/store.ts';
import { readHostTrust } from '../../trust/adapters/trusted-keys.ts';
import { trustSources } from '../../apt/domain/apt-sources.ts';
import { travellingFiles } from '../../medium/domain/bundle-objects.ts';
import type { Candidate } from '../../mirror/domain/candidates.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { releaseDigests } from '../../store/domain/store-address.ts';
import type { Decision } from '../../store/domain/store-state.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import type { Target } from '../../apt/domain/target.ts';
import { listSettings } from '../../host/workflows/apt-configuration.ts';
import { prepareSources } from '../../host/workflows/prepare-sources.ts';
import { readSignedSource } from '../../medium/adapters/signed-bundle.ts';
import { storedSource } from '../../store/adapters/stored-root.ts';

export interface RestoreSources {
  files: Required<Pick<AptFiles, 'sources' | 'preferences' | 'lists'>>;
  candidates: Candidate[];
  decisions: Decision[];
}

/** @throws PommgrError `tool.apt`; `trust.expired-upstream` where only --trust-expired-upstream would help. */
export async function fetchRestoreSources(
  stored: StoredBaseline,
  options: {
    store: Store;
    aptRoot: AptRoot;
    target: Target;
    trustExpiredUpstream: boolean;
    context: Context;
  },
): Promise<RestoreSources> {
  const { store, aptRoot, target, context } = options;
  const place = stored.remote === null ? undefined : fetchedDirectory(store);
  const { texts, candidates } = await prepareSources(stored, {
    ...{ target, aptRoot, pins: null },
    ...(place === undefined ? {} : { place }),
  });
  const files = await writeFiles(stored, { store, texts });
  const releases = releaseDigests(stored.baseline);
  const lists = { ...files, settings: listSettings(stored.baseline) };
  try {
    await fetchLists(aptRoot, lists, releases);
    return { files, candidates, decisions: [] };
  } catch (error) {
    if (!isExpiredKey(error)) throw error;
    if (!options.trustExpiredUpstream) throw expiredUpstream(stored, error);
  }
  await checkSignedFiles(stored, aptRoot.root);
  await writeFiles(stored, { store, texts: { ...texts, sources: trustSources(texts.sources) } });
  await fetchLists(aptRoot, lists, releases);
  context.progress.warn(
    `Upstream's key has expired. ${stored.baseline.name} is trusted for its own signature, which is good.`,
  );
  return { files, candidates, decisions: ['trust-expired-upstream'] };
}

/**
 * Writes the files for a baseline whose packages are in another store. apt finds here the indices, and what was fetched
 * for the plan.
 */
async function writeFiles(
  { remote, directory, baseline }: StoredBaseline,
  { store, texts }: { store: Store; texts: { sources: string; preferences: string } },
): Promise<Required<Pick<AptFiles, 'sources' | 'preferences' | 'lists'>>> {
  const files = await writeRestoreFiles(store, texts);
  if (remote === null) return files;
  for (const record of baseline.snapshots) {
    for (const { path } of travellingFiles(record)) {
      const link = join(fetchedDirectory(store), record.mirror, path);
      await makeDirectory(dirname(link));
      await symlinkAtomic(relative(dirname(link), join(directory, record.mirror, path)), link);
    }
  }
  return files;
}

/** Judged by apt's own message, which quotes gpgv's status lines: expired, and no worse problem besides. */
function isExpiredKey(error: unknown): boolean {
  if (!(error instanceof PommgrError) || error.code !== 'tool.apt') return false;
  return /\bEXPKEYSIG\b/.test(error.message) && !/\b(BADSIG|ERRSIG|REVKEYSIG)\b/.test(error.message);
}

function expiredUpstream({ baseline }: StoredBaseline, cause: unknown): PommgrError {
  return new PommgrError(
    'trust.expired-upstream',
    `apt does not take the lists of ${baseline.name}: the key of upstream that signed them has expired since.`,
    {
      hints: [
        "If this host's clock is right, run the same command again with --trust-expired-upstream. The bundle's own signature, checked once more, then stands in for upstream's.",
      ],
      cause,
    },
  );
}

/**
 * Checks from the manifest down to each index; package files are checked when a plan needs them.
 * @throws PommgrError `trust.*` or `integrity.digest`.
 */
async function checkSignedFiles({ directory, baseline }: StoredBaseline, root: string): Promise<void> {
  const at = (path: string): string => join(directory, path);
  const source = await storedSource(directory);
  const { bundle } = await readSignedSource(source, await readHostTrust(root));
  const hashers = openHasherPool(2);
  const check = async (path: string, expected: string): Promise<void> => {
    const { sha256 } = await hashFile(at(path), hashers);
    if (sha256 === expected) return;
    throw digestMismatch(at(path), {
      ...{ expected, found: sha256 },
      hints: ['Import the baseline into a new store.'],
    });
  };
  try {
    await check(baselineFileName, bundle.baseline.file.sha256);
    await check(packagesFileName, bundle.packages.sha256);
    for (const record of baseline.snapshots) {
      await check(keyringPath(record.mirror), record.keyring.sha256);
      for (const { path, sha256 } of travellingFiles(record)) await check(`${record.mirror}/${path}`, sha256);
    }
  } finally {
    await hashers.close();
  }
}
