/** Defines the reports of `extras list` and `extras extract`. */
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Extra } from '../../config/domain/extras.ts';

export interface FoundExtra extends Extra {
  /** Bundles of the medium, or baselines of the store, that have the extra under this name. */
  in: [string, ...string[]];
}

export interface ExtrasReport {
  /** Null for a store. */
  media: string | null;
  /** Null for a medium. */
  store: string | null;
  /** Sorted by name; one name may have several contents. */
  extras: FoundExtra[];
}

export interface ExtractReport {
  extra: Extra;
  /** Bundle or baseline that it was taken from. */
  from: string;
  /** Where it was written. */
  file: string;
}

/** Gathers extras: the same content under the same name counts once. The result keeps the order of `places`. */
export function gatherExtras(places: readonly { place: string; extras: readonly Extra[] }[]): FoundExtra[] {
  const found = new Map<string, FoundExtra>();
  for (const { place, extras } of places) {
    for (const extra of extras) {
      const id = `${extra.name} ${extra.sha256}`;
      const known = found.get(id);
      if (known === undefined) found.set(id, { ...extra, in: [place] });
      else known.in.push(place);
    }
  }
  return [...found.values()].toSorted((a, b) => compareText(a.name, b.name));
}

/**
 * Returns the one extra of that name, in `from` where that is given.
 * @throws PommgrError `usage.extra` for none, or for several that differ.
 */
export function chooseExtra(
  extras: readonly FoundExtra[],
  { name, from, where }: { name: string; from: string | undefined; where: string },
): FoundExtra {
  const named = extras.filter((extra) => extra.name === name);
  const fitting = named.filter((extra) => from === undefined || extra.in.includes(from));
  const [only, ...others] = fitting;
  if (only === undefined) throw noExtra({ name, from, where }, named.length > 0 ? named : extras);
  if (others.length === 0) return only;
  throw new PommgrError('usage.extra', `${where} has ${fitting.length} different extras named ${name}.`, {
    hints: [`Choose one with --from: ${fitting.map((extra) => extra.in.join(' or ')).join(', ')}.`],
    details: { name, found: fitting },
  });
}

function noExtra(
  { name, from, where }: { name: string; from: string | undefined; where: string },
  extras: readonly FoundExtra[],
): PommgrError {
  const there = extras.map((extra) => `${extra.name} (${extra.in.join(', ')})`).join(', ');
  const place = from === undefined ? where : `${from} of ${where}`;
  return new PommgrError('usage.extra', `There is no extra ${name} in ${place}.`, {
    hints: [extras.length === 0 ? 'There is none at all.' : `There are: ${there}.`],
    details: { name, from, found: extras },
  });
}
