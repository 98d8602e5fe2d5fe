/**
 * Checks whether the store holds its baselines completely: documents, and each file that they name. Changes nothing.
 */
import { digestMismatch, sizeMismatch } from '../../core/domain/mismatch.ts';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifPresent } from '../../core/adapters/system-error.ts';
import { keyringPath, packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { openHasherPool, type HasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { checkStoredRoot } from '../../store/adapters/stored-root.ts';
import { readStoredExtras, storedExtraPath } from '../../store/adapters/stored-extras.ts';
import { storedBaselineNames, type Store } from '../../store/adapters/store.ts';
import { isHeldFor, travellingFiles } from '../../medium/domain/bundle-objects.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import type { DoctorProblem } from '../domain/doctor-report.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { StoreState } from '../../store/domain/store-state.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { openStoredBaseline } from '../../store/workflows/open-stored-baseline.ts';

interface Checking {
  store: Store;
  state: StoreState;
  /** Reads every byte. */
  deep: boolean;
  context: Context;
}

const threads = 2;

export async function checkStore(checking: Checking): Promise<DoctorProblem[]> {
  const { store, deep, context } = checking;
  const problems: DoctorProblem[] = [];
  const hashers = openHasherPool(threads);
  // Baselines share files: each is read once.
  const read = new Set<number>();
  try {
    const whole = await storedBaselineNames(store);
    for (const name of [...whole, ...Object.keys(checking.state.remotes).filter((n) => !whole.includes(n))]) {
      context.progress.step(`${deep ? 'Reading' : 'Looking at'} ${name}`);
      const stored = await openWhole(name, { ...checking, hashers, problems });
      if (stored === undefined) continue;
      for await (const { path, fact } of filesOf(stored)) {
        context.signal.throwIfAborted();
        const problem = await fileProblem(path, fact, { hashers: deep ? hashers : undefined, read });
        if (problem !== undefined) problems.push(problem);
      }
    }
  } finally {
    await hashers.close();
  }
  return problems;
}

/** A baseline whose documents are wrong names no files that could be checked. */
async function openWhole(
  name: string,
  at: Checking & { hashers: HasherPool; problems: DoctorProblem[] },
): Promise<StoredBaseline | undefined> {
  const { store, state, hashers, problems } = at;
  try {
    const stored = await openStoredBaseline(store, state, name);
    await checkStoredRoot(stored.directory, hashers);
    return stored;
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    problems.push({ what: `${name}: ${error.message}`, hint: storeHint });
    return undefined;
  }
}

/**
 * Yields what must exist for the held targets; for a baseline that is used from another store, no packages and extras.
 */
async function* filesOf({
  directory,
  remote,
  baseline,
  shares,
  held,
}: StoredBaseline): AsyncGenerator<{ path: string; fact: ObjectFact }> {
  for (const record of baseline.snapshots) {
    if (!isHeldFor(held, shares.ofMirror(record.mirror))) continue;
    yield { path: join(directory, keyringPath(record.mirror)), fact: record.keyring };
    for (const file of travellingFiles(record)) {
      yield { path: join(directory, record.mirror, file.path), fact: file };
    }
  }
  if (remote !== null) return;
  for (const extra of await readStoredExtras(directory)) {
    yield { path: join(directory, storedExtraPath(extra.sha256)), fact: extra };
  }
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    if (!shares.travels(entry) || !isHeldFor(held, shares.ofPackage(entry))) continue;
    yield { path: join(directory, entry.mirror, entry.filename), fact: entry };
  }
}

async function fileProblem(
  path: string,
  expected: ObjectFact,
  { hashers, read }: { hashers: HasherPool | undefined; read: Set<number> },
): Promise<DoctorProblem | undefined> {
  const status = await ifPresent(lstat(path));
  if (status === undefined) return { what: `${path} is missing.`, hint: storeHint };
  if (status.size !== expected.sizeBytes) {
    const { message: what } = sizeMismatch(path, { expected: expected.sizeBytes, found: status.size });
    return { what, hint: storeHint };
  }
  if (hashers === undefined || read.has(status.ino)) return undefined;
  read.add(status.ino);
  const { sha256 } = await hashFile(path, hashers);
  if (sha256 === expected.sha256) return undefined;
  const { message: what } = digestMismatch(path, { expected: expected.sha256, found: sha256 });
  return { what, hint: storeHint };
}

const storeHint =
  'The disk or somebody changed it. Import the baselines into a new store: "pommgr detach --purge", then "pommgr apply".';
