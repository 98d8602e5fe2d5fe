/**
 * Implements `pommgr pool verify`: reads every pool file again, compares it with each of its names, and sets damaged
 * files aside.
 */
import { ifPresent } from '../../core/adapters/system-error.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { openHasherPool, type HasherPool } from '../../core/adapters/hashing.ts';
import { hashFileAll } from '../../core/adapters/file-hashing.ts';
import { listPool, totalOf, type PoolAlgorithm, type PoolFile } from '../adapters/pool-files.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { Context, Meter } from '../../core/domain/progress.ts';
import { setAsideDamaged } from './set-aside-damaged.ts';

export interface BrokenPoolFile {
  path: string;
  algorithm: PoolAlgorithm;
  /** The digest in its name. */
  expected: string;
  found: string;
}

export interface PoolVerification {
  baseDir: string;
  files: number;
  sizeBytes: number;
  /** Sorted by path. Empty if every file matches its name. */
  broken: BrokenPoolFile[];
  /** Paths in the pool that do not belong there; they are not read. */
  strangers: string[];
}

const threads = 2;

/** Reads each byte once, whatever the number of names. */
export async function poolVerify(
  configFile: string | undefined,
  context: Context,
): Promise<PoolVerification> {
  const config = await loadConfig(configFile);
  const { baseDir } = config;
  const listing = await listPool(baseDir);
  const total = totalOf(listing.files);
  const meter = context.progress.meter(`Reading the pool in ${baseDir}`, total);
  const hashers = openHasherPool(threads);
  const broken: BrokenPoolFile[] = [];
  try {
    const files = listing.files.values();
    // As many lanes as threads, all drawing from one list.
    const lane = async (): Promise<void> => {
      for (const file of files) {
        context.signal.throwIfAborted();
        broken.push(...(await checkFile(file, hashers, meter)));
      }
    };
    await Promise.all(Array.from({ length: threads }, lane));
  } finally {
    await hashers.close();
  }
  meter.done();
  broken.sort((a, b) => compareText(a.path, b.path));
  await setAsideDamaged(
    broken.map(({ path }) => path),
    config,
    context,
  );
  return { baseDir, ...total, broken, strangers: listing.strangers };
}

async function checkFile(file: PoolFile, hashers: HasherPool, meter: Meter): Promise<BrokenPoolFile[]> {
  const [first] = file.names;
  if (first === undefined) return [];
  const algorithms = [...new Set(file.names.map(({ algorithm }) => algorithm))];
  const digests = await digestsOf(first.path, algorithms, hashers);
  meter.add(file.sizeBytes, 1);
  if (digests === undefined) return [];
  return file.names.flatMap(({ path, algorithm, digest: expected }) => {
    const found = digests[algorithms.indexOf(algorithm)] ?? '';
    return found === expected ? [] : [{ path, algorithm, expected, found }];
  });
}

/** Returns undefined for a file that was collected meanwhile. */
async function digestsOf(
  path: string,
  algorithms: readonly PoolAlgorithm[],
  hashers: HasherPool,
): Promise<string[] | undefined> {
  return await ifPresent(hashFileAll(path, algorithms, hashers));
}
