/**
 * Locates the offline store, its layout and its state. Invariant: everything under `pool/` and `baselines/<name>/` was
 * verified; work in progress ends in `.tmp`.
 */
import { basename, join, resolve } from 'node:path';
import { baselineNameSchema } from '../../core/domain/names.ts';
import { keptMediumDirectoryName } from '../domain/kept-tool.ts';
import { indexFileName } from '../domain/offered-path.ts';
import { emptyStoreState, storeStateKind, type StoreState } from '../domain/store-state.ts';
import {
  entryExists,
  listDirectory,
  makeDirectory,
  pathExists,
  removeTemporaries,
} from '../../core/adapters/atomic-files.ts';
import { lockFile, type FileLock } from '../../core/adapters/file-lock.ts';
import { readHostConfig } from '../../config/adapters/host-config.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';
import { checkStoreAccess } from './store-access.ts';

/** Paths in a store, all absolute. */
export interface Store {
  directory: string;
  /** `pool/<sha256>` */
  pool: string;
  /** `baselines/<name>/` */
  baselines: string;
  /** `remotes/<name>/`: documents of baselines whose packages are in the store of another host. */
  remotes: string;
  /** `applied/<n>/{pommgr.sources,pommgr.pref}`; n = 0 is empty. */
  applied: string;
  /** Symlink to one of `applied/`. */
  current: string;
  state: string;
  journal: string;
  /** Volumes of a bundle that spans several media, until all of them are there. */
  incoming: string;
  audit: string;
  lock: string;
  /** Launcher and runtime of a medium, for `serve`; same layout as on a medium. */
  medium: string;
  /** Files for root only: subscription keys and the host's age key. */
  secrets: string;
}

export function storeAt(directory: string): Store {
  const at = (name: string): string => join(directory, name);
  return {
    directory,
    pool: at('pool'),
    baselines: at('baselines'),
    remotes: at('remotes'),
    applied: at('applied'),
    current: at('current'),
    state: at('state.json'),
    journal: at('journal.json'),
    incoming: at('incoming.json'),
    audit: at('audit.jsonl'),
    lock: at('.lock'),
    medium: at(keptMediumDirectoryName),
    secrets: at('secrets'),
  };
}

/**
 * Returns the store of the host at `root`: `chosen`, else `store:` of `<root>/etc/pommgr/config.yaml` (a path of the
 * host's own), else `<root>/var/lib/pommgr`.
 * @throws PommgrError `config.invalid` for a bad config.yaml.
 */
export async function locateStore(root: string, chosen?: string): Promise<Store> {
  if (chosen !== undefined) return storeAt(resolve(chosen));
  const configured = await readHostConfig(root);
  return storeAt(await pathInRoot(root, configured.store ?? '/var/lib/pommgr'));
}

/** The lock of a killed run is free only after its holder has noticed. */
const lockWaitSeconds = 2;

/** @throws PommgrError `state.locked` when another run is at work on the store, `trust.store` where others may write it. */
export async function lockStore(store: Store): Promise<FileLock> {
  await checkStoreAccess(store);
  return lockFile(store.lock, `the store ${store.directory}`, lockWaitSeconds);
}

/** Returns whether there is a store; an empty directory is not one. */
export async function storeExists(store: Store): Promise<boolean> {
  for (const path of [store.journal, store.incoming]) if (await entryExists(path)) return true;
  return pathExists(store.state);
}

/** Returns the state; that of an empty store when there is none. */
export async function readStoreState(store: Store): Promise<StoreState> {
  return (await readJsonFileIfThere(store.state, storeStateKind)) ?? emptyStoreState;
}

/** Writes the state, which is the commit point of every change. */
export async function writeStoreState(store: Store, state: StoreState): Promise<void> {
  await writeJsonFile(store.state, storeStateKind.schema.parse(state));
}

/** Creates missing directories. */
export async function makeStore(store: Store): Promise<void> {
  for (const directory of [store.pool, store.baselines, store.applied]) await makeDirectory(directory);
  await makeSecrets(store);
}

/** Creates the store's directory for secrets, in a store that may not exist yet. */
export async function makeSecrets(store: Store): Promise<void> {
  await makeDirectory(store.directory);
  await makeDirectory(store.secrets, 0o700);
}

/** Removes temporary files that killed writes of the store's own files left. */
export async function removeStoreTemporaries(store: Store): Promise<void> {
  const ours = [store.state, store.journal, store.incoming, store.current].map((path) => basename(path));
  await removeTemporaries(store.directory, (name) => ours.includes(name));
  await removeTemporaries(store.baselines, (name) => name === indexFileName);
  await removeTemporaries(store.secrets, () => true);
}

/** Directory of a stored baseline. */
export function storedBaselineDirectory(store: Store, name: string): string {
  return join(store.baselines, name);
}

/** Returns the names of the complete baselines, sorted. */
export async function storedBaselineNames(store: Store): Promise<string[]> {
  return baselineNamesIn(store.baselines);
}

/** Returns where the documents are of a baseline that is used from the store of another host. */
export function remoteBaselineDirectory(store: Store, name: string): string {
  return join(store.remotes, name);
}

/** Returns the names of baselines with all documents, sorted. */
export async function remoteBaselineNames(store: Store): Promise<string[]> {
  return baselineNamesIn(store.remotes);
}

/**
 * Returns where the documents of every usable baseline are: first those that are kept whole, then those from other
 * stores.
 */
export async function baselineDirectories(store: Store): Promise<string[]> {
  const whole = (await storedBaselineNames(store)).map((name) => storedBaselineDirectory(store, name));
  const remote = (await remoteBaselineNames(store)).map((name) => remoteBaselineDirectory(store, name));
  return [...whole, ...remote];
}

async function baselineNamesIn(directory: string): Promise<string[]> {
  return (await listDirectory(directory)).filter((name) => baselineNameSchema.safeParse(name).success);
}
