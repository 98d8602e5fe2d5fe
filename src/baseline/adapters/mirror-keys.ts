/** Reads the certificates that a baseline's mirrors were verified with, each once. */
import { join } from 'node:path';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { readCertificates } from '../../upstream/adapters/openpgp-signer.ts';
import type { Baseline } from '../domain/baseline.ts';
import type { MirrorKey } from '../domain/upstream-key-events.ts';
import { baselineDirectory, keyringPath } from './baseline-files.ts';

const maxKeyringBytes = 16 * 1024 * 1024;

/** In the order of the mirrors. */
export async function readMirrorKeys(stateDir: string, baseline: Baseline): Promise<MirrorKey[]> {
  const { name, snapshots, content } = baseline;
  const found = new Map<string, MirrorKey>();
  for (const { mirror } of snapshots) {
    const isForSqv = content.targets.some(
      ({ codename, mirrors }) => codename === 'trixie' && mirrors.includes(mirror),
    );
    const path = join(baselineDirectory(stateDir, name), keyringPath(mirror));
    const keyring = await readPlainFile(path, maxKeyringBytes);
    for (const facts of await certificatesOf(keyring)) {
      const known = found.get(facts.fingerprint);
      if (known === undefined) found.set(facts.fingerprint, { ...facts, mirrors: [mirror], isForSqv });
      else {
        known.mirrors.push(mirror);
        known.isForSqv ||= isForSqv;
      }
    }
  }
  return [...found.values()];
}

/**
 * gpgv accepted the keyring when the baseline was made. Where the library cannot read it, there are no dates to tell of;
 * "baseline verify" and "pack" compare its digest.
 */
async function certificatesOf(keyring: Buffer): ReturnType<typeof readCertificates> {
  try {
    return await readCertificates(keyring);
  } catch {
    return [];
  }
}
