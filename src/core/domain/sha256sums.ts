/** The root of a bundle: its `SHA256SUMS`. Invariant: it has bundle.json, and only names that a bundle may hold. */
import { parseDigests, type Digests } from './digest-list.ts';
import { PommgrError } from './errors.ts';

export const rootFileName = 'SHA256SUMS';
export const bundleFileName = 'bundle.json';
const rootedPattern =
  /^(?:bundle\.json|vol-[0-9]{4}\.tar|baseline\.json|packages\.jsonl|keyring-[A-Za-z0-9_][A-Za-z0-9._-]{2,31}\.gpg)$/;

export interface Root {
  /** SHA-256 of bundle.json. */
  document: string;
  /** Of all others: volumes, or documents and keyrings. */
  files: Digests;
}

/** All that the root lists, bundle.json too. */
export function rootDigests({ document, files }: Root): Digests {
  return new Map([[bundleFileName, document], ...files]);
}

/** @throws PommgrError `integrity.root` for anything that `renderDigests(rootDigests(…))` does not write. */
export function parseRoot(text: string, where: string): Root {
  const digests = parseDigests(text, (name) => rootedPattern.test(name));
  if ('why' in digests) throw malformed(where, digests.why);
  const files = new Map(digests);
  const document = files.get(bundleFileName);
  if (document === undefined) throw malformed(where, `it does not list ${bundleFileName}`);
  files.delete(bundleFileName);
  return { document, files };
}

function malformed(where: string, why: string): PommgrError {
  return new PommgrError('integrity.root', `${where} is not a bundle's list of digests: ${why}.`, {
    hints: ['Pack the baseline again on the online side.'],
    details: { file: where },
  });
}
