/**
 * Reads NEWS.Debian: what a package's maintainer wants administrators to read before an upgrade, in changelog format.
 */
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { packageVersionPattern } from '../../apt/domain/package-entry.ts';

export interface NewsEntry {
  version: string;
  text: string;
}

/** Longer entries are cut, and say so. */
const maxEntryLength = 16 * 1024;

/** Returns the entries that are newer than `after`, in the order of the file: newest first. */
export function newsSince(text: string, after: string): NewsEntry[] {
  const entries: { version: string; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const [, version] = /^[A-Za-z0-9][A-Za-z0-9+.-]* \(([^()\s]+)\)/.exec(line) ?? [];
    if (version !== undefined) entries.push({ version, lines: [] });
    else if (!line.startsWith(' --')) entries.at(-1)?.lines.push(line.replace(/\s+$/, ''));
  }
  return entries
    .filter(({ version }) => packageVersionPattern.test(version) && compareVersions(version, after) > 0)
    .map(({ version, lines }) => ({ version, text: shortened(withoutBlankEnds(lines).join('\n')) }));
}

function withoutBlankEnds(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line !== '');
  const last = lines.findLastIndex((line) => line !== '');
  return first === -1 ? [] : lines.slice(first, last + 1);
}

function shortened(text: string): string {
  return text.length > maxEntryLength ? `${text.slice(0, maxEntryLength)}\n[cut: the entry is longer]` : text;
}
