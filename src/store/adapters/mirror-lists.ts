/**
 * Writes the mirror lists of a baseline whose packages are in the store of another host: `mirror-lists/<mirror>` beside
 * its documents. Invariant: each names this host's own copy of the indices, and the other store only for packages.
 */
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { join } from 'node:path';
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { fileUri } from '../../apt/domain/apt-sources.ts';
import { makeDirectory, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { ifPresent } from '../../core/adapters/system-error.ts';
import { baselineUri, mirrorList } from '../domain/store-address.ts';

/** A baseline in `directory` (which may still have another name) whose packages are in the store at `remote`. */
export interface RemotePackages {
  name: string;
  directory: string;
  remote: string;
  mirrors: readonly string[];
  aptRoot: AptRoot;
}

export function mirrorListPath(directory: string, mirror: string): string {
  return join(directory, 'mirror-lists', mirror);
}

/** Writes the lists that are missing or wrong; `into` is the directory that will be renamed to `directory`. */
export async function writeMirrorLists(packages: RemotePackages, into = packages.directory): Promise<void> {
  for (const mirror of packages.mirrors) {
    const path = mirrorListPath(into, mirror);
    const text = textOf(packages, mirror);
    if ((await readIfThere(path)) === text) continue;
    await makeDirectory(join(path, '..'));
    await writeFileAtomic(path, text);
  }
}

/** Returns the paths of lists that are missing or wrong. */
export async function wrongMirrorLists(packages: RemotePackages): Promise<string[]> {
  const wrong: string[] = [];
  for (const mirror of packages.mirrors) {
    const path = mirrorListPath(packages.directory, mirror);
    if ((await readIfThere(path)) !== textOf(packages, mirror)) wrong.push(path);
  }
  return wrong;
}

function textOf({ name, directory, remote, aptRoot }: RemotePackages, mirror: string): string {
  return mirrorList({
    indices: fileUri(pathForApt(aptRoot, join(directory, mirror))),
    packages: `${baselineUri(remote, name)}/${mirror}`,
  });
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await ifPresent(readPlainText(path));
}
