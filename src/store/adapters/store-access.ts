/**
 * Checks who may write to a store, because they can make a host's apt read anything, as root: only root and the current
 * user may.
 */
import { lstat } from 'node:fs/promises';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { accessText, othersMayWrite } from '../../core/adapters/write-access.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** The directories of a store, as `Store` names them. */
type StoreDirectories = Readonly<
  Record<'directory' | 'pool' | 'baselines' | 'remotes' | 'applied' | 'secrets', string>
>;

/** @throws PommgrError `trust.store` for a directory of the store that others may write, or that is none. */
export async function checkStoreAccess({ directory, ...store }: StoreDirectories): Promise<void> {
  await checkDirectory(directory, { mayBeLink: true });
  for (const path of [store.pool, store.baselines, store.remotes, store.applied, store.secrets])
    await checkDirectory(path, { mayBeLink: false });
}

/** The store itself may be a link that the operator made; its parts never are. */
async function checkDirectory(path: string, { mayBeLink }: { mayBeLink: boolean }): Promise<void> {
  try {
    const status = await lstat(mayBeLink ? `${path}/.` : path);
    if (!status.isDirectory()) throw notOurs(path, 'it is not a directory');
    if (othersMayWrite(status)) {
      throw notOurs(path, `others may write it: expected that only root may, found ${accessText(status)}`);
    }
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

function notOurs(path: string, why: string): PommgrError {
  return new PommgrError('trust.store', `The store's ${path} is not used, for ${why}.`, {
    hints: [
      `Find out who could write there, then: chown -R root:root ${path}; chmod -R go-w ${path}`,
      'Then "pommgr doctor --deep" compares every file with its digest.',
    ],
    details: { file: path },
  });
}
