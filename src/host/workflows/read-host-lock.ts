/**
 * Reads the lock of a host in its present state. Changes nothing, except that it creates the host's age key on first
 * use.
 */
import { ageRecipient } from '../../store/adapters/age-identity.ts';
import { hasDpkgDatabase, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { hostFacts, hostName } from '../../apt/adapters/host-facts.ts';
import { countSockets } from '../../apt/adapters/server-id-files.ts';
import { readInstalledSet, type UnfinishedPackage } from '../../apt/adapters/installed-set.ts';
import { readBootFacts } from '../../apt/adapters/boot-facts.ts';
import { findChangedConffiles, readInstalledFields } from '../../apt/adapters/installed-fields.ts';
import { aptName } from '../../apt/domain/apt-policy.ts';
import { readStoreState, type Store } from '../../store/adapters/store.ts';
import { readServerIds } from '../adapters/product-facts.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { hostKind } from '../../apt/domain/host.ts';
import { createHostLock, type HostLock } from '../../apt/domain/host-lock.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';

/** @throws PommgrError `state.dpkg` without dpkg, or while a package is half installed: neither can be restored. */
export async function readHostLock(
  aptRoot: AptRoot,
  { store, context }: { store: Store; context: Context },
): Promise<HostLock> {
  if (!(await hasDpkgDatabase(aptRoot))) throw notDebian(aptRoot.root);
  const { packages, unfinished } = await readInstalledSet(aptRoot);
  if (unfinished.length > 0) throw halfDone(unfinished);
  const { applied } = await readStoreState(store);
  const host = hostKind(await hostFacts(aptRoot));
  const keyOf = (item: { name: string; architecture: string }): string => aptName(item, aptRoot.architecture);
  const installed = new Set(packages.map(keyOf));
  const fields = (await readInstalledFields(aptRoot)).filter((item) => installed.has(keyOf(item)));
  const known = new Map(fields.map((item) => [keyOf(item), item]));
  return createHostLock({
    created: formatTime(context.timestamp()),
    toolVersion: toolVersion(),
    hostName: await hostName(aptRoot),
    host,
    serverIds: await readServerIds(aptRoot, { products: host.products, context }),
    cpuSockets: await countSockets(aptRoot),
    ageRecipient: await readRecipient(store, context),
    baseline:
      applied === null ? null : { name: applied.baseline, digest: applied.digest, target: applied.target },
    boot: await readBootFacts(aptRoot),
    changedConffiles: await findChangedConffiles(aptRoot, fields),
    packages: packages.map((item) => {
      const { relations = {}, source } = known.get(keyOf(item)) ?? {};
      return { ...item, relations, ...(source === undefined ? {} : { source }) };
    }),
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

/** A host on which nothing can be written still has a lock. */
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

function halfDone(unfinished: readonly UnfinishedPackage[]): PommgrError {
  const names = unfinished.map(({ name, status }) => `${name} (${status})`);
  return new PommgrError('state.dpkg', `dpkg is in the middle of something: ${names.join(', ')}.`, {
    hints: ['Run "dpkg --configure -a" and "apt-get -f install", then this again.'],
    details: { packages: unfinished },
  });
}
