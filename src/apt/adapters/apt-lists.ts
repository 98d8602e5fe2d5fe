/**
 * Fetches apt's lists, and reports what apt has of a source. Invariant: exit code 0 of `apt-get update` is not trusted,
 * because apt also returns it when it keeps old lists.
 */
import { openPlainStream, readPlainFile } from '../../core/adapters/plain-file.ts';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { run } from '../../core/adapters/process.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { aptFailureHints } from '../domain/apt-failure.ts';
import { fileOptions, type AptFiles } from './apt.ts';
import { chrootEnvironment, resolveInRoot, runApt, runPlainApt, type AptRoot } from './apt-root.ts';

/**
 * Fetches the lists of these sources and leaves all other lists alone. `releases` are the SHA-256 of the Release files
 * that apt may accept; without them all URIs must be `file:`, and apt must accept what is on disk. Returns apt's
 * warnings.
 * @throws PommgrError `tool.apt`, with apt's words, unless apt took every Release file just as it should be.
 */
export async function fetchLists(
  aptRoot: AptRoot,
  files: AptFiles & { sources: string },
  releases?: ReadonlySet<string>,
): Promise<{ warnings: string[] }> {
  const options = fileOptions(aptRoot, files);
  // For lists of the host, our caller holds apt's lock, so apt must not take it.
  const locking = files.lists === undefined ? ['-o', 'Debug::NoLocking=1'] : [];
  const runUpdate = files.plainConfiguration === undefined ? runApt : runPlainApt(files.plainConfiguration);
  const { stdout, stderr, exitCode } = await runUpdate(
    aptRoot,
    [
      'apt-get',
      'update',
      '-q',
      ...['-o', 'APT::Update::Error-Mode=any', '-o', 'APT::Get::List-Cleanup=0', ...locking, ...options],
    ],
    [0, 100],
  );
  const said = stderr.split('\n').filter((line) => /^[EW]: /.test(line));
  if (exitCode !== 0) {
    // apt gives the reason of a failed connection only in its progress output.
    const failures = stdout.split('\n').filter((line) => /^(?:Err:| {2})/.test(line));
    throw notFetched(files.sources, said.length === 0 ? [stderr.trim()] : said, failures);
  }
  const expected = await expectedReleases(aptRoot, options);
  if (expected.length === 0) throw notFetched(files.sources, ['apt finds no source in it.']);
  for (const release of expected) {
    if (!(await isTaken(release, releases))) {
      throw notFetched(files.sources, [`apt has not taken ${release.uri} as it is.`, ...said]);
    }
  }
  return { warnings: said };
}

/** Returns the URIs of the sources whose Release file apt lacks, or has in another version than these (SHA-256). */
export async function wrongReleases(
  aptRoot: AptRoot,
  files: AptFiles,
  releases: ReadonlySet<string>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const release of await expectedReleases(aptRoot, fileOptions(aptRoot, files))) {
    if (!(await isTaken(release, releases))) wrong.push(release.uri);
  }
  return wrong;
}

/** An index that apt has. */
export interface TakenIndex {
  /** URI of its source, as `comparableUri` returns it. */
  uri: string;
  /** Path as its Release file names it, for example `main/binary-amd64/Packages`. */
  path: string;
  /** SHA-256 of its text. */
  sha256: string;
}

/** Returns the indices that apt has of these sources. */
export async function takenIndices(aptRoot: AptRoot, files: AptFiles): Promise<TakenIndex[]> {
  const format = '$(REPO_URI)\t$(METAKEY)\t$(FILENAME)\n';
  const { stdout } = await runApt(aptRoot, [
    ...(['apt-get', 'indextargets', '--format', format, ...fileOptions(aptRoot, files)] as const),
  ]);
  const taken: TakenIndex[] = [];
  for (const line of stdout.split('\n')) {
    const [uri = '', path = '', file = ''] = line.split('\t');
    if (file === '') continue;
    taken.push({ uri: comparableUri(uri), path, sha256: await textDigest(aptRoot, file) });
  }
  return taken;
}

