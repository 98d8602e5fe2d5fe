/**
 * Manages the files under a host's /etc/apt: our links, the guard of a switch, and other sources. Paths here are the
 * host's own, absolute; `root` is where the host's / is.
 */
import { readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PommgrError } from '../../core/domain/errors.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { AptRoot } from './apt-root.ts';
import {
  entryExists,
  listDirectory,
  makeDirectory,
  removeDurably,
  removeTemporaries,
  symlinkAtomic,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { hasNoPath, systemErrorCode } from '../../core/adapters/system-error.ts';
import { readAptFile, readSourceFiles } from './source-files.ts';
import { entryInRoot, pathInRoot } from '../../core/adapters/root-paths.ts';

export const sourcesFileName = 'pommgr.sources';
export const preferencesFileName = 'pommgr.pref';
export const configurationFileName = 'pommgr.conf';
/** apt ignores files with this suffix silently. */
export const disabledSuffix = '.pommgr.disabled';
/** Suffix of a backup copy of a replaced file. */
export const replacedSuffix = '.pommgr.replaced';

const sourcesDirectory = '/etc/apt/sources.list.d';
export const sourcesPath = `${sourcesDirectory}/${sourcesFileName}`;
const preferencesDirectory = '/etc/apt/preferences.d';
const mainPreferencesFile = '/etc/apt/preferences';
const guardFile = '/etc/apt/apt.conf.d/zz-pommgr-switch';

/** Guard of a begun stage of a major upgrade. */
export const upgradeGuardFile = '/etc/apt/apt.conf.d/zz-pommgr-upgrade';

/** Our links, with the target of each in `current/`. */
const links = [
  { path: sourcesPath, file: sourcesFileName },
  { path: `${preferencesDirectory}/${preferencesFileName}`, file: preferencesFileName },
  { path: `/etc/apt/apt.conf.d/${configurationFileName}`, file: configurationFileName },
];

/**
 * Returns whether all links exist and lead into `current`, a path as the host sees it.
 * @throws PommgrError `state.foreign-file` when something else is in the place of one.
 */
export async function linksInPlace(root: string, current: string): Promise<boolean> {
  let inPlace = true;
  for (const { path, file } of links) {
    const expected = join(current, file);
    const found = await linkTarget(await entryInRoot(root, path));
    if (found === undefined) inPlace = false;
    else if (found !== expected) throw foreignFile(path, expected, found);
  }
  return inPlace;
}

/** Creates the links. Their targets must exist. */
export async function placeLinks(root: string, current: string): Promise<void> {
  for (const { path, file } of links) {
    const place = await entryInRoot(root, path);
    await makeDirectory(dirname(place));
    await symlinkAtomic(join(current, file), place);
  }
}

export async function removeLinks(root: string): Promise<void> {
  for (const { path } of links) {
    const place = await entryInRoot(root, path);
    if (await entryExists(place)) await removeDurably(place);
  }
}

/** Returns the target of a link, `a file` for anything that is not a link, undefined for nothing. */
async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (hasNoPath(error)) return undefined;
    if (systemErrorCode(error) === 'EINVAL') return 'a file';
    throw error;
  }
}

function foreignFile(path: string, expected: string, found: string): PommgrError {
  return new PommgrError(
    'state.foreign-file',
    `${path} is not this store's: expected a link to ${expected}, found ${found}.`,
    {
      hints: ['Name the store that it leads to with --store, or move the file away.'],
      details: { file: path, expected, found },
    },
  );
}

/**
 * Writes the guard. While it exists, apt reads `sources` and `preferences` (paths as the host sees them) instead of all
 * of the host's own. One rename puts it in place, one unlink removes it.
 */
