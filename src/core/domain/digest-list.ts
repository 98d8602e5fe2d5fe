/**
 * Renders and parses digests of files in the format that `sha256sum --check` reads: the text that is signed. Invariant:
 * a set of files has exactly one text (sorted, no comments, a newline at the end).
 */
import { compareText } from './canonical-json.ts';

/** SHA-256 in hex by file name, `/`-separated where files lie deeper. */
export type Digests = ReadonlyMap<string, string>;

export function renderDigests(digests: Digests): string {
  return [...digests]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([file, sha256]) => `${sha256}  ${file}\n`)
    .join('');
}

/** Returns the digests, or the reason why `renderDigests` does not write such a text for names that `isName` admits. */
export function parseDigests(text: string, isName: (name: string) => boolean): Digests | { why: string } {
  const digests = new Map<string, string>();
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const [, sha256, file] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line) ?? [];
    if (sha256 === undefined || file === undefined || !isName(file)) {
      return { why: `line ${index + 1} is not "<SHA-256>  <name of a file that belongs here>"` };
    }
    digests.set(file, sha256);
  }
  if (renderDigests(digests) === text) return digests;
  return { why: 'its lines are not sorted, not unique, or do not end in a newline' };
}
