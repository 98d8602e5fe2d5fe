/** Reads dpkg's records of a host, and the files that it compares. Changes nothing. */
import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { runApt, runDpkg, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { openPlainStream, readPlainFile } from '../../core/adapters/plain-file.ts';
import { entryInRoot, pathInRoot } from '../../core/adapters/root-paths.ts';
import {
  configurationWords,
  confOptionsOf,
  type ConfOptions,
  type FoundFile,
} from '../domain/conffile-rule.ts';
import { parseDebconfState, type DebconfState } from '../domain/debconf.ts';
import { conffileRecordsFormat, parseConffileRecords, parseDiversions } from '../domain/dpkg-records.ts';
import type { ConffileRecords, Diversion } from '../domain/dpkg-records.ts';

type Root = Pick<AptRoot, 'kind' | 'root'>;

/** Reads the records of every package that dpkg knows, including those of which only configuration files are left. */
export async function readConffileRecords(aptRoot: Root): Promise<ConffileRecords> {
  const args = ['--show', `--showformat=${conffileRecordsFormat}`];
  return parseConffileRecords((await runDpkg(aptRoot, 'dpkg-query', args)).stdout);
}

export async function readDiversions({ root }: Root): Promise<Diversion[]> {
  return parseDiversions((await readInRoot(root, '/var/lib/dpkg/diversions'))?.toString('utf8') ?? '');
}

/** Reads a file of the root; returns undefined where it does not exist. */
export async function readInRoot(root: string, path: string): Promise<Buffer | undefined> {
  try {
    return await readPlainFile(await pathInRoot(root, path));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Reads a control file of an installed package (`postinst`, `md5sums`, `list`, …). */
export async function readInfoFile(
  { root }: Root,
  { name, architecture }: { name: string; architecture: string },
  file: string,
): Promise<Buffer | undefined> {
  const info = '/var/lib/dpkg/info';
  return (
    (await readInRoot(root, `${info}/${name}:${architecture}.${file}`)) ??
    (await readInRoot(root, `${info}/${name}.${file}`))
  );
}

/** Returns what is at the path of a configuration file, and where that is on this machine. */
export async function findConffile(
  { root }: Root,
  path: string,
): Promise<{ found: FoundFile; place: string }> {
  const place = await entryInRoot(root, path);
  const status = await statusOf(place);
  if (status === 'absent' || status === 'unreadable') return { found: { kind: status }, place };
  if (status.isFile()) return { found: await digestOf(place), place };
  return { found: { kind: status.isSymbolicLink() ? 'link' : 'other' }, place };
}

async function statusOf(place: string) {
  try {
    return await lstat(place);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'absent' as const;
    if (code === 'EACCES' || code === 'EPERM') return 'unreadable' as const;
    throw error;
  }
}

async function digestOf(place: string): Promise<FoundFile> {
  const hash = createHash('md5');
  try {
    for await (const chunk of await openPlainStream(place)) hash.update(chunk as Buffer);
  } catch (error) {
    if (['EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')) return { kind: 'unreadable' };
    throw error;
  }
  return { kind: 'file', md5: hash.digest('hex') };
}

/** Returns the options of dpkg when apt runs it: those of its own configuration files, then apt's `DPkg::Options`. */
export async function readConfOptions(aptRoot: AptRoot): Promise<ConfOptions> {
  const words: string[] = [];
  const parts = '/etc/dpkg/dpkg.cfg.d';
  const names = await listDirectory(await pathInRoot(aptRoot.root, parts));
  // The names that dpkg reads (dpkg.cfg(5)).
  const read = names.filter((name) => /^[A-Za-z0-9_-]+$/.test(name)).toSorted();
  for (const file of [...read.map((name) => `${parts}/${name}`), '/etc/dpkg/dpkg.cfg', '/root/.dpkg.cfg']) {
    const text = (await readInRoot(aptRoot.root, file))?.toString('utf8') ?? '';
    words.push(...configurationWords(text));
  }
  const { stdout } = await runApt(aptRoot, ['apt-config', 'dump', 'DPkg::Options']);
  for (const [, word = ''] of stdout.matchAll(/^DPkg::Options:: "(.*)";$/gim)) words.push(word);
  return confOptionsOf(words);
}

/** Returns null where debconf is missing, or its database may not be read. */
export async function readDebconfState({ root }: Root): Promise<DebconfState | null> {
  try {
    const text = await readInRoot(root, '/var/cache/debconf/config.dat');
    return text === undefined ? null : parseDebconfState(text.toString('utf8'));
  } catch (error) {
    if (systemErrorCode(error) === 'EACCES') return null;
    throw error;
  }
}
