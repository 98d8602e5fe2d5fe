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
    for (const facts of await readCertificates(keyring)) {
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
