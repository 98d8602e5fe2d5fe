/**
 * Defines `closure-list.jsonl`: which package files the hosts of each thin target see, by SHA-256. It is beside a
 * baseline and in a bundle, whose manifest covers it. Invariant: a list has exactly one text, sorted, each file once.
 */
import { z } from 'zod';
import { canonicalJson, compareText } from '../../core/domain/canonical-json.ts';
import { sha256Schema } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';

export const closureListFileName = 'closure-list.jsonl';

/** Names of targets, sorted, by the SHA-256 of a package file. */
export type ClosureList = ReadonlyMap<string, readonly string[]>;

const lineSchema = z.strictObject({ sha256: sha256Schema, targets: z.array(z.string().min(1)).min(1) });

export function renderClosureList(list: ClosureList): string {
  return [...list]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([sha256, targets]) => canonicalJson({ sha256, targets }))
    .join('');
}

/** @throws PommgrError `integrity.closure` for anything that `renderClosureList` does not write. */
export function parseClosureList(text: string, where: string): ClosureList {
  const list = new Map<string, readonly string[]>();
  const sets = new Map<string, readonly string[]>();
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const found = lineSchema.safeParse(parsed(line));
    if (!found.success) throw malformed(where, index + 1);
    const { sha256, targets } = found.data;
    const key = targets.join('\n');
    // Thousands of files share a few sets.
    const shared = sets.get(key) ?? targets;
    sets.set(key, shared);
    list.set(sha256, shared);
  }
  if (renderClosureList(list) !== text) throw malformed(where, list.size);
  return list;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function malformed(where: string, line: number): PommgrError {
  return new PommgrError('integrity.closure', `${where} is not a closure list: line ${line} is not valid.`, {
    hints: ['The file was changed after it was written. Pack the baseline again on the online side.'],
    details: { file: where, line },
  });
}
