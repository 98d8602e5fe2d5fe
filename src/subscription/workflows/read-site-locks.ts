/**
 * Reads the host locks that `site.hosts` names. Invariant: a recipient for a host's subscription keys is accepted only
 * if a trusted host signed it, and no host can sign for another: a lock that came back on a medium may be anybody's.
 */
import { hostLockKind, type HostLock } from '../../apt/domain/host-lock.ts';
import type { Config } from '../../config/domain/config.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { parseDocument } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { readReportedHosts } from '../../hosts/adapters/reported-hosts.ts';
import { isSignatureGood } from '../../trust/adapters/signature-check.ts';
import { readKeyDirectory, trustedHostsDirectory } from '../../trust/adapters/trusted-keys.ts';

const maxLockBytes = 64 * 1024 * 1024;
const signatureBytes = 64;

/** Reads the lock of a path, each path once. @throws PommgrError `config.lock`, `config.*`, `trust.host-lock`. */
export type ReadSiteLock = (file: string) => Promise<HostLock>;

export async function openSiteLocks({ stateDir }: Pick<Config, 'stateDir'>): Promise<ReadSiteLock> {
  const trusted = await readKeyDirectory(trustedHostsDirectory(stateDir));
  const reported = await readReportedHosts(stateDir, trusted);
  const known = new Map<string, HostLock>();
  /** File for which each host vouches, by fingerprint. */
  const vouched = new Map<string, string>();

  async function signerOf(file: string, text: Buffer, lock: HostLock): Promise<string | undefined> {
    const signature = await readIfThere(`${file}.sig`, signatureBytes);
    if (signature !== undefined) {
      return trusted.keys.find((key) => isSignatureGood(key, text, signature))?.fingerprint;
    }
    // The host's newest report, which is signed, says the same.
    const same = reported.find(
      (host) =>
        host.lock?.lock.hostName === lock.hostName && host.lock.lock.ageRecipient === lock.ageRecipient,
    );
    return same?.receipt.host.id;
  }

  return async (file) => {
    const before = known.get(file);
    if (before !== undefined) return before;
    const text = await readIfThere(file, maxLockBytes);
    if (text === undefined) throw notThere(file);
    const lock = parseDocument(text.toString('utf8'), hostLockKind, file);
    if (lock.ageRecipient !== undefined) {
      const signer = await signerOf(file, text, lock);
      if (signer === undefined) throw notSigned(file, lock.ageRecipient);
      const other = vouched.get(signer);
      if (other !== undefined) throw signedTwice(file, other, signer);
      vouched.set(signer, file);
    }
    known.set(file, lock);
    return lock;
  };
}

async function readIfThere(file: string, maxBytes: number): Promise<Buffer | undefined> {
  try {
    return await readPlainFile(file, maxBytes);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function notThere(file: string): PommgrError {
  return new PommgrError('config.lock', `The host lock ${file} is not there.`, {
    hints: ['Bring it from the host ("pommgr host lock -o FILE"), or take "lock" out of site.hosts.'],
    details: { file },
  });
}

function notSigned(file: string, recipient: string): PommgrError {
  return new PommgrError(
    'trust.host-lock',
    `No trusted host signed ${file}, which says that subscription keys are to be encrypted to ${recipient}.`,
    {
      hints: [
        `Bring ${file}.sig with it: "pommgr host lock -o FILE" writes both, and the host's public key as FILE.pub.pem.`,
        'Trust that key ("pommgr host trust FILE") once the fingerprint was compared with the one that the host shows.',
      ],
      details: { file, recipient },
    },
  );
}

function signedTwice(file: string, other: string, signer: string): PommgrError {
  return new PommgrError(
    'trust.host-lock',
    `The same host (${signer.slice(0, 16)}) signed ${other} and ${file}: expected one lock of each host.`,
    {
      hints: ['Find out whose locks these are, and bring each from its own host.'],
      details: { file, other, signer },
    },
  );
}
