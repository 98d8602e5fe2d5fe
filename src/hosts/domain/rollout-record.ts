/**
 * Puts the entries of a rollout in their order. Entries of one rollout may come from several hosts. Invariant: what is
 * missing, or is not part of the chain, is named.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import type { RolloutEntry } from './rollout-entry.ts';

/** An entry, and the digest of its file. */
export interface DigestedEntry {
  sha256: string;
  entry: RolloutEntry;
}

export interface RolloutRecord {
  rollout: string;
  /** Time of the first entry that is here. */
  begun: string;
  /** Who held the cluster, in that order. */
  owners: string[];
  /** In their order. */
  entries: DigestedEntry[];
  /** Why the record is not whole; none for a whole one. */
  gaps: RecordGap[];
}

/** An entry that was not found, or one that neither the next entry nor the rollout names: its run was killed. */
export type RecordGap =
  | { kind: 'missing'; number: number }
  | { kind: 'not-carried-out'; number: number; host: string };

/** Sorted by their beginning. */
export function rolloutRecords(found: readonly DigestedEntry[]): RolloutRecord[] {
  const ids = [...new Set(found.map(({ entry }) => entry.rollout))].toSorted(compareText);
  return ids.map((id) => recordOf(id, [...uniqueEntries(found, id).values()]));
}

/** The same entry may be on several media. */
function uniqueEntries(found: readonly DigestedEntry[], id: string): Map<string, DigestedEntry> {
  return new Map(found.filter(({ entry }) => entry.rollout === id).map((one) => [one.sha256, one]));
}

function recordOf(rollout: string, all: readonly DigestedEntry[]): RolloutRecord {
  const entries = longestChain(all);
  const numbers = new Set(entries.map(({ entry }) => entry.number));
  const last = Math.max(...numbers);
  const missing = Array.from({ length: last }, (_, index) => index + 1).filter(
    (number) => !numbers.has(number),
  );
  const others = all.filter((one) => !entries.includes(one));
  return {
    rollout,
    begun: entries[0]?.entry.time ?? '',
    owners: entries
      .map(({ entry }) => entry.owner)
      .filter((owner, index, owners) => owner !== owners[index - 1]),
    entries,
    gaps: [
      ...missing.map((number) => ({ kind: 'missing' as const, number })),
      ...others.map(({ entry: { number, host } }) => ({
        ...{ kind: 'not-carried-out' as const, number, host: host.name },
      })),
    ],
  };
}

/**
 * Follows the chain backwards from each entry and returns the longest; of two, that with the later entry, since a killed
 * run's entry is older than the one that took its place. An entry whose predecessor is missing continues
 * the chain of any entry with a lower number, for it is known only by that one.
 */
function longestChain(all: readonly DigestedEntry[]): DigestedEntry[] {
  const chains = all.map((last) => chainTo(last, all));
  const [longest = []] = chains.toSorted(
    (a, b) => b.length - a.length || compareText(lastTime(b), lastTime(a)),
  );
  return longest;
}

function chainTo(last: DigestedEntry, all: readonly DigestedEntry[]): DigestedEntry[] {
  const chain = [last];
  for (let first: DigestedEntry | undefined = last; first !== undefined; ) {
    const { previous, number }: RolloutEntry = first.entry;
    const before: DigestedEntry | undefined =
      all.find(({ sha256, entry }) => sha256 === previous && entry.number === number - 1) ??
      nearestBefore(number - 1, all);
    if (before !== undefined) chain.unshift(before);
    first = before;
  }
  return chain;
}

/** Only over a gap: an entry of the number just before would have to be the one that is named. */
function nearestBefore(number: number, all: readonly DigestedEntry[]): DigestedEntry | undefined {
  return all
    .filter(({ entry }) => entry.number < number)
    .toSorted((a, b) => b.entry.number - a.entry.number)
    .at(0);
}

function lastTime(chain: readonly DigestedEntry[]): string {
  return chain.at(-1)?.entry.time ?? '';
}
