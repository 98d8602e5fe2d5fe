/** Formats times as text: RFC 3339 UTC, whole seconds. */
import { z } from 'zod';

/** RFC 3339 UTC, whole seconds, e.g. `2026-11-22T19:23:46Z`; also the name of a snapshot. */
export const timeSchema = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'expected RFC 3339 UTC');

export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** `20261122T192346Z`: ISO 8601 basic format, for names of files and where there is little room. */
export function compactTime(time: string): string {
  return time.replaceAll(/[-:]/g, '');
}

/** Returns the RFC 3339 form of a compact time; undefined for anything else, or for a day that no calendar has. */
export function expandTime(compact: string): string | undefined {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(compact) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  if (second === undefined) return undefined;
  const time = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const parsed = new Date(time);
  return Number.isNaN(parsed.getTime()) || formatTime(parsed) !== time ? undefined : time;
}
