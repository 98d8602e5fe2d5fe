/**
 * Decides which objects of a baseline a delta leaves to its base. Invariant: bundle.json states exactly which, by
 * number, size and digest, so that `verify` finds a missing object without the base, and `apply` detects a different
 * base.
 */
import { describeObjects, type BundleObjects } from './bundle-objects.ts';
import type { BundleBase } from './bundle.ts';
import type { Viewers } from '../../closure/domain/shares.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** Viewers of each object of a base, by SHA-256: a store that holds one of these targets holds the object. */
export type BaseViewers = ReadonlyMap<string, Viewers>;

/**
 * Removes from `objects` what the base has, and returns it. An object stays where a target sees it that did not see it
 * in the base: the store of such a host holds only the share of its target.
 */
export function leaveToBase(base: BaseViewers, objects: BundleObjects): BundleObjects {
  const fromBase: BundleObjects = new Map();
  for (const [sha256, object] of objects) {
    const before = base.get(sha256);
    if (before === undefined || !object.viewers.every((name) => before.includes(name))) continue;
    objects.delete(sha256);
    fromBase.set(sha256, object);
  }
  return fromBase;
}

/** @throws PommgrError `integrity.base` unless these are the objects that the bundle leaves to its base. */
export function checkBaseObjects(base: BundleBase, fromBase: BundleObjects, where: string): void {
  const found = describeObjects(fromBase);
  if (canonicalJson(base.objects) === canonicalJson(found)) return;
  const text = ({ count, sizeBytes }: BundleBase['objects']): string => `${count} of ${sizeBytes} bytes`;
  throw new PommgrError(
    'integrity.base',
    `${where}: the objects that are left to the base ${base.name} are not those that bundle.json counts: expected ${text(base.objects)}, found ${text(found)}.`,
    {
      hints: ['Pack a full bundle on the online side.'],
      details: { file: where, base: base.name, expected: base.objects, found },
    },
  );
}