/** apt prints `file:/DIR` for `file:///DIR`, and a slash at the end of a source's URI. */
export function comparableUri(uri: string): string {
  const short = uri.replace(/^((?:mirror\+)?file:)\/\/(?=\/)/, '$1').replace(/\/+$/, '');
  return decodeURIComponent(short);
}

/** apt may keep lists compressed (`Acquire::GzipIndexes`), in a form that it chooses. */
async function textDigest(aptRoot: AptRoot, file: string): Promise<string> {
  if (!/\.(bz2|gz|lz4|lzma|xz|zst)$/.test(file)) {
    const path = aptRoot.kind === 'chroot' ? await resolveInRoot(aptRoot, file) : file;
    return path === undefined ? '' : await fileDigest(path);
  }
  const command = ['sh', '-c', '/usr/lib/apt/apt-helper cat-file "$1" | sha256sum', 'sh', file];
  const [program = '', ...args] = aptRoot.kind === 'chroot' ? ['chroot', aptRoot.root, ...command] : command;
  const { stdout } = await run(program, args, { code: 'tool.apt', env: chrootEnvironment });
  return stdout.slice(0, 64);
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of await openPlainStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

interface ExpectedRelease {
  uri: string;
  /** Paths on this machine that end with `InRelease`: the file where it is on disk, and apt's copy of it. */
  source: string | undefined;
  list: string;
}

/** Returns the directory of apt's lists, as a path of this machine. */
export async function listsDirectory(aptRoot: AptRoot, options: readonly string[] = []): Promise<string> {
  const shell = await runApt(aptRoot, ['apt-config', 'shell', 'lists', 'Dir::State::lists/d', ...options]);
  const path = /^lists='(.*)'$/m.exec(shell.stdout)?.[1] ?? '';
  return aptRoot.kind === 'chroot' ? join(aptRoot.root, path) : path;
}

/** Returns apt's own names for the lists of its sources. */
async function expectedReleases(aptRoot: AptRoot, options: readonly string[]): Promise<ExpectedRelease[]> {
  const onMachine = (path: string): string => (aptRoot.kind === 'chroot' ? join(aptRoot.root, path) : path);
  const lists = await listsDirectory(aptRoot, options);
  const { stdout } = await runApt(aptRoot, ['apt-get', 'update', '--print-uris', ...options]);
  return [
    ...stdout.matchAll(
      /^'((?:file:(?:\/\/(?=\/))?(\S*)|(?:https?|mirror\+file):\S*)\/InRelease)' (\S+_InRelease) /gm,
    ),
  ].map(([, uri = '', path, name = '']) => ({
    uri,
    source: path === undefined ? undefined : `${onMachine(decodeURIComponent(path))}/InRelease`,
    list: join(lists, name),
  }));
}

/** Where apt trusts a source without a good signature, it stores the text of its InRelease as Release. */
async function isTaken(
  { source, list }: ExpectedRelease,
  releases: ReadonlySet<string> | undefined,
): Promise<boolean> {
  const taken: Buffer[] = [];
  for (const form of releaseForms) taken.push(...(await readIfThere(list.replace(/InRelease$/, form))));
  if (releases !== undefined) return taken.some((bytes) => releases.has(sha256Hex(bytes)));
  if (source === undefined) return false;
  for (const form of releaseForms) {
    for (const original of await readIfThere(source.replace(/InRelease$/, form))) {
      if (taken.some((bytes) => bytes.equals(original))) return true;
    }
  }
  return false;
}

const releaseForms = ['InRelease', 'Release'];

/** Returns one file's bytes, or an empty list. */
async function readIfThere(path: string): Promise<Buffer[]> {
  try {
    return [await readPlainFile(path)];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function notFetched(sources: string, said: readonly string[], failures: readonly string[] = []): PommgrError {
  return new PommgrError('tool.apt', `apt did not take the lists of ${sources}:\n${said.join('\n')}`, {
    hints: aptFailureHints([...said, ...failures].join('\n')),
    details: { file: sources, said },
  });
}
