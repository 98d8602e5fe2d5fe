/** Reads Proxmox's public key, against which signed subscription infos are checked. */
import { PommgrError } from '../../core/domain/errors.ts';
import { proxmoxKeyFile } from '../../config/domain/site.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';

const maxKeyBytes = 64 * 1024;

/**
 * Returns the PEM of the named file, else of the one that Proxmox's packages ship; undefined where that does not exist.
 * @throws PommgrError `config.public-key` when a named file is missing.
 */
export async function readProxmoxKey(
  named: string | undefined,
  { root = '' }: { root?: string } = {},
): Promise<string | undefined> {
  const path = named ?? `${root.replace(/\/+$/, '')}${proxmoxKeyFile}`;
  try {
    return (await readPlainFile(path, maxKeyBytes)).toString('utf8');
  } catch (error) {
    if (!isAbsent(error)) throw error;
    if (named === undefined) return undefined;
    throw new PommgrError('config.public-key', `Proxmox's public key ${path} is not there.`, {
      hints: [`Copy ${proxmoxKeyFile} from a Proxmox host.`],
      details: { file: path },
      cause: error,
    });
  }
}
