/**
 * Implements `pommgr serve`: offers the baselines of a host's store to other hosts over HTTP until it is stopped.
 * Invariant: nothing is served as root, and nothing is changed.
 */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { access, constants } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { becomeUser, findUnprivilegedUser, isRoot } from '../../core/adapters/privileges.ts';
import {
  locateStore,
  lockStore,
  storedBaselineDirectory,
  storedBaselineNames,
  storeExists,
  type Store,
} from '../../store/adapters/store.ts';
import { openStoreServer } from '../adapters/store-server.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { parseListenAddress } from '../domain/listen-address.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { ReadyServer, ServedRequest, ServeReport } from '../domain/serve-report.ts';
import { keepsTool, readKeptTool } from '../../store/adapters/kept-tool.ts';
import type { KeptTool } from '../../store/domain/kept-tool.ts';
import { keepTool } from '../../store/workflows/keep-tool.ts';
import { readHostTrust } from '../../trust/adapters/trusted-keys.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { noStore } from '../../host/workflows/work-on-store.ts';

export interface ServeOptions {
  root?: string | undefined;
  store?: string | undefined;
  /** A medium whose launcher and runtime are taken into the store and offered, too. */
  media?: string | undefined;
  /** `ADDRESS:PORT` */
  listen: string;
  /** User that the server becomes when root starts it. */
  user: string;
  /** Told once it answers. */
  onReady: (ready: ReadyServer) => void;
  onRequest: (request: ServedRequest) => void;
  /** Its signal ends the server, which is no error. */
  context: Context;
}

/** @throws PommgrError `state.no-store`, `state.address`, `state.unreadable`, `refused.root`, `usage.user`, `usage.listen`. */
export async function serve(options: ServeOptions): Promise<ServeReport> {
  const listen = parseListenAddress(options.listen);
  const root = await namedRoot(options.root);
  const store = await locateStore(root, options.store);
  if (!(await storeExists(store))) throw noStore(store);
  const runtime = await offeredRuntime(options, { root, store });
  const user = isRoot() ? await findUnprivilegedUser(options.user) : undefined;
  const baselines = await storedBaselineNames(store);
  const report = { requests: 0, refused: 0, sentBytes: 0 };
  function onRequest(request: ServedRequest): void {
    report.requests += 1;
    report.sentBytes += request.sentBytes;
    if (request.status >= 400) report.refused += 1;
    options.onRequest(request);
  }
  const server = await openStoreServer(store, {
    listen,
    onListening: () => (user === undefined ? undefined : becomeUser(user)),
    onRequest,
  });
  const name = user?.name ?? userInfo().username;
  try {
    await checkReadable(store, baselines, name);
    options.onReady({ url: server.url, addresses: server.addresses, runtime });
    await untilAborted(options.context.signal);
  } finally {
    await server.close();
  }
  const { url, addresses } = server;
  return { store: store.directory, url, addresses, user: name, runtime, baselines, ...report };
}

/** Returns what is kept for bare hosts, after taking that of the medium, where one is named. */
async function offeredRuntime(
  { media, context }: ServeOptions,
  { root, store }: { root: string; store: Store },
): Promise<KeptTool | null> {
  const trusted = await readHostTrust(root);
  if (media !== undefined) {
    const lock = await lockStore(store);
    try {
      await keepTool(media, { store, trusted, context });
    } finally {
      await lock.release();
    }
  }
  if (!(await keepsTool(store))) return null;
  try {
    return await readKeptTool(store, trusted);
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    context.progress.warn(
      `Hosts without pommgr will refuse the runtime of this store: ${error.message} Take it again with --media DIR.`,
    );
    return null;
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolveWait) => signal.addEventListener('abort', resolveWait, { once: true }));
}

/** One file of each baseline stands for all, because the store writes all with the same mode. */
async function checkReadable(store: Store, baselines: readonly string[], user: string): Promise<void> {
  for (const file of baselines.map((name) => join(storedBaselineDirectory(store, name), rootFileName))) {
    try {
      await access(file, constants.R_OK);
    } catch (error) {
      if (systemErrorCode(error) !== 'EACCES') throw error;
      throw new PommgrError('state.unreadable', `${file} cannot be read by the user ${user}.`, {
        hints: [
          `Let all users read ${store.baselines} (chmod -R a+rX) and enter each directory above it.`,
          'Or serve as a user who may read it: --user NAME, anybody but root.',
        ],
        details: { file, user },
      });
    }
  }
}
