/** Holds digests as values: lower-case hex SHA-256, and the file facts that go with one. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';

/** 64 lower-case hex digits. */
export const sha256Pattern = /^[0-9a-f]{64}$/;
export const sha256Schema = z.string().regex(sha256Pattern, 'expected 64 lower-case hex digits');

/** A path inside a repository: relative, `/`-separated, with no empty, `.` or `..` part, no control characters. */
export const relativePathSchema = z
  .string()
  .refine(isSafeRelativePath, 'expected a relative path without ".."');

/** What must be found at `path`. */
export const fileFactSchema = z.strictObject({
  path: relativePathSchema,
  sizeBytes: z.int().nonnegative(),
  sha256: sha256Schema,
});
export type FileFact = z.infer<typeof fileFactSchema>;

/** What an object must be, wherever it is stored. */
export const objectFactSchema = fileFactSchema.omit({ path: true });
export type ObjectFact = z.infer<typeof objectFactSchema>;

/** Algorithms of the digests that repositories publish. */
export type HashAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha512';

/**
 * Refuses paths that could leave a directory or confuse a terminal: `..`, absolute paths, empty parts, control
 * characters.
 */
export function isSafeRelativePath(path: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (path.length === 0 || path.length > 4096 || /[\u0000-\u001f\u007f\\]/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Returns the SHA-256 of a short text (UTF-8) or buffer, as lower-case hex. For files use the hashing adapter. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Returns the SHA-256 of a value's canonical JSON, including the newline at its end. */
export function digestOf(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}
