/**
 * Implements `pommgr host trust, distrust`: whose receipts the online side trusts. A host is identified by the key that
 * signs its receipts.
 */
import { loadConfig } from '../../config/adapters/config-file.ts';
import { readPublicKeyFile, trustedHostsDirectory } from '../../trust/adapters/trusted-keys.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { SigningPublicKey } from '../../trust/domain/signing-key.ts';
import { distrustKeyIn, trustKeyIn, type TrustReport } from '../../trust/workflows/key-trust.ts';

/**
 * Trusts the receipts of the host whose public key is in `file`.
 * @throws PommgrError `config.receipt-key` when that is no such key.
 */
export async function trustHost(file: string, configFile: string | undefined): Promise<TrustReport> {
  const directory = await hostsDirectory(configFile);
  return trustKeyIn(directory, await readHostKey(file));
}

/** @throws PommgrError `usage.host` when no trusted host has that id or fingerprint. */
export async function distrustHost(id: string, configFile: string | undefined): Promise<TrustReport> {
  return distrustKeyIn(await hostsDirectory(configFile), { id, code: 'usage.host' });
}

async function hostsDirectory(configFile: string | undefined): Promise<string> {
  return trustedHostsDirectory((await loadConfig(configFile)).stateDir);
}

async function readHostKey(file: string): Promise<SigningPublicKey> {
  try {
    return await readPublicKeyFile(file);
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'config.signing-key') throw error;
    throw new PommgrError('config.receipt-key', error.message, {
      hints: [
        '"pommgr apply --receipt DIR" on the host leaves its public key in DIR/receipts/<key id>.pub.pem.',
      ],
      details: { file },
      cause: error,
    });
  }
}
