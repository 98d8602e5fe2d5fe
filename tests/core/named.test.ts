import { expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import {
  entriesOf,
  namedOf,
  namedSchema,
  valueOf,
  withoutNames,
  withValue,
} from '../../src/core/domain/named.ts';
import { parseVolumeSize } from '../../src/medium/domain/volume-size.ts';
import { emptyStoreState } from '../../src/store/domain/store-state.ts';
import { admitBaseline } from '../../src/store/domain/apply-plan.ts';

const propertyNames = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', 'prototype'];

it.each(propertyNames)('%s is a name like any other', (name) => {
  const none = namedSchema(z.string(), z.int()).parse(JSON.parse('{}'));
  expect(valueOf(none, name)).toBeUndefined();
  const one = withValue(none, name, 3);
  expect(valueOf(one, name)).toBe(3);
  expect(entriesOf(one)).toEqual([[name, 3]]);
  expect(canonicalJson(one)).toBe(`{"${name}":3}\n`);
  expect(entriesOf(withoutNames(one, [name]))).toEqual([]);
  expect(valueOf(namedOf([[name, 'x']]), name)).toBe('x');
});

it('a track called constructor is new to a host that knows none', () => {
  const offer = { track: 'constructor', sequence: 1, name: 'constructor-1', digest: 'a'.repeat(64) };
  expect(() =>
    admitBaseline(offer, emptyStoreState, { allowOlder: false, switchTrack: false }),
  ).not.toThrow();
});

it('a volume size called constructor is none', () => {
  expect(() => parseVolumeSize('constructor')).toThrow(
    expect.objectContaining({ code: 'usage.volume-size' }) as Error,
  );
});
