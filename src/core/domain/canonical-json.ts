/**
 * Renders canonical JSON: compact, keys sorted by code point at every depth, UTF-8, one newline at the end. It is the
 * text that `jq -cS .` prints, so a digest can be checked by hand.
 */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(sortKeys(value))}\n`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const sorted: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of Object.entries(value).toSorted(byKey)) sorted[key] = sortKeys(member);
  return sorted;
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return compareText(a, b);
}

/** Compares by UTF-16 code unit; the order is the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
