/**
 * The root of a bundle: its `SHA256SUMS`, in the format that `sha256sum --check` reads.
 * Invariant: one text for one set of files (sorted, no comments), and only names that a bundle may hold.
 */
import { compareText } from './canonical-json.ts';
import { PommgrError } from './errors.ts';

export const rootFileName = 'SHA256SUMS';
export const bundleFileName = 'bundle.json';
const rootedPattern =
  /^(?:bundle\.json|vol-[0-9]{4}\.tar|baseline\.json|packages\.jsonl|keyring-[A-Za-z0-9_][A-Za-z0-9._-]{2,31}\.gpg)$/;

export interface Root {
  /** SHA-256 of bundle.json. */
  document: string;
  /** SHA-256 of all others, by file name: volumes, or documents and keyrings. */
  files: ReadonlyMap<string, string>;
}

export function renderRoot({ document, files }: Root): string {
  return [[bundleFileName, document] as const, ...files]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([file, sha256]) => `${sha256}  ${file}\n`)
    .join('');
}

/** @throws PommgrError `integrity.root` for anything that `renderRoot` would not have written. */
export function parseRoot(text: string, where: string): Root {
  const digests = new Map<string, string>();
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const [, sha256, file] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line) ?? [];
    if (sha256 === undefined || file === undefined || !rootedPattern.test(file)) {
      throw malformed(where, `line ${index + 1} is not "<SHA-256>  <name of a bundle's file>"`);
    }
    digests.set(file, sha256);
  }
  const document = digests.get(bundleFileName);
  if (document === undefined) throw malformed(where, `it does not list ${bundleFileName}`);
  digests.delete(bundleFileName);
  const root = { document, files: digests };
  if (renderRoot(root) === text) return root;
  throw malformed(where, 'its lines are not sorted, not unique, or do not end in a newline');
}

function malformed(where: string, why: string): PommgrError {
  return new PommgrError('integrity.root', `${where} is not a bundle's list of digests: ${why}.`, {
    hints: ['Pack the baseline again on the online side.'],
    details: { file: where },
  });
}
