/** Compares two source lists, whatever their layout, and whatever entries are enabled or disabled. */
import type { SourceEntry } from './apt-sources.ts';
import { canonicalJson, compareText } from '../../core/domain/canonical-json.ts';

/**
 * The repository panel of Proxmox's products rewrites a list when an entry is switched on or off there: without
 * comments, in an order of its own, with `Enabled`.
 */
export function sameSources(one: readonly SourceEntry[], other: readonly SourceEntry[]): boolean {
  return textOf(one) === textOf(other);
}

function textOf(entries: readonly SourceEntry[]): string {
  return canonicalJson(entries.map(comparable).map(canonicalJson).toSorted());
}

function comparable({ types, uris, suites, components, ...entry }: SourceEntry): object {
  const options = [...entry.otherOptions].map(([name, value]) => [
    name,
    value.trim().replaceAll(/\s+/g, ' '),
  ]);
  return {
    types: types.toSorted(),
    uris: uris.map((uri) => uri.replace(/^file:\/(?!\/)/, 'file:///').replace(/\/+$/, '')).toSorted(),
    suites: suites.toSorted(),
    components: components.toSorted(),
    architectures: entry.architectures.toSorted(),
    signedBy: entry.signedBy ?? null,
    trusted: entry.trusted ?? null,
    options: options.toSorted(([a = ''], [b = '']) => compareText(a, b)),
  };
}
