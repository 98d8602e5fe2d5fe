import { describe, expect, test } from 'vitest';
import { isPassingStatus, parseRetryAfter, retryDelayMs } from '../../src/core/domain/retry.ts';

describe('retryDelayMs', () => {
  test.each([
    [1, 0, 0, 250],
    [1, 1, 0, 500],
    [2, 0.5, 0, 750],
    [3, 1, 0, 2000],
    [20, 1, 0, 30_000],
    [1, 1, 10_000, 10_000],
    [1, 1, 100, 500],
    [1, 1, 3_600_000, 60_000],
  ])('retry %i with random %d and Retry-After %i ms waits %i ms', (retry, random, retryAfterMs, expected) => {
    expect(retryDelayMs(retry, { firstDelayMs: 500, random, retryAfterMs })).toBe(expected);
  });
});

describe('parseRetryAfter', () => {
  const now = new Date('2025-06-01T00:00:00Z');

  test.each([
    [undefined, 0],
    ['0', 0],
    [' 7 ', 7000],
    ['Sun, 01 Jun 2025 00:00:30 GMT', 30_000],
    ['Sat, 31 May 2025 00:00:30 GMT', 0],
    ['soon', 0],
    ['-5', 0],
  ])('%s is %i ms', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});

test.each([
  [200, false],
  [404, false],
  [408, true],
  [429, true],
  [500, true],
  [501, false],
  [503, true],
  [505, false],
])('status %i passes: %s', (status, passes) => {
  expect(isPassingStatus(status)).toBe(passes);
});
