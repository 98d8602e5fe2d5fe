/**
 * VerifiedBundle -> StoredBaseline: reads each volume once and keeps what the store lacks.
 * Invariant: what is hashed is the copy that is kept, and a baseline gets its name when all of it is there.
 */
import { join } from 'node:path';
import { pathExists, removeDurably } from '../../adapters/atomic-files.ts';
import {
  baselineFileName,
  keyringPath,
  packagesFileName,
  parseBaseline,
  readPackages,
} from '../../adapters/baseline-files.ts';
import { openHasherPool, type HasherPool } from '../../adapters/hashing.ts';
import { removeJournal, writeJournal } from '../../adapters/journal.ts';
import { readBounded } from '../../adapters/json-file.ts';
import type { VerifiedBundle } from '../../adapters/medium.ts';
import { makeStore, readStoreState, storedBaselineDirectory } from '../../adapters/store.ts';
import type { Store } from '../../adapters/store.ts';
import { openStoredBaselineDirectory } from '../../adapters/stored-baseline-directory.ts';
import type { Baseline } from '../../domain/baseline.ts';
import { bundleTotal } from '../../domain/bundle.ts';
import { travellingFiles } from '../../domain/bundle-objects.ts';
import { sha256Hex } from '../../domain/digest.ts';
import { PommgrError } from '../../domain/errors.ts';
import type { Context } from '../../domain/progress.ts';
import type { StoreState } from '../../domain/store-state.ts';
import type { StoredBaseline } from '../../domain/stored-baseline.ts';
import { formatTime } from '../../domain/time.ts';
import { readBundle } from './read-bundle.ts';
import { recordImport } from './record-import.ts';
import { takeObjects, type Taking } from './take-objects.ts';

export interface StoreBundleOptions {
  store: Store;
  /** Where the host's apt keeps its lists, for which there must be space too. */
  listsDirectory: string;
  context: Context;
}

/** Objects that the store lacked before. */
interface Added {
  files: number;
  sizeBytes: number;
}

/**
 * Stores the baseline of a bundle, or finds it stored already: then the volumes are not read.
 * @throws PommgrError `integrity.*` for a bundle that is not what was signed, `state.space`; the store is then as before.
 */
export async function storeBundle(
  verified: VerifiedBundle,
  options: StoreBundleOptions,
): Promise<{ stored: StoredBaseline; added: Added }> {
  const found = await findStored(options.store, verified);
  if (found === undefined) return importBundle(verified, options);
  await recordImport(found.stored.baseline, options);
  return found;
}

/**
 * Checks all of a bundle and keeps nothing; returns what `storeBundle` would add.
 * @throws PommgrError as `storeBundle`.
 */
export async function checkBundle(
  verified: VerifiedBundle,
  options: StoreBundleOptions,
): Promise<{ baseline: Baseline; added: Added }> {
  const found = await findStored(options.store, verified);
  if (found !== undefined) return { baseline: found.stored.baseline, added: found.added };
  return withHashers(async (hashers) => {
    const taking = takeObjects(verified.bundle, { ...options, hashers, dryRun: true, begin: async () => {} });
    const baseline = await read(verified, taking, options.context);
    return { baseline, added: taking.lacking() };
  });
}

/** A baseline that is in the store is whole; it is the bundle's when its document is. */
async function findStored(
  store: Store,
  { bundle }: VerifiedBundle,
): Promise<{ stored: StoredBaseline; added: Added } | undefined> {
  const { name, file } = bundle.baseline;
  const directory = storedBaselineDirectory(store, name);
  if (!(await pathExists(directory))) return undefined;
  const path = join(directory, baselineFileName);
  const bytes = await readBounded(path, Number.MAX_SAFE_INTEGER);
  if (sha256Hex(bytes) !== file.sha256) throw otherBaseline(path, file.sha256, sha256Hex(bytes));
  const stored = asStored(directory, parseBaseline(bytes.toString('utf8'), path));
  return { stored, added: { files: 0, sizeBytes: 0 } };
}

