/** Compares a file of a snapshot with what a signed index says about it. */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';

/** @throws PommgrError `integrity.digest` */
export function checkFact(path: string, expected: ObjectFact, found: ObjectFact): void {
  if (found.sha256 === expected.sha256 && found.sizeBytes === expected.sizeBytes) return;
  throw digestMismatch(path, {
    expected: expected.sha256,
    found: found.sha256,
    hints: [
      'The file in the pool is damaged. Remove it there, both its names, then run the same command again.',
    ],
  });
}
