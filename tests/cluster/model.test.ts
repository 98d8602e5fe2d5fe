/** Operators, crashes and kills against the real gates: 500 clusters of 200 steps; the bench runs 50,000. */
import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { runModel } from '../support/cluster-model.ts';

const seeds = Number(process.env['POMMGR_TEST_SEEDS'] ?? 500);

test('never below quorum, never two nodes out, never a pool below min_size', () => {
  const sum = { finished: 0, reboots: 0, refused: 0 };
  assert(
    property(integer(), (seed) => {
      const { finished, reboots, refused } = runModel(seed, 200);
      sum.finished += finished;
      sum.reboots += reboots;
      sum.refused += refused;
    }),
    { numRuns: seeds, seed: 18 },
  );
  // Work is done, and not everything is let go.
  expect(sum.finished).toBeGreaterThan(seeds);
  expect(sum.reboots).toBeGreaterThanOrEqual(sum.finished);
  expect(sum.refused).toBeGreaterThan(seeds);
});