export async function writeGuard(
  root: string,
  files: { sources: string; preferences: string },
): Promise<void> {
  const text = [
    '// Written by pommgr while it switches sources. It is removed when the switch is done or undone.',
    `Dir::Etc::sourcelist "${files.sources}";`,
    'Dir::Etc::sourceparts "/dev/null";',
    `Dir::Etc::preferences "${files.preferences}";`,
    'Dir::Etc::preferencesparts "/dev/null";',
    '',
  ].join('\n');
  const place = await entryInRoot(root, guardFile);
  await makeDirectory(dirname(place));
  await writeFileAtomic(place, text);
}

export async function guardIsThere(root: string): Promise<boolean> {
  return entryExists(await entryInRoot(root, guardFile));
}

export async function removeGuard(root: string): Promise<void> {
  await removeDurably(await entryInRoot(root, guardFile));
}

/** Removes the guard of a begun stage, where there is one. */
export async function removeUpgradeGuard(root: string): Promise<void> {
  const place = await entryInRoot(root, upgradeGuardFile);
  if (await entryExists(place)) await removeDurably(place);
}

/**
 * Returns all preferences as apt reads them, in its order, with `ours` in place of our link: the guard hides them all.
 */
export async function preferencesAround(
  aptRoot: Pick<AptRoot, 'kind' | 'root'>,
  ours: string,
): Promise<string> {
  const ourPath = `${preferencesDirectory}/${preferencesFileName}`;
  const names = await listDirectory(await pathInRoot(aptRoot.root, preferencesDirectory));
  const paths = names.filter(isPreferencesName).map((name) => `${preferencesDirectory}/${name}`);
  const texts: string[] = [];
  for (const path of [mainPreferencesFile, ...new Set([...paths, ourPath].toSorted(compareText))]) {
    const text = path === ourPath ? ours : await readAptFile(aptRoot, path);
    if (text !== undefined && text.trim() !== '') texts.push(text.trimEnd());
  }
  return `${texts.join('\n\n')}\n`;
}

/** apt ignores other names (apt_preferences(5)). */
function isPreferencesName(name: string): boolean {
  return /^[A-Za-z0-9_:-]+$|^[A-Za-z0-9_:-][A-Za-z0-9_.:-]*\.pref$/.test(name);
}

/** Removes temporary files that killed writes left in /etc/apt. */
export async function removeAptTemporaries(root: string): Promise<void> {
  for (const path of [...links.map((link) => link.path), guardFile, upgradeGuardFile]) {
    await removeTemporaries(dirname(await entryInRoot(root, path)), (name) => name === basename(path));
  }
}

/** Returns the other sources files that have any effect on apt, sorted. */
export async function listOtherSources(aptRoot: Pick<AptRoot, 'kind' | 'root'>): Promise<string[]> {
  const files = await readSourceFiles(aptRoot);
  return files
    .filter(({ path, text }) => !links.some((link) => link.path === path) && saysSomething(text))
    .map(({ path }) => path)
    .toSorted(compareText);
}

/** Returns whether a line is neither blank nor a comment. */
function saysSomething(text: string): boolean {
  return text.split('\n').some((line) => /^\s*[^\s#]/.test(line));
}

/** Removes apt's lists of all repositories below a URI, as the host's sources have it. */
export async function removeLists(root: string, uri: string): Promise<void> {
  const lists = await pathInRoot(root, '/var/lib/apt/lists');
  const prefix = `${listName(uri)}_`;
  for (const name of await listDirectory(lists)) {
    if (name.startsWith(prefix)) await removeDurably(join(lists, name));
  }
}

/**
 * Returns the list name that apt derives from a URI (apt-pkg's URItoFileName; the brackets of an IPv6 address are
 * already removed).
 */
function listName(uri: string): string {
  return uri
    .replace(/^(?:(?:mirror\+)?file:(?:\/\/(?=\/))?|https?:\/\/)/, '')
    .replace(/^\[([^\]]*)\]/, '$1')
    .replaceAll(/[\\|{}[\]<>"^~_=!@#$%&*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
    .replaceAll('/', '_');
}
