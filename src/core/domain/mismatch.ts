/** Words all messages about bytes that do not match a signed manifest, an index or a document. */
import { PommgrError } from './errors.ts';

interface Mismatch<Value> {
  expected: Value;
  found: Value;
  /** What the reader can do. */
  hints?: string[];
  /** Default: the file, the expected and the found value. */
  details?: Record<string, unknown>;
}

/** Returns the error; `what` names the digest where it is not the SHA-256 of a whole file. */
export function digestMismatch(
  where: string,
  { expected, found, hints = [], details, what = 'SHA-256' }: Mismatch<string> & { what?: string },
): PommgrError {
  return new PommgrError(
    'integrity.digest',
    `${where}: ${what} mismatch: expected ${expected}, found ${found}.`,
    {
      hints,
      details: details ?? { file: where, expected, found },
    },
  );
}

/** Returns the error; sizes are in bytes, and `found` may be a text such as `at least 10`. */
export function sizeMismatch(
  where: string,
  { expected, found, hints = [], details }: Mismatch<number | string>,
): PommgrError {
  return new PommgrError(
    'integrity.size',
    `${where}: size mismatch: expected ${expected} bytes, found ${found}.`,
    {
      hints,
      details: details ?? { file: where, expected, found },
    },
  );
}

/**
 * Returns the error for a file larger than a reader accepts; `found` is undefined where reading stopped at the limit.
 */
export function tooLarge(
  where: string,
  { expected, found, hints = [], details }: Omit<Mismatch<number>, 'found'> & { found: number | undefined },
): PommgrError {
  const size = found === undefined ? 'more' : String(found);
  return new PommgrError(
    'integrity.size',
    `${where} is too large: expected at most ${expected} bytes, found ${size}.`,
    {
      hints,
      details: details ?? { file: where, expected, found: found ?? null },
    },
  );
}
