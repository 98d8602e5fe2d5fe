import { describe, expect, test } from 'vitest';
import { chooseBundles, type BundleOffer } from '../../src/medium/domain/bundle-choice.ts';

function choose(names: readonly string[], offer: Partial<BundleOffer> = {}) {
  return chooseBundles(names, { media: '/m', track: 'site', switchTrack: false, stored: [], ...offer });
}

const names = ['lab-7', 'site-10', 'site-9', 'site-10-from-site-9'];

test.each([
  ['the highest of its track, whole where it lacks the base', {}, 'site-10'],
  ['the delta where it has the base', { stored: ['site-9'] }, 'site-10-from-site-9'],
  ['the only other track when it is to switch', { switchTrack: true }, 'lab-7'],
  ['what the operator names', { chosen: 'site-9' }, 'site-9'],
  ['the full one that the operator names', { chosen: 'site-10', stored: ['site-9'] }, 'site-10'],
])('a host takes %s', (_, offer, expected) => {
  expect(choose(names, offer)).toEqual({ names: [expected], passedOver: [] });
});

describe('deltas that build on each other', () => {
  const chain = ['site-1', 'site-2-from-site-1', 'site-3-from-site-2', 'site-10-from-site-3'];

  test.each([
    ['all of them on a bare host', [], chain],
    ['those after what it has', ['site-2'], chain.slice(2)],
    ['only the last where it has the baseline already', ['site-10'], chain.slice(3)],
  ])('%s', (_, stored, expected) => {
    expect(choose(chain.toReversed(), { stored })).toEqual({ names: expected, passedOver: [] });
  });

  test('up to the one that the operator names', () => {
    expect(choose(chain, { chosen: 'site-3-from-site-2' }).names).toEqual(chain.slice(0, 3));
  });

  test('as few as there are, and of those the least to read', () => {
    expect(choose([...chain, 'site-10-from-site-1']).names).toEqual(['site-1', 'site-10-from-site-1']);
    const stored = ['site-1', 'site-3'];
    expect(choose([...chain, 'site-10-from-site-1', 'site-10'], { stored }).names).toEqual([
      'site-10-from-site-3',
    ]);
  });
});

describe('a delta whose base is nowhere', () => {
  const medium = ['site-1', 'site-4-from-site-3', 'site-4-from-site-2'];

  test('is passed over, and named', () => {
    expect(choose(medium)).toEqual({
      names: ['site-1'],
      passedOver: [
        { name: 'site-4-from-site-3', base: 'site-3' },
        { name: 'site-4-from-site-2', base: 'site-2' },
      ],
    });
  });

  test('comes alone when it was asked for, or there is nothing else', () => {
    expect(choose(medium, { chosen: 'site-4-from-site-2' }).names).toEqual(['site-4-from-site-2']);
    expect(choose(medium.slice(1)).names).toEqual(['site-4-from-site-3']);
  });
});

test('thousands of deltas from everything to everything take no longer than it takes to look at them', () => {
  const many = Array.from({ length: 80 }, (_, to) =>
    Array.from({ length: to }, (_none, from) => `site-${to + 2}-from-site-${from + 2}`),
  ).flat();
  expect(choose(many).names).toHaveLength(1);
  expect(choose([...many, 'site-2']).names).toEqual(['site-2', 'site-81-from-site-2']);
});

test('names that look like a delta but cannot be one are those of full bundles', () => {
  for (const name of ['site-2-from-lab-1', 'site-2-from-site-2', 'site-2-from-site-x1']) {
    expect(choose([name], { chosen: name })).toEqual({ names: [name], passedOver: [] });
  }
});

test.each([
  ['several tracks and none of them the host’s', names, { track: null }, 'usage.bundle'],
  ['a name that is not there', names, { chosen: 'site-1' }, 'usage.bundle'],
  ['an empty medium', [], { track: null }, 'integrity.missing'],
])('no choice among %s', (_, found, offer, code) => {
  expect(() => choose(found, offer)).toThrow(expect.objectContaining({ code }));
});
