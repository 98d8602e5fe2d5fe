/** Combines keyring files into one binary keyring, which POM and apt both read. */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { armoredBlocks } from '../domain/openpgp-text.ts';
import { readKeyring } from './openpgp.ts';

/**
 * Returns the certificates of all files, one after the other, in their order. A file without any is skipped, as in apt,
 * and listed in `unreadable`. With `fingerprints`, only certificates with these primary keys are returned.
 * @throws PommgrError `config.keyring` when no certificate remains.
 */
export async function combineKeyrings(
  files: readonly string[],
  fingerprints?: readonly string[],
): Promise<{ bytes: Uint8Array; unreadable: string[] }> {
  const parts: Uint8Array[] = [];
  const unreadable: string[] = [];
  for (const file of files) {
    try {
      const { certificates } = await readKeyring(file);
      const wanted = new Set(fingerprints?.map((text) => text.toLowerCase()));
      const chosen = certificates.filter(
        (certificate) => fingerprints === undefined || wanted.has(certificate.getFingerprint()),
      );
      parts.push(...chosen.map((certificate) => certificate.write()));
    } catch (error) {
      if (!(error instanceof PommgrError) || error.code !== 'config.keyring') throw error;
      unreadable.push(error.message);
    }
  }
  if (parts.length > 0) return { bytes: Buffer.concat(parts), unreadable };
  throw new PommgrError(
    'config.keyring',
    ['There is no key that apt trusts for these sources.', ...unreadable].join('\n'),
    {
      hints: ['Install the package with the keys of the repository, e.g. debian-archive-keyring.'],
      details: { files: [...files] },
    },
  );
}

/**
 * Returns the keyring as POM can read it; undefined where POM can read the file itself: a binary keyring, or one
 * armored certificate and nothing else.
 * @throws PommgrError `config.keyring`
 */
export async function keyringForPom(path: string): Promise<Uint8Array | undefined> {
  const { certificates } = await readKeyring(path);
  const { blocks, strayText } = armoredBlocks(await readPlainFile(path), 'PUBLIC KEY BLOCK');
  const isReadable = blocks.length === 0 || (certificates.length === 1 && blocks.length === 1 && !strayText);
  return isReadable ? undefined : Buffer.concat(certificates.map((certificate) => certificate.write()));
}
