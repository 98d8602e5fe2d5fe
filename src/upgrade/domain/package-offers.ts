/** Parses `apt-cache policy` for where the installed packages come from: Debian, Proxmox, others, or no source. */
import { compareText } from '../../core/domain/canonical-json.ts';
import type { PackageOffers } from './checks/facts.ts';
import { isKernel } from './checks/release.ts';

const ownOrigins = ['Debian', 'Debian Backports', 'Proxmox'];
/** Returns the origin by source, as a version table names it (`500 URI SUITE/COMPONENT ARCH Packages`). */
export function parseOrigins(summary: string): Map<string, string> {
  const origins = new Map<string, string>();
  let source = '';
  for (const line of summary.split('\n')) {
    const [, found] = /^ *-?\d+ (\S+ .*)$/.exec(line) ?? [];
    if (found !== undefined) source = found.trim();
    const origin = /^ +release (?:.*,)?o=([^,]*)/.exec(line)?.[1];
    if (origin !== undefined) origins.set(source, origin);
  }
  return origins;
}

/** `tables` is what `apt-cache policy NAME…` prints about the installed packages. */
export function packageOffers(tables: string, origins: ReadonlyMap<string, string>): PackageOffers {
  const foreign: string[] = [];
  const vendors: { name: string; origin: string }[] = [];
  for (const table of tables.split(/^(?=\S+:$)/m)) {
    const name = /^(\S+):$/m.exec(table)?.[1] ?? '';
    if (!/^ {2}Installed: (?!\(none\))/m.test(table) || isKernel(name)) continue;
    const sources = [...table.matchAll(/^ {6,}-?\d+ (\S+ .*)$/gm)].map(([, source = '']) => source.trim());
    const found = new Set(sources.map((source) => origins.get(source) ?? ''));
    if (sources.length === 0) foreign.push(name);
    else if (![...found].some((origin) => ownOrigins.includes(origin)))
      vendors.push({ name, origin: [...found].filter(Boolean).join(', ') || 'origin not known' });
  }
  return {
    foreign: foreign.toSorted(compareText),
    vendors: vendors.toSorted((a, b) => compareText(a.name, b.name)),
  };
}
