/** Reads the source lists that a root's apt reads (sources.list(5)), in its order. */
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { stat } from 'node:fs/promises';
import type { SourceFormat } from '../domain/apt-sources.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { resolveInRoot, type AptRoot } from './apt-root.ts';
import { listDirectory, pathExists } from '../../core/adapters/atomic-files.ts';
import { entryInRoot } from '../../core/adapters/root-paths.ts';

export interface SourceFile {
  /** The root's own, absolute. */
  path: string;
  format: SourceFormat;
  text: string;
}

const partsDirectory = '/etc/apt/sources.list.d';

/** apt ignores other names, directories and dangling links. */
export async function readSourceFiles(aptRoot: Pick<AptRoot, 'kind' | 'root'>): Promise<SourceFile[]> {
  const directory = await resolveInRoot(aptRoot, partsDirectory);
  const names = directory === undefined ? [] : await listDirectory(directory);
  const paths = [
    '/etc/apt/sources.list',
    ...names
      .filter((name) => /^[A-Za-z0-9_:-][A-Za-z0-9_.:-]*\.(list|sources)$/.test(name))
      .toSorted(compareText)
      .map((name) => `${partsDirectory}/${name}`),
  ];
  const files: SourceFile[] = [];
  for (const path of paths) {
    const text = await readAptFile(aptRoot, path);
    if (text !== undefined) files.push({ path, format: formatOf(path), text });
  }
  return files;
}

function formatOf(path: string): SourceFormat {
  return path.endsWith('.sources') ? 'deb822' : 'one-line';
}

/** Returns the text of a regular file of the root, with links followed as its apt does; undefined for anything else. */
export async function readAptFile(
  aptRoot: Pick<AptRoot, 'kind' | 'root'>,
  path: string,
): Promise<string | undefined> {
  const resolved = (await resolveInRoot(aptRoot, path)) ?? (await seenFromOutside(aptRoot, path));
  if (resolved === undefined || !(await stat(resolved)).isFile()) return undefined;
  return readPlainText(resolved);
}

/** The machine's own apt follows a link out of the root; what it reads there must not be missed. */
async function seenFromOutside(
  { kind, root }: Pick<AptRoot, 'kind' | 'root'>,
  path: string,
): Promise<string | undefined> {
  if (kind !== 'outside') return undefined;
  const place = await entryInRoot(root, path);
  return (await pathExists(place)) ? place : undefined;
}
