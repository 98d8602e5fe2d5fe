import { expect, test } from 'vitest';
import type { Baseline } from '../../src/baseline/domain/baseline.ts';
import { checkClock, clockBehind } from '../../src/host/domain/clock.ts';

const baseline = {
  name: 'prod-1',
  content: {
    mirrors: [
      { id: 'debian', release: { date: '2025-06-01T00:00:00Z' } },
      { id: 'pve9', release: { date: '2025-06-02T00:00:00Z' } },
    ],
  },
} as Baseline;

test.each([
  ['2025-06-02T00:00:00Z', undefined],
  ['2025-06-01T23:59:50Z', undefined],
  ['2025-06-01T23:59:49Z', 'pve9'],
  ['2020-01-01T00:00:00Z', 'pve9'],
])('at %s, the Release that is ahead is of %s', (now, mirror) => {
  expect(clockBehind(baseline, new Date(now))?.mirror).toBe(mirror);
});

test('says what the clock says and what the baseline is of', () => {
  expect(() => checkClock(baseline, new Date('2020-01-01T00:00:00Z'))).toThrow(
    'The clock of this host is behind prod-1: it says 2020-01-01T00:00:00Z, and the Release file of pve9 is of 2025-06-02T00:00:00Z.',
  );
});
