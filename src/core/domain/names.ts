/** The names that a site's mirrors, tracks and baselines may have. */
import { z } from 'zod';

/** POM's rule for ids; mirrors and media share one name space. */
export const mirrorIdPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{2,31}$/;
export const mirrorIdSchema = z
  .string()
  .regex(mirrorIdPattern, 'expected 3 to 32 of A-Z a-z 0-9 . _ -, not starting with . or -');

export const trackSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, 'expected lower-case letters, digits, dots and hyphens');
export const baselineNameSchema = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}-[1-9][0-9]{0,8}$/);

/** `<track>-<sequence>` */
export function baselineName(track: string, sequence: number): string {
  return `${track}-${sequence}`;
}
