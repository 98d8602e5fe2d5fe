/** Reads the setup of a machine's apt: sources, trusted keys, and which servers have logins. Reads only. */
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { join } from 'node:path';
import type { AptSetup } from '../domain/apt-draft.ts';
import { parseAptSettings, type AptSettings, type TlsFiles } from '../domain/apt-settings.ts';
import { parseSources, type SourceEntry } from '../../apt/domain/apt-sources.ts';
import { installedProducts, osReleaseValue } from '../../apt/domain/host.ts';
import { firstOfMirrorList } from '../domain/source-uri.ts';
import { runApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { hostFacts } from '../../apt/adapters/host-facts.ts';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { run } from '../../core/adapters/process.ts';
import { readAptFile, readSourceFiles } from '../../apt/adapters/source-files.ts';

/**
 * Reads DIR/etc/apt; `root` is `/` for this machine. Keyrings and login files are named with `root` before them.
 * @throws PommgrError `config.apt-sources` for a source list that apt could not read either.
 */
export async function readAptSetup(root: string): Promise<AptSetup> {
  const entries = await readEntries(root);
  const architectures = await readArchitectures(root);
  const aptRoot = outsideRoot(root, architectures);
  const facts = await hostFacts(aptRoot);
  return {
    entries: entries.map((entry) => withRoot(entry, root)),
    mirrorLists: await readMirrorLists(entries, root),
    codename: osReleaseValue(facts.osRelease, 'VERSION_CODENAME'),
    products: installedProducts(facts.installed),
    settings: await readSettings(aptRoot),
    trustedKeyrings: await filesIn(
      join(root, 'etc/apt/trusted.gpg.d'),
      /\.(gpg|asc)$/,
      join(root, 'etc/apt/trusted.gpg'),
    ),
    logins: await readLogins(root),
    architectures,
  };
}

/** Whatever the root is, the programs are this machine's. */
function outsideRoot(root: string, [architecture = '', ...foreignArchitectures]: string[]): AptRoot {
  return { kind: root === '/' ? 'host' : 'outside', root, architecture, foreignArchitectures };
}

/** Files are named with the root before them. */
async function readSettings(aptRoot: AptRoot): Promise<AptSettings> {
  const { stdout } = await runApt(aptRoot, ['apt-config', 'dump']);
  const { tls, ...others } = parseAptSettings(stdout);
  const below = (files: TlsFiles): TlsFiles =>
    Object.fromEntries(
      Object.entries(files).map(([name, path]: [string, string]) => [name, join(aptRoot.root, path)]),
    );
  return {
    ...others,
    tls: {
      all: below(tls.all),
      byHost: new Map([...tls.byHost].map(([host, files]) => [host, below(files)])),
    },
  };
}

/** apt-transport-mirror(1): a URI a line, with options after it; the lowest priority comes first. */
async function readMirrorLists(entries: readonly SourceEntry[], root: string): Promise<Map<string, string>> {
  const lists = new Map<string, string>();
  for (const uri of entries.flatMap(({ uris }) => uris)) {
    const path = /^mirror\+file:(?:\/\/)?(\/.*)$/i.exec(uri)?.[1]?.replace(/\/+$/, '');
    const text = path === undefined ? undefined : await readAptFile({ kind: 'outside', root }, path);
    const first = text === undefined ? undefined : firstOfMirrorList(text);
    if (path !== undefined && first !== undefined) lists.set(path, first);
  }
  return lists;
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

/** Only the `machine` names are read from the files, never what follows them. */
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

/** Login files are often readable only for root; other users get a config without them. */
async function readIfAllowed(file: string): Promise<string> {
  try {
    return await readPlainText(file);
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
