/** Describes a file as an index does, with every digest that it gives, and checks a file against that. */
import type { HashAlgorithm, ObjectFact } from './digest.ts';
import { digestMismatch, sizeMismatch } from './mismatch.ts';

/**
 * Size, SHA-256 and the other digests that the index gives, in lower-case hex. Weak digests are checked as well: apt
 * refuses a file for a wrong MD5 beside a right SHA-256.
 */
export interface ListedFact extends ObjectFact {
  sha512?: string;
  sha1?: string;
  md5?: string;
}

export type Digests = ReadonlyMap<HashAlgorithm, string>;

const others = ['sha512', 'sha1', 'md5'] as const;
const names: Record<HashAlgorithm, string> = {
  md5: 'MD5',
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha512: 'SHA-512',
};

/** Returns the algorithms of the given digests, SHA-256 first. */
export function algorithmsOf(fact: Partial<ListedFact>): HashAlgorithm[] {
  return ['sha256', ...others.filter((algorithm) => fact[algorithm] !== undefined)];
}

/** How a message names the file, and what its reader can do. */
export interface FactSource {
  where: string;
  hints: string[];
}

/** @throws PommgrError `integrity.size` */
export function checkSize(
  found: number,
  { sizeBytes: expected }: Partial<ListedFact>,
  from: FactSource,
): void {
  if (expected === undefined || found === expected) return;
  const size = found > expected ? `at least ${found}` : String(found);
  throw sizeMismatch(from.where, {
    ...{ expected, found: size, hints: from.hints },
    details: { uri: from.where, expected, found },
  });
}

/** @throws PommgrError `integrity.digest` for the first digest that is not the given one. */
export function checkDigests(
  digests: Digests,
  fact: Partial<ListedFact>,
  { where, hints }: FactSource,
): void {
  for (const [algorithm, found] of digests) {
    const expected = fact[algorithm];
    if (expected === undefined || expected === found) continue;
    throw digestMismatch(where, {
      what: names[algorithm],
      ...{ expected, found },
      // SHA-256 is checked first, so it matched here.
      hints:
        algorithm === 'sha256' ? hints : ['The SHA-256 matches: the index contradicts itself.', ...hints],
      details: { uri: where, algorithm, expected, found },
    });
  }
}
