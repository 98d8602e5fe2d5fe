/**
 * Which objects of a baseline a delta leaves to its base. Invariant: bundle.json says exactly which, by number, size
 * and digest, so that `verify` finds a missing object without the base, and `apply` a base that is another.
 */
import { describeObjects, type BundleObjects } from './bundle-objects.ts';
import type { BundleBase } from './bundle.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** Moves an object that the base has from `objects` to `fromBase`, unless it is none of them, or moved already. */
export function leaveToBase(sha256: string, objects: BundleObjects, fromBase: BundleObjects): void {
  const object = objects.get(sha256);
  if (object === undefined) return;
  objects.delete(sha256);
  fromBase.set(sha256, object);
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
