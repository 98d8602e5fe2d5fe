/**
 * `pommgr host lock`: what is installed on a host, and what else a restore of it needs. Changes nothing there, but that
 * it makes the host's age key on first use.
 */
import { readHostLock } from '../../host/workflows/read-host-lock.ts';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { writeRebuildSheets } from './write-rebuild-sheets.ts';
import { readIdentityFiles, type FoundIdentity } from '../adapters/host-identity.ts';
import {
  newIdentityPassphrase,
  identityPath,
  writeIdentity,
  type AskIdentityPassphrase,
} from '../adapters/identity-file.ts';
import { writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { locateStore } from '../../store/adapters/store.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { formatHostLock, type HostLock } from '../../apt/domain/host-lock.ts';
import type { Context } from '../../core/domain/progress.ts';

export interface HostLockOptions {
  root?: string | undefined;
  store?: string | undefined;
  /** File to write. */
  output?: string | undefined;
  /** Directory for the encrypted identity. */
  identity?: string | undefined;
  askPassphrase: AskIdentityPassphrase;
  context: Context;
}

export interface HostLockReport {
  lock: HostLock;
  /** Null where none was asked for. */
  file: string | null;
  identity: { file: string; paths: string[]; missing: FoundIdentity['missing'] } | null;
  /** Files with the rebuild sheet, beside the lock; empty where no file was asked for. */
  sheets: string[];
}

/** @throws PommgrError `state.dpkg` without dpkg, or while a package is half installed: neither can be restored. */
export async function hostLock(options: HostLockOptions): Promise<HostLockReport> {
  const root = await realpath(resolve(options.root ?? '/'));
  const aptRoot = await openAptRoot(root);
  const lock = await readHostLock(aptRoot, {
    store: await locateStore(root, options.store),
    context: options.context,
  });
  const identity = await saveIdentity(aptRoot, lock, options);
  const { output } = options;
  if (output === undefined) return { lock, file: null, identity, sheets: [] };
  await writeFileAtomic(output, formatHostLock(lock));
  const sheets = await writeRebuildSheets(lock, { output, identity: options.identity });
  return { lock, file: output, identity, sheets };
}

async function saveIdentity(
  aptRoot: AptRoot,
  { hostName, created }: HostLock,
  { identity: directory, askPassphrase, context }: HostLockOptions,
): Promise<HostLockReport['identity']> {
  if (directory === undefined) return null;
  const { files, missing } = await readIdentityFiles(aptRoot);
  if (files.length === 0) {
    throw new PommgrError('state.identity', `There is nothing to save of ${aptRoot.root}.`, {
      hints: ['Expected at least one of /etc/machine-id and /etc/ssh/ssh_host_*.'],
    });
  }
  for (const { path, why } of missing) context.progress.warn(`The identity lacks ${path}: ${why}`);
  const file = identityPath(directory, hostName);
  const passphrase = await newIdentityPassphrase(file, askPassphrase);
  await writeIdentity(file, { passphrase, files, hostName, created });
  return { file, paths: files.map(({ path }) => path), missing };
}
