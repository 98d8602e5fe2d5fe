/**
 * `pommgr host lock`: what is installed on a host, and what else a restore of it needs. Changes nothing there, but that
 * it makes the host's age key on first use.
 */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ageRecipient } from '../../store/adapters/age-identity.ts';
import { hasDpkgDatabase, openAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { systemErrorCode } from '../../core/adapters/atomic-files.ts';
import { readIdentityFiles } from '../adapters/host-identity.ts';
import { hostFacts, hostName } from '../../apt/adapters/host-facts.ts';
import { countSockets } from '../../apt/adapters/server-id-files.ts';
import {
  identityPassphrase,
  identityPath,
  writeIdentity,
  type AskIdentityPassphrase,
} from '../adapters/identity-file.ts';
import { readInstalledSet, type UnfinishedPackage } from '../../apt/adapters/installed-set.ts';
import { writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { readBootFacts } from '../../apt/adapters/boot-facts.ts';
import { findChangedConffiles, readInstalledFields } from '../../apt/adapters/installed-fields.ts';
import { aptName } from '../../apt/domain/apt-policy.ts';
import { locateStore, readStoreState, type Store } from '../../store/adapters/store.ts';
import { readServerIds } from '../../activation/adapters/product-facts.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { hostKind } from '../../apt/domain/host.ts';
import { createHostLock, formatHostLock, type HostLock } from '../../apt/domain/host-lock.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';

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
  identity: { file: string; paths: string[] } | null;
}

/** @throws PommgrError `state.dpkg` without dpkg, or while a package is half installed: neither can be restored. */
export async function hostLock(options: HostLockOptions): Promise<HostLockReport> {
  const root = await realpath(resolve(options.root ?? '/'));
  const aptRoot = await openAptRoot(root);
  const lock = await readLock(aptRoot, options);
  const identity = await saveIdentity(aptRoot, lock, options);
  if (options.output !== undefined) await writeFileAtomic(options.output, formatHostLock(lock));
  return { lock, file: options.output ?? null, identity };
}

async function readLock(aptRoot: AptRoot, { store, context }: HostLockOptions): Promise<HostLock> {
  if (!(await hasDpkgDatabase(aptRoot))) throw notDebian(aptRoot.root);
  const { packages, unfinished } = await readInstalledSet(aptRoot);
  if (unfinished.length > 0) throw halfDone(unfinished);
  const at = await locateStore(aptRoot.root, store);
  const { applied } = await readStoreState(at);
  const host = hostKind(await hostFacts(aptRoot));
  const keyOf = (item: { name: string; architecture: string }): string => aptName(item, aptRoot.architecture);
  const installed = new Set(packages.map(keyOf));
  const fields = (await readInstalledFields(aptRoot)).filter((item) => installed.has(keyOf(item)));
  const relations = new Map(fields.map((item) => [keyOf(item), item.relations]));
  return createHostLock({
    created: formatTime(context.timestamp()),
    toolVersion: toolVersion(),
    hostName: await hostName(aptRoot),
    host,
    serverIds: await readServerIds(aptRoot, { products: host.products, context }),
    cpuSockets: await countSockets(aptRoot),
    ageRecipient: await readRecipient(at, context),
    baseline:
      applied === null ? null : { name: applied.baseline, digest: applied.digest, target: applied.target },
    boot: await readBootFacts(aptRoot),
    changedConffiles: await findChangedConffiles(aptRoot, fields),
    packages: packages.map((item) => ({
      ...item,
      relations: relations.get(keyOf(item)) ?? {},
    })),
  });
}

function notDebian(root: string): PommgrError {
  return new PommgrError(
    'state.dpkg',
    `Nothing is known to be installed: there is no var/lib/dpkg/status in ${root}.`,
    {
      hints: ['Give the root of a Debian system with --root, or leave --root out for this machine.'],
      details: { root },
    },
  );
}

/** A host on which nothing may be written still has its lock. */
async function readRecipient(store: Store, { progress, timestamp }: Context): Promise<string | undefined> {
  try {
    return await ageRecipient(store, { created: formatTime(timestamp()) });
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(systemErrorCode(error) ?? '')) throw error;
    progress.warn(
      `The lock names no age key: ${store.secrets} cannot be written or read. Subscription infos for this host will travel in clear. Run this as root.`,
    );
    return undefined;
  }
}

async function saveIdentity(
  aptRoot: AptRoot,
  { hostName, created }: HostLock,
  { identity: directory, askPassphrase }: HostLockOptions,
): Promise<HostLockReport['identity']> {
  if (directory === undefined) return null;
  const files = await readIdentityFiles(aptRoot);
  if (files.length === 0) {
    throw new PommgrError('state.identity', `There is nothing to save of ${aptRoot.root}.`, {
      hints: ['Expected at least one of /etc/machine-id and /etc/ssh/ssh_host_*.'],
    });
  }
  const file = identityPath(directory, hostName);
  const passphrase = await identityPassphrase(file, askPassphrase);
  await writeIdentity(file, { passphrase, files, hostName, created });
  return { file, paths: files.map(({ path }) => path) };
}

function halfDone(unfinished: readonly UnfinishedPackage[]): PommgrError {
  const names = unfinished.map(({ name, status }) => `${name} (${status})`);
  return new PommgrError('state.dpkg', `dpkg is in the middle of something: ${names.join(', ')}.`, {
    hints: ['Run "dpkg --configure -a" and "apt-get -f install", then this again.'],
    details: { packages: unfinished },
  });
}
