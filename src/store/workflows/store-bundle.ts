/**
 * VerifiedBundle -> StoredBaseline: reads each volume once and keeps what the store lacks. Invariant: the hashed copy
 * is the one that is kept, and a baseline gets its name when it is complete.
 */
import { join } from 'node:path';
import { pathExists, removeDurably } from '../../core/adapters/atomic-files.ts';
import { baselineFileName, packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { openHasherPool, type HasherPool } from '../../core/adapters/hashing.ts';
import { endIncoming } from '../adapters/incoming-file.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import type { VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { writeStoreIndex } from '../adapters/store-index.ts';
import { makeStore, readStoreState, storedBaselineDirectory, type Store } from '../adapters/store.ts';
import { openStoredBaselineDirectory } from '../adapters/stored-baseline-directory.ts';
import { keepSignatures } from '../adapters/stored-root.ts';
import { extrasRecordPath, extrasRecordText, storedExtraPath } from '../adapters/stored-extras.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Shares } from '../../closure/domain/shares.ts';
import { heldTargetsText } from '../adapters/stored-share.ts';
import { heldTargetsFileName, unionOfHeld } from '../domain/held-targets.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { StoreState } from '../domain/store-state.ts';
import { readStoredBaseline, type StoredBaseline } from '../adapters/stored-baseline.ts';
import { gatherVolumes } from './gather-volumes.ts';
import { openBase, type ExpectedStore } from './open-base.ts';
import { readWithProgress } from '../../bundle/workflows/read-bundle.ts';
import { isRecorded, recordImport } from './record-import.ts';
import { extendStored, extensionBy } from './extend-stored.ts';
import { placeFiles } from './place-files.ts';
import {
  nothingAdded,
  takeObjects,
  type Added,
  type StoreBundleOptions,
  type Taking,
} from './take-objects.ts';
import { withJournal, type JournalledChange } from './with-journal.ts';

/**
 * Stores the baseline of a bundle. If it is already stored, the volumes are read only for what the bundle adds.
 * @throws PommgrError `integrity.*` for a bundle that is not what was signed, `state.space`, `state.base` and
 *   `trust.known-name` for a delta whose base is not in the store; the store is then as before.
 */
export async function storeBundle(
  verified: VerifiedBundle,
  options: StoreBundleOptions,
): Promise<{ stored: StoredBaseline; added: Added }> {
  const found = await findStored(options.store, verified);
  if (found === undefined) return importBundle(verified, options);
  const { stored } = found;
  const extension = await extensionBy(verified, stored, options.held);
  const added =
    extension === undefined ? found.added : await extendStored(verified, { stored, extension }, options);
  await keepSignatures(stored.directory, verified.files);
  await recordImport(stored.baseline, options);
  await endIncoming(options.store, stored.baseline);
  if (extension === undefined) return { stored, added };
  return { stored: await readStoredBaseline(stored, stored.baseline), added };
}

export interface CheckedBundle {
  baseline: Baseline;
  shares: Shares;
  added: Added;
  /** Set where the store already has everything that is requested of the baseline. */
  directory: string | undefined;
}

/**
 * Checks a whole bundle and keeps nothing; returns what `storeBundle` would add. `expected` is what the store would
 * hold by then, and this function adds to it.
 * @throws PommgrError as `storeBundle`.
 */
export async function checkBundle(
  verified: VerifiedBundle,
  options: StoreBundleOptions,
  expected: ExpectedStore,
): Promise<CheckedBundle> {
  const found = await findStored(options.store, verified);
  const extension = found === undefined ? undefined : await extensionBy(verified, found.stored, options.held);
  if (found !== undefined && extension === undefined) {
    const { directory, baseline, shares } = found.stored;
    return { baseline, shares, added: found.added, directory };
  }
  const directory = extension?.hasMoreFiles === false ? found?.stored.directory : undefined;
  const { bundle, shares } = verified;
  const held = extension?.held ?? options.held;
  const base =
    directory === undefined
      ? (expected.baselines.get(bundle.base?.name ?? '') ?? (await openBase(verified, options.store)))
      : undefined;
  const dryRun = { dryRun: true, begin: async () => {}, expected: expected.objects };
  return withHashers(async (hashers) => {
    const gathered = await gatherVolumes(verified, { ...options, dryRun: true });
    const taking = takeObjects(verified, { ...options, held, hashers, ...dryRun });
    const { baseline } = await readWithProgress(gathered, { ...taking, base }, options.context);
    expected.baselines.set(bundle.baseline.name, taking.needed().baseline);
    for (const sha256 of taking.needed().all) expected.objects.add(sha256);
    return { baseline, shares, added: taking.lacking(), directory };
  });
}

/** A baseline in the store is complete; it belongs to the bundle when its document is the same. */
export async function findStored(
  store: Store,
  { bundle }: Pick<VerifiedBundle, 'bundle'>,
): Promise<{ stored: StoredBaseline; added: Added } | undefined> {
  const { name, file } = bundle.baseline;
  const directory = storedBaselineDirectory(store, name);
  if (!(await pathExists(directory))) return undefined;
  const path = join(directory, baselineFileName);
  const bytes = await readPlainFile(path, Number.MAX_SAFE_INTEGER);
  if (sha256Hex(bytes) !== file.sha256) throw otherBaseline(path, file.sha256, sha256Hex(bytes));
  const stored = await readStoredBaseline({ directory, remote: null }, bundle.baseline);
  return { stored, added: nothingAdded };
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

async function importBundle(
  verified: VerifiedBundle,
  options: StoreBundleOptions,
): Promise<{ stored: StoredBaseline; added: Added }> {
  const { store, context } = options;
  const { name, digest } = verified.bundle.baseline;
  const base = await openBase(verified, store);
  const gathered = await gatherVolumes(verified, { ...options, dryRun: false });
  return withHashers(async (hashers) => {
    const before = await readStoreState(store);
    let taking: Taking | undefined;
    const change: JournalledChange = {
      ...{ store, context, isResumable: true },
      operation: { kind: 'import', baseline: name, digest },
      what: `The import of ${name}`,
      undo: () => undoImport(taking, { store, name, digest, before }),
    };
    return withJournal(change, async (begin) => {
      const makeAndBegin = async (): Promise<void> => {
        await makeStore(store);
        await begin();
      };
      const objects = takeObjects(verified, { ...options, hashers, dryRun: false, begin: makeAndBegin });
      taking = objects;
      const { baseline } = await readWithProgress(gathered, { ...objects, base }, context);
      context.progress.step(`Storing ${name}`);
      const directory = await placeBaseline(verified, baseline, options);
      await recordImport(baseline, options);
      await endIncoming(store, baseline);
      const stored = await readStoredBaseline({ directory, remote: null }, { digest });
      return { stored, added: objects.lacking() };
    });
  });
}

async function undoImport(
  taking: Taking | undefined,
  { store, name, digest, before }: { store: Store; name: string; digest: string; before: StoreState },
): Promise<'undone' | 'committed'> {
  const imported = { name, digest };
  if (!isRecorded(imported, before) && isRecorded(imported, await readStoreState(store))) return 'committed';
  const directory = storedBaselineDirectory(store, name);
  if (await pathExists(directory)) {
    await removeDurably(directory);
    await writeStoreIndex(store);
  }
  await taking?.undo();
  return 'undone';
}

/** Links every file of the baseline that should be held to its place. */
async function placeBaseline(
  verified: VerifiedBundle,
  baseline: Baseline,
  { store, held: wanted }: StoreBundleOptions,
): Promise<string> {
  const { bundle, files, shares } = verified;
  const held = unionOfHeld(wanted, [], shares.targets);
  const directory = await openStoredBaselineDirectory(store, baseline.name);
  try {
    for (const [file, bytes] of files) await directory.write(file, bytes);
    if (held !== null) await directory.write(heldTargetsFileName, heldTargetsText(held));
    await directory.link(bundle.baseline.file.sha256, baselineFileName);
    await directory.link(bundle.packages.sha256, packagesFileName);
    await placeFiles(baseline, { bundle, shares, held, ...directory });
    for (const { sha256 } of bundle.extras) await directory.link(sha256, storedExtraPath(sha256));
    if (bundle.extras.length > 0) await directory.write(extrasRecordPath, extrasRecordText(bundle.extras));
    return await directory.finish();
  } catch (error) {
    await directory.abandon();
    throw error;
  }
}

async function withHashers<T>(work: (hashers: HasherPool) => Promise<T>): Promise<T> {
  const hashers = openHasherPool(2);
  try {
    return await work(hashers);
  } finally {
    await hashers.close();
  }
}
