/**
 * What is asked of apt: fetch lists, name candidates, plan an upgrade.
 * Invariant: exit code 0 of `apt-get update` is not believed, for apt ends with it when it keeps old lists.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../../core/domain/digest.ts';
import { aptName, parsePolicy, type PolicyEntry } from '../domain/apt-policy.ts';
import { parseSimulation, type UpgradePlan } from '../domain/apt-simulation.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { pathForApt, runApt, type AptRoot } from './apt-root.ts';
import { systemErrorCode } from '../../core/adapters/atomic-files.ts';

/** Files (paths on this machine) that apt is to read in place of the root's own for one run. */
export interface AptFiles {
  /** Named `*.sources`: apt knows the format by the name. */
  sources?: string;
  preferences?: string;
  /** Directory with a `partial/`, for the lists. */
  lists?: string;
}

/**
 * Fetches the lists of these sources and leaves all other lists alone. `releases` are the SHA-256 of the Release files
 * that apt may take; without them the URIs must all be `file:`, and it must take what is on disk.
 * Returns apt's warnings.
 * @throws PommgrError `tool.apt`, with apt's words, unless apt took every Release file just as it should be.
 */
export async function fetchLists(
  aptRoot: AptRoot,
  files: AptFiles & { sources: string },
  releases?: ReadonlySet<string>,
): Promise<{ warnings: string[] }> {
  const options = fileOptions(aptRoot, files);
  const { stderr, exitCode } = await runApt(
    aptRoot,
    [
      'apt-get',
      'update',
      '-q',
      ...['-o', 'APT::Update::Error-Mode=any', '-o', 'APT::Get::List-Cleanup=0', ...options],
    ],
    [0, 100],
  );
  const said = stderr.split('\n').filter((line) => /^[EW]: /.test(line));
  if (exitCode !== 0) throw notFetched(files.sources, said.length === 0 ? [stderr.trim()] : said);
  const expected = await expectedReleases(aptRoot, options);
  if (expected.length === 0) throw notFetched(files.sources, ['apt finds no source in it.']);
  for (const release of expected) {
    if (!(await isTaken(release, releases))) {
      throw notFetched(files.sources, [`apt has not taken ${release.uri} as it is.`, ...said]);
    }
  }
  return { warnings: said };
}

interface ExpectedRelease {
  uri: string;
  /** Paths on this machine that end with `InRelease`: the file where it is on disk, and apt's copy of it. */
  source: string | undefined;
  list: string;
}

/** apt's own names for the lists of its sources. */
async function expectedReleases(aptRoot: AptRoot, options: readonly string[]): Promise<ExpectedRelease[]> {
  const onMachine = (path: string): string => (aptRoot.kind === 'chroot' ? join(aptRoot.root, path) : path);
  const shell = await runApt(aptRoot, ['apt-config', 'shell', 'lists', 'Dir::State::lists/d', ...options]);
  const lists = /^lists='(.*)'$/m.exec(shell.stdout)?.[1] ?? '';
  const { stdout } = await runApt(aptRoot, ['apt-get', 'update', '--print-uris', ...options]);
  return [
    ...stdout.matchAll(/^'((?:file:(?:\/\/(?=\/))?(\S*)|https?:\S*)\/InRelease)' (\S+_InRelease) /gm),
  ].map(([, uri = '', path, name = '']) => ({
    uri,
    source: path === undefined ? undefined : `${onMachine(decodeURIComponent(path))}/InRelease`,
    list: onMachine(join(lists, name)),
  }));
}

/** Where apt trusts a source without a good signature, it keeps the text of its InRelease as Release. */
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

/** One file's bytes, or none. */
async function readIfThere(path: string): Promise<Buffer[]> {
  try {
    return [await readFile(path)];
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function notFetched(sources: string, said: readonly string[]): PommgrError {
  const isExpired = said.some((line) => line.includes('EXPKEYSIG'));
  return new PommgrError('tool.apt', `apt did not take the lists of ${sources}:\n${said.join('\n')}`, {
    hints: [
      ...(isExpired
        ? [
            'The key of upstream has expired. What is stored ("pommgr apply --store-only") can still be installed with "pommgr restore --baseline NAME --trust-expired-upstream".',
          ]
        : []),
      'Check the clock of the host: apt refuses Release files that seem to come from the future.',
      'Check that every directory above the store may be entered by all users: apt reads keyrings as user _apt.',
    ],
    details: { file: sources, said },
  });
}

/**
 * Installed and candidate version by apt's own name of a package; the names may carry an architecture
 * (`name:i386`). What apt does not know is not there.
 */
export async function candidatesOf(
  aptRoot: AptRoot,
  names: readonly string[],
  files: AptFiles = {},
): Promise<Map<string, PolicyEntry>> {
  const options = fileOptions(aptRoot, files);
  const found = new Map<string, PolicyEntry>();
  for (const batch of batches(names)) {
    const { stdout } = await runApt(aptRoot, ['apt-cache', 'policy', ...options, '--', ...batch]);
    const policy = parsePolicy(stdout);
    for (const asked of batch) {
      const [name = '', architecture = aptRoot.architecture] = asked.split(':');
      // apt takes an unknown name for a pattern and answers with others.
      const key = aptName({ name, architecture }, aptRoot.architecture);
      const entry = policy.get(key);
      if (entry !== undefined) found.set(key, entry);
    }
  }
  return found;
}

/** A tenth of what Linux takes in one command line; the answer is about fifteen times as long. */
const batchBytes = 200_000;

function* batches(names: readonly string[]): Generator<string[]> {
  let batch: string[] = [];
  let size = 0;
  for (const name of names) {
    if (size > batchBytes) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(name);
    size += name.length + 1;
  }
  if (batch.length > 0) yield batch;
}

/** What `apt-get dist-upgrade` would do now. @throws PommgrError `tool.apt` when apt finds no way. */
export async function simulateUpgrade(aptRoot: AptRoot, files: AptFiles = {}): Promise<UpgradePlan> {
  const { stdout } = await runApt(aptRoot, [
    'apt-get',
    'dist-upgrade',
    '--simulate',
    '-q',
    ...fileOptions(aptRoot, files),
  ]);
  return parseSimulation(stdout, aptRoot.architecture);
}

/** For example `2.6.1`. */
export async function aptVersion(aptRoot: AptRoot): Promise<string> {
  const { stdout } = await runApt(aptRoot, ['apt-get', '--version']);
  return stdout.split(/\s/)[1] ?? '';
}

/** With other files than its own, apt builds its cache in memory, for the one on disk is for its own. */
export function fileOptions(aptRoot: AptRoot, files: AptFiles): string[] {
  const settings: string[] = [];
  if (files.sources !== undefined) {
    settings.push(`Dir::Etc::sourcelist=${pathForApt(aptRoot, files.sources)}`);
    settings.push('Dir::Etc::sourceparts=/dev/null');
  }
  if (files.preferences !== undefined) {
    settings.push(`Dir::Etc::preferences=${pathForApt(aptRoot, files.preferences)}`);
    settings.push('Dir::Etc::preferencesparts=/dev/null');
  }
  if (files.lists !== undefined) settings.push(`Dir::State::lists=${pathForApt(aptRoot, files.lists)}/`);
  if (settings.length > 0) settings.push('Dir::Cache::pkgcache=', 'Dir::Cache::srcpkgcache=');
  return settings.flatMap((setting) => ['-o', setting]);
}
