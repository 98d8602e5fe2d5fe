import { namedOf } from '../../src/core/domain/named.ts';
import { expect, test } from 'vitest';
import { admitBaseline, checkSpace, costOf } from '../../src/store/domain/apply-plan.ts';
import { emptyStoreState, type StoreState } from '../../src/store/domain/store-state.ts';

const digest = 'a'.repeat(64);
const none = { allowOlder: false, switchTrack: false };

function offer(track: string, sequence: number) {
  return { track, sequence, name: `${track}-${sequence}`, digest };
}

function stateAt(track: string, sequence: number, highest = sequence): StoreState {
  const baseline = `${track}-${sequence}`;
  const since = '2026-01-01T00:00:00Z';
  return {
    ...emptyStoreState,
    applied: { number: 1, baseline, digest, track, sequence, target: 'debian', since },
    highest: namedOf([[track, highest]]),
    known: namedOf([[baseline, digest]]),
  };
}

test.each([
  ['anything at first', offer('a', 5000), emptyStoreState, none, []],
  ['the next one', offer('a', 6), stateAt('a', 5), none, []],
  ['the one that is applied, although a newer one was', offer('a', 5), stateAt('a', 5, 9), none, []],
  ['a step of 1000', offer('a', 1005), stateAt('a', 5), none, []],
  [
    'an older one that is allowed',
    offer('a', 4),
    stateAt('a', 5),
    { ...none, allowOlder: true },
    ['allow-older'],
  ],
  [
    'one below a number that was never right',
    offer('a', 6),
    stateAt('a', 5, 900),
    { ...none, acceptSequence: 6 },
    ['accept-sequence'],
  ],
  [
    'one far ahead, by its number',
    offer('a', 5000),
    stateAt('a', 5),
    { ...none, acceptSequence: 5000 },
    ['accept-sequence'],
  ],
  [
    'the next one, and records no decision',
    offer('a', 6),
    stateAt('a', 5),
    { ...none, acceptSequence: 6 },
    [],
  ],
  [
    'another track that is allowed',
    offer('b', 1),
    stateAt('a', 5),
    { ...none, switchTrack: true },
    ['switch-track'],
  ],
])('admits %s', (_, offered, state, allowances, decisions) => {
  expect(admitBaseline(offered, state, allowances)).toEqual(decisions);
});

test.each([
  ['an older one', offer('a', 4), stateAt('a', 5), none, 'trust.older'],
  ['one older than the highest ever', offer('a', 8), stateAt('a', 5, 9), none, 'trust.older'],
  [
    'a step of 1001',
    offer('a', 1006),
    stateAt('a', 5),
    { allowOlder: true, switchTrack: true },
    'trust.jump',
  ],
  [
    'another number than the accepted',
    offer('a', 6),
    stateAt('a', 5, 9),
    { ...none, acceptSequence: 7 },
    'trust.sequence',
  ],
  ['another track', offer('b', 9), stateAt('a', 5), { ...none, allowOlder: true }, 'trust.track'],
  [
    'a known name with another digest',
    { ...offer('a', 5), digest: 'b'.repeat(64) },
    stateAt('a', 5),
    { allowOlder: true, switchTrack: true },
    'trust.known-name',
  ],
])('refuses %s', (_, offered, state, allowances, code) => {
  expect(() => admitBaseline(offered, state, allowances)).toThrow(expect.objectContaining({ code }));
});

test('files take whole blocks, directories one each', () => {
  expect(costOf([0, 1, 4096, 4097], 2)).toEqual({ sizeBytes: 6 * 4096, files: 6 });
});

test('space is enough when it just fits', () => {
  const cost = { sizeBytes: 100, files: 3 };
  expect(() => checkSpace(cost, { sizeBytes: 100, files: 3 }, '/s')).not.toThrow();
  expect(() => checkSpace(cost, { sizeBytes: 100, files: null }, '/s')).not.toThrow();
  expect(() => checkSpace(cost, { sizeBytes: 99, files: 3 }, '/s')).toThrow(
    /expected 100 B free, found 99 B/,
  );
  expect(() => checkSpace(cost, { sizeBytes: 100, files: 2 }, '/s')).toThrow(/expected 3, found 2/);
});
