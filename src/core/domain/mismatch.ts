/** The one wording for bytes that are not what a signed list, an index or a document says of them. */
import { PommgrError } from './errors.ts';

interface Mismatch<Value> {
  expected: Value;
  found: Value;
  /** What the reader can do. */
  hints?: string[];
  /** Default: the file, expected and found. */
  details?: Record<string, unknown>;
}

/** `what` names the digest where it is not that of a whole file, or no SHA-256. */
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

/** Sizes in bytes; `found` may be a text such as `at least 10`. */
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

/** A file beyond the size that a reader accepts; `found` is undefined where reading stopped at the bound. */
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
