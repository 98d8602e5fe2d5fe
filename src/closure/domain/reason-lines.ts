/** One line of `closure.jsonl`: a package of a closure, and the reason by which it was found first. */
import { z } from 'zod';
import type { HostClosure } from './closure-jobs.ts';
import { offerKey } from './offers.ts';

const becauseKinds = [
  ...(['installed', 'essential', 'bare', 'install', 'also', 'kept'] as const),
  ...(['pre-depends', 'depends', 'recommends'] as const),
] as const;

const reasonLineSchema = z.strictObject({
  target: z.string(),
  /** Null for the bare system. */
  host: z.string().nullable(),
  /** `name version architecture` */
  package: z.string(),
  kind: z.enum(becauseKinds),
  /** The clause, the name asked for, or what is installed. */
  text: z.string(),
  /** The package that needs it, in the same form; null at the root of a chain. */
  of: z.string().nullable(),
});
export type ReasonLine = z.infer<typeof reasonLineSchema>;

export function* reasonLines(target: string, closures: readonly HostClosure[]): Generator<ReasonLine> {
  for (const { host, selection } of closures) {
    for (const [key, { because }] of selection) {
      const of = 'of' in because ? offerKey(because.of) : null;
      yield { target, host, package: key, kind: because.kind, text: because.text, of };
    }
  }
}
