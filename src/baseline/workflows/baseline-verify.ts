/**
 * Implements `pommgr baseline verify`: re-hashes everything on which a baseline depends and names each wrong file; a
 * damaged file of the pool is set aside.
 */
import { openPlainStream } from '../../core/adapters/plain-file.ts';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { keyringPath, packagesFileName } from '../adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { ifPresent } from '../../core/adapters/system-error.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { openHasherPool, type HasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import type { Baseline } from '../domain/baseline.ts';
import type { Config } from '../../config/domain/config.ts';
import { setAsideDamaged } from '../../mirror/workflows/set-aside-damaged.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { createPackageListCheck } from '../domain/package-list-check.ts';
import type { Context, Meter } from '../../core/domain/progress.ts';
import { baselineShow } from './baseline.ts';

export interface BrokenFile {
  path: string;
  expected: ObjectFact;
  /** Null where the file is missing. */
  found: ObjectFact | null;
}

export interface BaselineVerification {
  baseline: string;
  digest: string;
  files: number;
  sizeBytes: number;
  /** Empty: everything is as it was. */
  broken: BrokenFile[];
}

interface ExpectedFile {
  path: string;
  fact: ObjectFact;
}

/** One thread for each core: hashing is what takes the time. */
const threads = 2;

/** Small files are hashed synchronously; after this many, the signal is checked. */
const filesInATurn = 50;

/** Reads each byte once; the digest of the content was checked when baseline.json was read. */
export async function baselineVerify(
  configFile: string | undefined,
  name: string,
  context: Context,
): Promise<BaselineVerification> {
  const config = await loadConfig(configFile);
  const { baseline, packages, directory } = await baselineShow(configFile, name);
  await checkPackageList(baseline, join(directory, packagesFileName));
  const hashers = openHasherPool(threads);
  const meter = context.progress.meter(`Reading ${baseline.name}`, packages);
  const result: BaselineVerification = {
    baseline: baseline.name,
    digest: baseline.digest,
    files: 0,
    sizeBytes: 0,
    broken: [],
  };
  try {
    const files = expectedFiles(config, baseline, directory);
    // As many lanes as threads, all drawing from one list.
    const lane = async (): Promise<void> => {
      for await (const file of files) {
        if (result.files % filesInATurn === 0) await nextTurn();
        context.signal.throwIfAborted();
        await checkFile(file, { hashers, result, meter });
      }
    };
    await Promise.all(Array.from({ length: threads }, lane));
  } finally {
    await hashers.close();
  }
  meter.done();
  result.broken.sort((a, b) => (a.path < b.path ? -1 : 1));
  await setAsideDamaged(
    result.broken.map(({ path }) => path),
    config,
    context,
  );
  return result;
}

/**
 * The digest covers each mirror's part of the list, but not the size and digest of the list as a file: if a list and a
 * baseline.json were changed together, this detects it.
 */
async function checkPackageList(baseline: Baseline, path: string): Promise<void> {
  const check = createPackageListCheck(baseline, path);
  for await (const chunk of await openPlainStream(path)) check.add(chunk as Buffer);
  check.finish();
}

async function* expectedFiles(
  config: Config,
  baseline: Baseline,
  directory: string,
): AsyncGenerator<ExpectedFile> {
  const inSnapshot = new Map(
    baseline.snapshots.map(({ mirror, snapshot }) => [
      mirror,
      snapshotPath(config.baseDir, mirror, snapshot),
    ]),
  );
  yield { path: join(directory, packagesFileName), fact: baseline.packages };
  for (const { mirror, keyring, files } of baseline.snapshots) {
    yield { path: join(directory, keyringPath(mirror)), fact: keyring };
    for (const file of files) yield { path: join(inSnapshot.get(mirror) ?? '', file.path), fact: file };
  }
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    yield { path: join(inSnapshot.get(entry.mirror) ?? '', entry.filename), fact: entry };
  }
}

async function checkFile(
  { path, fact }: ExpectedFile,
  to: { hashers: HasherPool; result: BaselineVerification; meter: Meter },
): Promise<void> {
  const { result } = to;
  const expected = { sizeBytes: fact.sizeBytes, sha256: fact.sha256 };
  const found = await factOf(path, to.hashers);
  result.files += 1;
  result.sizeBytes += found?.sizeBytes ?? 0;
  to.meter.add(found?.sizeBytes ?? 0, 1);
  if (found?.sha256 === expected.sha256 && found.sizeBytes === expected.sizeBytes) return;
  result.broken.push({ path, expected, found });
}

async function factOf(path: string, hashers: HasherPool): Promise<ObjectFact | null> {
  return (await ifPresent(hashFile(path, hashers))) ?? null;
}
