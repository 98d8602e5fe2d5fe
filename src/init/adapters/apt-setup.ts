/** What a machine's apt is set up with: sources, trusted keys, for whom there are logins. Reads only. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AptSetup } from '../domain/apt-draft.ts';
import { parseSources, type SourceEntry } from '../../apt/domain/apt-sources.ts';
import { listDirectory, systemErrorCode } from '../../core/adapters/atomic-files.ts';
import { run } from '../../core/adapters/process.ts';
import { readSourceFiles } from '../../apt/adapters/source-files.ts';

/**
 * Reads DIR/etc/apt; `root` is `/` for this machine. Keyrings and login files are named with `root` before them.
 * @throws PommgrError `config.apt-sources` for a source list that apt could not read either.
 */
export async function readAptSetup(root: string): Promise<AptSetup> {
  return {
    entries: (await readEntries(root)).map((entry) => withRoot(entry, root)),
    trustedKeyrings: await filesIn(
      join(root, 'etc/apt/trusted.gpg.d'),
      /\.(gpg|asc)$/,
      join(root, 'etc/apt/trusted.gpg'),
    ),
    logins: await readLogins(root),
    architectures: await readArchitectures(root),
  };
}

/** The files are read from outside, so that no program of a strange root runs. */
async function readEntries(root: string): Promise<SourceEntry[]> {
  const files = await readSourceFiles({ kind: 'outside', root });
  return files.flatMap(({ path, format, text }) => parseSources(text, { file: path, format }));
}

function withRoot(entry: SourceEntry, root: string): SourceEntry {
  if (entry.signedBy?.kind !== 'keyrings') return entry;
  const { paths, fingerprints } = entry.signedBy;
  return {
    ...entry,
    signedBy: { kind: 'keyrings', paths: paths.map((path) => join(root, path)), fingerprints },
  };
}

/** Only the machines are taken from the files, never what follows them. */
async function readLogins(root: string): Promise<AptSetup['logins']> {
  const files = await filesIn(join(root, 'etc/apt/auth.conf.d'), /\.conf$/, join(root, 'etc/apt/auth.conf'));
  const logins: AptSetup['logins'] = [];
  for (const file of files) {
    const text = await readIfAllowed(file);
    for (const [, machine = ''] of text.matchAll(/^\s*machine\s+(\S+)/gm)) {
      if (URL.canParse(machine.includes('://') ? machine : `https://${machine}`))
        logins.push({ machine, file });
    }
  }
  return logins;
}

/** Logins are often for root's eyes alone; who may not read them gets a config without them. */
async function readIfAllowed(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'EACCES') return '';
    throw error;
  }
}

/** As dpkg knows them, below `root` too: the machine's own first. */
async function readArchitectures(root: string): Promise<string[]> {
  const own = await run('dpkg', ['--print-architecture']);
  const foreign = await run('dpkg', [`--root=${root}`, '--print-foreign-architectures']);
  return `${own.stdout}${foreign.stdout}`.split('\n').filter((line) => line !== '');
}

/** `first`, where it is there, and the files of a directory, sorted as apt does. */
async function filesIn(directory: string, names: RegExp, first: string): Promise<string[]> {
  const inDirectory = (await listDirectory(directory)).filter((name) => names.test(name));
  const parent = await listDirectory(join(first, '..'));
  const head = parent.some((name) => join(first, '..', name) === first) ? [first] : [];
  return [...head, ...inDirectory.map((name) => join(directory, name))];
}
