/**
 * The offline store: where it is, its layout, its state.
 * Invariant: everything under `pool/` and `baselines/<name>/` was verified; work in progress ends in `.tmp`.
 */
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { PommgrError } from '../domain/errors.ts';
import { issuesText } from '../domain/document.ts';
import { emptyStoreState, storeStateKind, type StoreState } from '../domain/store-state.ts';
import {
  entryExists,
  listDirectory,
  makeDirectory,
  pathExists,
  removeTemporaries,
  systemErrorCode,
} from './atomic-files.ts';
import { lockFile, type FileLock } from './file-lock.ts';
import { readBounded, readJsonFileIfThere, writeJsonFile } from './json-file.ts';

/** Paths in a store, all absolute. */
export interface Store {
  directory: string;
  /** `pool/<sha256>` */
  pool: string;
  /** `baselines/<name>/` */
  baselines: string;
  /** `applied/<n>/{pommgr.sources,pommgr.pref}`; 0 is empty. */
  applied: string;
  /** Symlink to one of `applied/`. */
  current: string;
  state: string;
  journal: string;
  audit: string;
  lock: string;
}

export function storeAt(directory: string): Store {
  const at = (name: string): string => join(directory, name);
  return {
    directory,
    pool: at('pool'),
    baselines: at('baselines'),
    applied: at('applied'),
    current: at('current'),
    state: at('state.json'),
    journal: at('journal.json'),
    audit: at('audit.jsonl'),
    lock: at('.lock'),
  };
}

/**
 * The store of the host at `root`: `chosen`, else `store:` of `<root>/etc/pommgr/config.yaml` (a path of the
 * host's own), else `<root>/var/lib/pommgr`.
 * @throws PommgrError `config.invalid` for a bad config.yaml.
 */
export async function locateStore(root: string, chosen?: string): Promise<Store> {
  if (chosen !== undefined) return storeAt(resolve(chosen));
  const configured = await configuredStore(join(root, 'etc/pommgr/config.yaml'));
  return storeAt(join(root, configured ?? 'var/lib/pommgr'));
}

export const hostConfigSchema = z.strictObject({
  schema: z.literal('pommgr/host-config/v1').optional(),
  store: z.string().startsWith('/', 'expected an absolute path').optional(),
});

async function configuredStore(file: string): Promise<string | undefined> {
  let text: string;
  try {
    text = (await readBounded(file, 64 * 1024)).toString('utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const { parseYaml } = await import('../domain/yaml-text.ts');
  const { value, problems } = parseYaml(text);
  const problem = problems[0];
  if (problem !== undefined) throw invalid(`${file}:${problem.line}:${problem.column}: ${problem.message}`);
  const result = hostConfigSchema.safeParse(value ?? {});
  if (!result.success) throw invalid(`${file}: ${issuesText(result.error)}`);
  return result.data.store;
}

function invalid(what: string): PommgrError {
  return new PommgrError('config.invalid', `The host's config has an error: ${what}.`, {
    hints: ['The only setting is "store: /absolute/path".'],
  });
}

/** The lock of a run that was killed is free only when its holder has noticed. */
const lockWaitSeconds = 2;

/** @throws PommgrError `state.locked` when another run is at work on the store. */
export async function lockStore(store: Store): Promise<FileLock> {
  return lockFile(store.lock, `the store ${store.directory}`, lockWaitSeconds);
}

/** Whether there is a store; an empty directory is none. */
export async function storeExists(store: Store): Promise<boolean> {
  return (await pathExists(store.state)) || (await entryExists(store.journal));
}

/** The state; that of an empty store when there is none. */
export async function readStoreState(store: Store): Promise<StoreState> {
  return (await readJsonFileIfThere(store.state, storeStateKind)) ?? emptyStoreState;
}

/** The commit point of every change. */
export async function writeStoreState(store: Store, state: StoreState): Promise<void> {
  await writeJsonFile(store.state, storeStateKind.schema.parse(state));
}

/** Makes the directories that are missing. `secrets/` is for root only. */
export async function makeStore(store: Store): Promise<void> {
  for (const directory of [store.pool, store.baselines, store.applied]) await makeDirectory(directory);
  await makeDirectory(join(store.directory, 'secrets'), 0o700);
}

/** Removes what writes of the store's own files left when they were killed. */
export async function removeStoreTemporaries({ directory, state, journal, current }: Store): Promise<void> {
  const ours = [state, journal, current].map((path) => basename(path));
  await removeTemporaries(directory, (name) => ours.includes(name));
}

/** Directory of a stored baseline. */
export function storedBaselineDirectory(store: Store, name: string): string {
  return join(store.baselines, name);
}

/** Names of the baselines that are wholly there, sorted. */
export async function storedBaselineNames(store: Store): Promise<string[]> {
  return (await listDirectory(store.baselines)).filter((name) => !name.endsWith('.tmp'));
}
