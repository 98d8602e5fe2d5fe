/** A file of a snapshot against what a signed index says of it. */
import type { ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** @throws PommgrError `integrity.digest` */
export function checkFact(path: string, expected: ObjectFact, found: ObjectFact): void {
  if (found.sha256 === expected.sha256 && found.sizeBytes === expected.sizeBytes) return;
  throw new PommgrError(
    'integrity.digest',
    `${path}: expected ${expected.sizeBytes} bytes with SHA-256 ${expected.sha256}, found ${found.sizeBytes} bytes with ${found.sha256}.`,
    {
      hints: [
        'The file in the pool is damaged. Remove it there, both its names, then run the same command again.',
      ],
      details: { file: path, expected: expected.sha256, found: found.sha256 },
    },
  );
}
