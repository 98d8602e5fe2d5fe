import { expect, test } from 'vitest';
import { configSteps, helpSteps } from './config-steps.ts';
import { failureSteps, keySteps } from './failure-steps.ts';
import { filterSteps, prefilledSteps } from './filter-steps.ts';
import { aptSteps, subscriptionSteps } from './key-steps.ts';
import { damagedMediumSteps, mediumSteps } from './media-steps.ts';
import { oddSteps } from './odd-steps.ts';
import { numbersOf } from './replay.ts';
import { notReplayed, recordedRuns, transcripts } from './transcripts.ts';

const tables = [
  [helpSteps, configSteps],
  [keySteps, failureSteps, filterSteps, prefilledSteps],
  [mediumSteps, damagedMediumSteps],
  [subscriptionSteps, aptSteps],
  [oddSteps],
].flat();

test('every recorded run is replayed, or named with the reason why not', () => {
  const replayed = tables.flatMap(numbersOf).toSorted((left, right) => left - right);
  expect(replayed).toEqual(transcripts.map(({ n }) => n));
  const left = Object.keys(notReplayed).map(Number);
  expect(left).toEqual([392, 407, 408]);
  expect(replayed.filter((n) => left.includes(n))).toEqual([]);
  expect(replayed.length + left.length).toBe(recordedRuns);
});
