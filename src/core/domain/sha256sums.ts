/**
 * Describes the manifest of a bundle: its `SHA256SUMS`. Invariant: its purpose is a bundle, and it says which one; it
 * lists bundle.json, and only names that a bundle may hold.
 */
import { parseDigests, type Digests } from './digest-list.ts';
import { PommgrError } from './errors.ts';
import { purposeDigest, purposeFileName } from './purpose.ts';

export const rootFileName = 'SHA256SUMS';
export const bundleFileName = 'bundle.json';
const rootedPattern =
  /^(?:PURPOSE|bundle\.json|closure-list\.jsonl|vol-[0-9]{4}\.tar|baseline\.json|packages\.jsonl|keyring-[A-Za-z0-9_][A-Za-z0-9._-]{2,31}\.gpg)$/;

export interface Root {
  /** SHA-256 of PURPOSE, which says which bundle it is. */
  purpose: string;
  /** SHA-256 of bundle.json. */
  document: string;
  /** Digests of all other files: volumes, or documents and keyrings. */
  files: Digests;
}

/** Returns the manifest of the bundle whose directory has this name. */
export function rootOf(name: string, { document, files }: Omit<Root, 'purpose'>): Root {
  return { purpose: purposeDigest({ kind: 'bundle', name }), document, files };
}

/** Returns all digests that the manifest lists. */
export function rootDigests({ purpose, document, files }: Root): Digests {
  return new Map([[purposeFileName, purpose], [bundleFileName, document], ...files]);
}

/**
 * Parses the list. The caller must check which bundle it belongs to once that is known: `readRootedBundle`.
 * @throws PommgrError `integrity.root` for anything that `renderDigests(rootDigests(…))` does not write.
 */
export function parseRoot(text: string, where: string): Root {
  const digests = parseDigests(text, (name) => rootedPattern.test(name));
  if ('why' in digests) throw malformed(where, digests.why);
  const files = new Map(digests);
  const document = files.get(bundleFileName);
  const purpose = files.get(purposeFileName);
  if (document === undefined) throw malformed(where, `it does not list ${bundleFileName}`);
  if (purpose === undefined) throw malformed(where, `it does not list ${purposeFileName}`);
  files.delete(bundleFileName);
  files.delete(purposeFileName);
  return { purpose, document, files };
}

function malformed(where: string, why: string): PommgrError {
  return new PommgrError('integrity.root', `${where} is not a bundle's list of digests: ${why}.`, {
    hints: ['Pack the baseline again on the online side.'],
    details: { file: where },
  });
}
