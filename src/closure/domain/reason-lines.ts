/** Defines a line of `closure-reasons.jsonl`: a package of a closure, and the first reason that was found for it. */
import { z } from 'zod';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Link } from './chains.ts';
import type { HostClosure } from './closure-jobs.ts';
import { offerKey } from './offers.ts';

const becauseKinds = [
  ...(['installed', 'stage', 'essential', 'bare', 'install', 'also', 'kept'] as const),
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

/** @throws PommgrError `integrity.closure` */
export function parseReasonLine(line: string, where: string): ReasonLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  const result = reasonLineSchema.safeParse(value);
  if (result.success) return result.data;
  throw new PommgrError('integrity.closure', `${where} has a line that is no reason: ${line.slice(0, 80)}.`, {
    hints: ['The file was changed after it was written; make a new baseline with "pommgr snapshot --force".'],
    details: { file: where },
  });
}

/** Returns the chain from the root to the package; empty where the lines, which belong to one host, lack it. */
export function chainOf(key: string, lines: ReadonlyMap<string, ReasonLine>): Link[] {
  const chain: Link[] = [];
  for (let line = lines.get(key); line !== undefined; ) {
    chain.unshift({ package: line.package, kind: line.kind, text: line.text });
    line = line.of === null ? undefined : lines.get(line.of);
  }
  return chain;
}
