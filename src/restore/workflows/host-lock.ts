/**
 * Implements `pommgr host lock`: what is installed on a host, and what else a restore of it needs. Changes nothing
 * there, except that it creates the host's age key on first use.
 */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { readHostLock } from '../../host/workflows/read-host-lock.ts';
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
import { openReceiptKey } from '../../store/adapters/receipt-key.ts';
import { locateStore, type Store } from '../../store/adapters/store.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
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
  /** Fingerprint of the host's key that signed the file: `<file>.sig` and `<file>.pub.pem` are beside it. */
  signedBy: string | null;
  identity: { file: string; paths: string[]; missing: FoundIdentity['missing'] } | null;
  /** Files with the rebuild sheet, beside the lock; empty where no file was asked for. */
  sheets: string[];
}

/** @throws PommgrError `state.dpkg` without dpkg, or while a package is half installed: neither can be restored. */
export async function hostLock(options: HostLockOptions): Promise<HostLockReport> {
  const root = await namedRoot(options.root);
  const aptRoot = await openAptRoot(root);
  const store = await locateStore(root, options.store);
  const lock = await readHostLock(aptRoot, { store, context: options.context });
  const identity = await saveIdentity(aptRoot, lock, options);
  const { output } = options;
  if (output === undefined) return { lock, file: null, signedBy: null, identity, sheets: [] };
  const text = formatHostLock(lock);
  const signedBy = await signLock(text, { store, output, context: options.context });
  await writeFileAtomic(output, text);
  const sheets = await writeRebuildSheets(lock, { output, identity: options.identity });
  return { lock, file: output, signedBy, identity, sheets };
}

/**
 * Signs before the lock is written, so that it appears with its signature. Returns null on a host on which nothing can
 * be written.
 */
async function signLock(
  text: string,
  { store, output, context }: { store: Store; output: string; context: Context },
): Promise<string | null> {
  try {
    const key = await openReceiptKey(store);
    await writeFileAtomic(`${output}.sig`, await key.sign(Buffer.from(text)));
    await writeFileAtomic(`${output}.pub.pem`, key.publicKey.pem);
    return key.publicKey.fingerprint;
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(systemErrorCode(error) ?? '')) throw error;
    context.progress.warn(
      `The lock is not signed: ${store.secrets} cannot be written or read. The online side encrypts nothing to it. Run this as root.`,
    );
    return null;
  }
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
