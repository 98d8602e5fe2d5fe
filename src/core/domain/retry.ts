/** Decides when to retry a request: exponential back-off with jitter, and whatever the server asks for. */

const longestDelayMs = 30_000;
const longestServerDelayMs = 60_000;

/**
 * Returns the milliseconds to wait before retry number `retry` (1 is the first): `firstDelayMs` doubled each time, at
 * most 30 s, of which `random` (0 to 1) decides the second half. A server's Retry-After applies when it is longer, up
 * to 60 s.
 */
export function retryDelayMs(
  retry: number,
  { firstDelayMs, random, retryAfterMs = 0 }: { firstDelayMs: number; random: number; retryAfterMs?: number },
): number {
  const full = Math.min(firstDelayMs * 2 ** (retry - 1), longestDelayMs);
  return Math.max(Math.round(full / 2 + (full / 2) * random), Math.min(retryAfterMs, longestServerDelayMs));
}

/**
 * Returns the milliseconds that a Retry-After header asks for: seconds or a date (RFC 9110, 10.2.3); 0 for anything
 * else.
 */
export function parseRetryAfter(header: string | undefined, now: Date): number {
  if (header === undefined) return 0;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now.getTime());
}

/** Returns whether a retry of the same request may succeed later (RFC 9110, 15). */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}
