/**
 * Defines `held-targets.json` of a stored baseline: the targets whose files the store holds. It is absent where the
 * store holds the files of all. Invariant: the files of every target in it exist; it is written after them.
 */
import { z } from 'zod';
import type { Target } from '../../apt/domain/target.ts';
import type { DocumentKind } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';

export const heldTargetsFileName = 'held-targets.json';

/** Names of targets; null for all of them. */
export type HeldTargets = readonly string[] | null;

const heldTargetsSchema = z.strictObject({
  schema: z.literal('pommgr/held-targets/v1'),
  targets: z.array(z.string().min(1)),
});
export type HeldTargetsDocument = z.infer<typeof heldTargetsSchema>;

export const heldTargetsKind: DocumentKind<HeldTargetsDocument> = {
  noun: 'held-targets',
  schema: heldTargetsSchema,
};

export function holds(held: HeldTargets, target: string): boolean {
  return held === null || held.includes(target);
}

/** Returns targets in their order; null where that is all of them. */
export function unionOfHeld(a: HeldTargets, b: HeldTargets, targets: readonly Target[]): HeldTargets {
  const names = targets.map(({ name }) => name).filter((name) => holds(a, name) || holds(b, name));
  return names.length === targets.length ? null : names;
}

/** `store` is a directory or an address. @throws PommgrError `state.target` unless the target's files are held. */
export function requireHeld(
  { baseline, held }: { baseline: { name: string }; held: HeldTargets },
  target: string,
  store: string,
): void {
  if (holds(held, target)) return;
  const found = held === null || held.length === 0 ? 'no target' : `${held.join(', ')} only`;
  throw new PommgrError(
    'state.target',
    `The store ${store} holds the files of ${baseline.name} for ${found}: expected ${target}.`,
    {
      hints: [
        `On the host with that store, apply the medium once more with --target ${target}, or with --all-targets.`,
      ],
      details: { store, baseline: baseline.name, expected: target, found: held },
    },
  );
}