function otherBaseline(path: string, expected: string, found: string): PommgrError {
  return new PommgrError(
    'trust.known-name',
    `${path} in the store is not the bundle's: expected SHA-256 ${expected}, found ${found}.`,
    {
      hints: ['A baseline never changes. Find out on the online side why two were made with one name.'],
      details: { file: path, expected, found },
    },
  );
}

/** The only places that may call a baseline stored are this and `findStored`. */
async function importBundle(
  verified: VerifiedBundle,
  options: StoreBundleOptions,
): Promise<{ stored: StoredBaseline; added: Added }> {
  const { store, context } = options;
  const { name, digest } = verified.bundle.baseline;
  async function begin(): Promise<void> {
    await makeStore(store);
    const operation = { kind: 'import', baseline: name, digest } as const;
    await writeJournal(store, {
      schema: 'pommgr/journal/v1',
      started: formatTime(context.now()),
      operation,
    });
  }
  return withHashers(async (hashers) => {
    const taking = takeObjects(verified.bundle, { ...options, hashers, dryRun: false, begin });
    const before = await readStoreState(store);
    try {
      const baseline = await read(verified, taking, context);
      context.progress.step(`Storing ${name}`);
      const directory = await placeBaseline(verified, baseline, store);
      await recordImport(baseline, options);
      await removeJournal(store);
      return { stored: asStored(directory, baseline), added: taking.lacking() };
    } catch (error) {
      // When it was only interrupted, what was verified stays for the next run, which the journal tells of it.
      if (!context.signal.aborted) await undoImport(taking, { store, name, before });
      throw error;
    }
  });
}

async function undoImport(
  taking: Taking,
  { store, name, before }: { store: Store; name: string; before: StoreState },
): Promise<void> {
  const { known } = await readStoreState(store);
  if (before.known[name] === undefined && known[name] !== undefined) return;
  const directory = storedBaselineDirectory(store, name);
  if (await pathExists(directory)) await removeDurably(directory);
  await taking.undo();
  await removeJournal(store);
}

async function read(verified: VerifiedBundle, taking: Taking, context: Context): Promise<Baseline> {
  const { name, bundle } = verified;
  const meter = context.progress.meter(`Reading ${name}`, bundleTotal(bundle));
  try {
    const onProgress = (bytes: number): void => meter.add(bytes);
    return (await readBundle(verified, { ...taking, signal: context.signal, onProgress })).baseline;
  } finally {
    meter.done();
  }
}

/** Links every file of the baseline to its place. */
async function placeBaseline(verified: VerifiedBundle, baseline: Baseline, store: Store): Promise<string> {
  const { bundle, files } = verified;
  const directory = await openStoredBaselineDirectory(store, baseline.name);
  try {
    for (const [file, bytes] of files) await directory.write(file, bytes);
    await directory.link(bundle.baseline.file.sha256, baselineFileName);
    await directory.link(bundle.packages.sha256, packagesFileName);
    for (const record of baseline.snapshots) {
      await directory.link(record.keyring.sha256, keyringPath(record.mirror));
      for (const file of travellingFiles(record)) {
        await directory.link(file.sha256, `${record.mirror}/${file.path}`);
      }
    }
    for await (const entry of readPackages(directory.path(packagesFileName))) {
      await directory.link(entry.sha256, `${entry.mirror}/${entry.filename}`);
    }
    return await directory.finish();
  } catch (error) {
    await directory.abandon();
    throw error;
  }
}

function asStored(directory: string, baseline: Baseline): StoredBaseline {
  return { directory, baseline } as unknown as StoredBaseline;
}

async function withHashers<T>(work: (hashers: HasherPool) => Promise<T>): Promise<T> {
  const hashers = openHasherPool(2);
  try {
    return await work(hashers);
  } finally {
    await hashers.close();
  }
}
