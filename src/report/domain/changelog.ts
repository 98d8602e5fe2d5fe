/** Debian changelogs (deb-changelog(5)): what came since a version, how urgent it is, and which CVEs it names. */
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { packageVersionPattern } from '../../apt/domain/package-entry.ts';

export interface ChangelogEntry {
  version: string;
  /** In lower case, as deb-changelog(5) has it; `unknown` where the entry names none. */
  urgency: string;
  text: string;
}

/** Lowest first. */
const urgencies = ['unknown', 'low', 'medium', 'high', 'emergency', 'critical'];
/** Longer ones are cut, and say so. */
const maxEntryLength = 32 * 1024;
const mostEntries = 200;

export interface RecentEntries {
  /** Newest first. */
  entries: ChangelogEntry[];
  /** Whether the text has an entry of `after` or an older one: nothing since is missing. */
  isWhole: boolean;
}

/** The entries that are newer than `after`; all of them where that is null. */
export function entriesSince(text: string, after: string | null): RecentEntries {
  const entries: { version: string; urgency: string; lines: string[] }[] = [];
  let isWhole = after === null;
  for (const line of text.split('\n')) {
    const [, version, rest = ''] = /^[A-Za-z0-9][A-Za-z0-9+.-]* \(([^()\s]+)\)(.*)$/.exec(line) ?? [];
    if (version === undefined) {
      if (!line.startsWith(' --')) entries.at(-1)?.lines.push(line.trimEnd());
      continue;
    }
    if (!packageVersionPattern.test(version)) continue;
    if (after !== null && compareVersions(version, after) <= 0) {
      isWhole = true;
      break;
    }
    if (entries.length === mostEntries) break;
    const urgency = /urgency=([a-z]+)/i.exec(rest)?.[1]?.toLowerCase() ?? 'unknown';
    entries.push({ version, urgency, lines: [] });
  }
  const texts = entries.map(({ version, urgency, lines }) => ({
    version,
    urgency,
    text: cut(lines.join('\n').trim()),
  }));
  return { entries: texts, isWhole };
}

function cut(text: string): string {
  return text.length > maxEntryLength ? `${text.slice(0, maxEntryLength)}\n[cut: the entry is longer]` : text;
}

/** The highest of the entries; null without any. A word that deb-changelog(5) does not know counts as unknown. */
export function highestUrgency(entries: readonly Pick<ChangelogEntry, 'urgency'>[]): string | null {
  const ranks = entries.map(({ urgency }) => Math.max(0, urgencies.indexOf(urgency)));
  return ranks.length === 0 ? null : (urgencies[Math.max(...ranks)] ?? null);
}

/** Sorted, each once. */
export function namedCves(entries: readonly Pick<ChangelogEntry, 'text'>[]): string[] {
  const found = entries.flatMap(({ text }) =>
    [...text.matchAll(/\bCVE-\d{4}-\d{4,7}\b/g)].map(([name]) => name),
  );
  return [...new Set(found)].toSorted();
}
