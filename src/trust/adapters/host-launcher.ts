/**
 * Manages the medium launcher as a program of the host, and the runtimes that it copied there. Invariant: a file that
 * pommgr did not write is never replaced or removed.
 */
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  entryExists,
  removeDurably,
  removeEmptyDirectory,
  removeTemporaries,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { isRoot } from '../../core/adapters/privileges.ts';
import { isRealDirectory } from '../../core/adapters/regular-file.ts';
import { readTemplate } from '../../core/adapters/templates.ts';
import { entryInRoot, pathInRoot } from '../../core/adapters/root-paths.ts';

const launcherDirectory = '/usr/local/sbin';
const launcherFileName = 'pommgr-media';
/** Path as the host sees it. */
export const hostLauncherPath = `${launcherDirectory}/${launcherFileName}`;
const runtimesDirectory = '/var/lib/pommgr/runtime';
/** The first lines of every version of the launcher. */
const marker = '#!/bin/sh\n# pommgr-media: ';
const maxLauncherBytes = 1024 * 1024;

/** `foreign`: something that pommgr did not write is in its place. */
export type HostLauncher = 'none' | 'current' | 'other-version' | 'foreign';

export async function hostLauncher(root: string): Promise<HostLauncher> {
  const path = await entryInRoot(root, hostLauncherPath);
  if (!(await entryExists(path))) return 'none';
  const status = await lstat(path);
  if (!status.isFile() || status.size > maxLauncherBytes) return 'foreign';
  const text = await readPlainText(path);
  if (!text.startsWith(marker)) return 'foreign';
  return text === (await readTemplate('launcher.sh')) ? 'current' : 'other-version';
}

/**
 * Installs or updates the launcher, where this process is root and the host has a writable /usr/local/sbin. Returns its
 * path as the host sees it when something was written.
 */
export async function installHostLauncher(root: string): Promise<string | null> {
  const directory = await pathInRoot(root, launcherDirectory);
  if (!isRoot() || !(await isRealDirectory(directory))) return null;
  await removeTemporaries(directory, (name) => name === launcherFileName);
  const found = await hostLauncher(root);
  if (found !== 'none' && found !== 'other-version') return null;
  try {
    await writeFileAtomic(join(directory, launcherFileName), await readTemplate('launcher.sh'), 0o755);
  } catch (error) {
    if (systemErrorCode(error) === 'EROFS') return null;
    throw error;
  }
  return hostLauncherPath;
}

/** Returns the files of the launcher on the host that are ours: paths as the host sees them. */
export async function listHostLauncher(root: string): Promise<string[]> {
  const found = await hostLauncher(root);
  const paths = found === 'none' || found === 'foreign' ? [] : [hostLauncherPath];
  if (await isRealDirectory(await entryInRoot(root, runtimesDirectory))) paths.push(runtimesDirectory);
  return paths;
}

/** Removes what `listHostLauncher` lists; this very program may be running from there. */
export async function removeHostLauncher(root: string): Promise<void> {
  for (const path of await listHostLauncher(root)) await removeDurably(await entryInRoot(root, path));
  await removeEmptyDirectory(dirname(await entryInRoot(root, runtimesDirectory)));
}
