/** Formats times as text: RFC 3339 UTC, whole seconds. */
import { z } from 'zod';

/** RFC 3339 UTC, whole seconds, e.g. `2026-11-22T19:23:46Z`; also the name of a snapshot. */
export const timeSchema = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'expected RFC 3339 UTC');

export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
