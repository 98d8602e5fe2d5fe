/** What apt of a Debian release makes of quirky repositories: many in one run, which costs a tenth of a run for each. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run } from '../../src/core/adapters/process.ts';
import { debianRoot, type DebianRelease } from './debian-root.ts';
import type { QuirkyRepository } from './quirky-repository.ts';
import type { Quirks } from './quirks.ts';

export interface Verdict {
  /** The repository as a whole. */
  takes: boolean;
  /** Whether its good package comes out of it, with the right bytes. */
  gives: boolean;
  /** Whether its source package does. */
  givesSource: boolean;
  why: string;
}

export interface Expected {
  sha256: string;
  sourceSha256: string;
}

/** One for each repository; all lie in directories of `base` that are called by their numbers. */
export async function aptVerdicts(
  release: DebianRelease,
  about: { base: string; repositories: readonly QuirkyRepository[]; expected: Expected },
): Promise<Verdict[]> {
  const { base, repositories, expected } = about;
  const root = await debianRoot(release);
  await mkdir(join(root, dirname(base)), { recursive: true });
  await run('cp', ['-r', '--', base, join(root, base)]);
  for (const name of ['sources', 'lists/partial', 'cache/archives/partial', 'got'])
    await mkdir(join(root, 'j', name), { recursive: true });
  for (const [number, repository] of repositories.entries())
    await writeFile(join(root, 'j/sources', `${number}.sources`), sourceText(repository));

  const { stderr } = await inRoot(root, ['apt-get', '-q', 'update']);
  const taken = await committed(root, base);
  const refusals = await refuseBroken(root, { base, taken });
  const names = repositories.filter((_, number) => taken.has(number)).map(({ name }) => name);
  const deb = await downloadPackages(root, names);
  const verdicts: Verdict[] = [];
  for (const [number, { name, hasSources }] of repositories.entries()) {
    const takes = taken.has(number);
    verdicts.push({
      takes,
      gives: takes && deb.get(name) === expected.sha256,
      givesSource: takes && hasSources && (await downloadSource(root, name)) === expected.sourceSha256,
      why: refusals.get(number) ?? errorAbout(stderr, base, number),
    });
  }
  return verdicts;
}

function sourceText(repository: QuirkyRepository): string {
  const { directory, suite, components, architectures, hasSources, signedBy, quirks } = repository;
  return [
    `Types: deb${hasSources ? ' deb-src' : ''}`,
    `URIs: file://${directory}`,
    `Suites: ${suite}`,
    ...(components.length === 0 ? [] : [`Components: ${components.join(' ')}`]),
    `Architectures: ${architectures.join(' ')}`,
    `Signed-By: ${signedBy}`,
    // Where it is said to be and is not, pommgr goes on without: the table has that.
    `Languages: ${isTranslationMissing(quirks) ? 'none' : 'en'}`,
    '',
  ].join('\n');
}

/** Where there is no file by the digest that Release has, there is none at all. */
function isTranslationMissing({ translation, byHash }: Quirks): boolean {
  return translation === 'not there' || (translation === 'with another digest' && byHash === 'alone');
}

const options = [
  'Dir::Etc::sourcelist=/dev/null',
  'Dir::Etc::sourceparts=/j/sources',
  'Dir::State::lists=/j/lists',
  'Dir::Cache=/j/cache',
  'APT::Sandbox::User=root',
].flatMap((option) => ['-o', option]);

async function inRoot(root: string, [program = '', ...args]: readonly string[], config: string[] = []) {
  const script = 'cd /j/got && exec "$@"';
  const words = ['chroot', root, 'sh', '-c', script, 'sh', program, ...options, ...config, ...args];
  // The cache of all lists is made below: one list that cannot be read is not to hide the others.
  const later =
    program === 'apt-get' && args.includes('update') ? ['-o', 'pkgCacheFile::Generate=false'] : [];
  return await run('unshare', ['-n', '--', ...words, ...later], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    accept: [0, 100],
  });
}

/** Whose Release is among the lists: apt puts it there with all indices, or not at all. */
async function committed(root: string, base: string): Promise<Set<number>> {
  const pattern = new RegExp(`_${basename(base)}_(\\d+)_.*Release$`);
  const lists = await readdir(join(root, 'j/lists'));
  return new Set(
    lists.flatMap((name) => Number(pattern.exec(name)?.[1] ?? Number.NaN)).filter(Number.isInteger),
  );
}

/** Lets apt read all lists, and takes those away that it cannot read, until there is none. */
async function refuseBroken(
  root: string,
  { base, taken }: { base: string; taken: Set<number> },
): Promise<Map<number, string>> {
  const refusals = new Map<number, string>();
  for (;;) {
    const { stderr, exitCode } = await inRoot(root, ['apt-cache', 'gencaches']);
    if (exitCode === 0) return refusals;
    const number = Number(new RegExp(`_${basename(base)}_(\\d+)_`).exec(stderr)?.[1]);
    if (!taken.delete(number)) throw new Error(`apt cannot read its lists: ${stderr}`);
    refusals.set(number, stderr.trim());
    for (const name of await readdir(join(root, 'j/lists')))
      if (name.includes(`_${basename(base)}_${number}_`)) await rm(join(root, 'j/lists', name));
  }
}

/** SHA-256 of what apt gives for each name. */
async function downloadPackages(root: string, names: readonly string[]): Promise<Map<string, string>> {
  const known = new Set((await inRoot(root, ['apt-cache', 'pkgnames'])).stdout.split('\n'));
  const listed = names.filter((name) => known.has(name));
  const { exitCode } = await inRoot(root, ['apt-get', '-q', 'download', ...listed]);
  const files = await readdir(join(root, 'j/got'));
  // One that has no candidate keeps apt from the others.
  const alone =
    exitCode === 0 ? [] : listed.filter((name) => !files.some((file) => file.startsWith(`${name}_`)));
  for (const name of alone) await inRoot(root, ['apt-get', '-q', 'download', name]);
  const digests = new Map<string, string>();
  for (const file of await readdir(join(root, 'j/got'))) {
    digests.set(file.split('_')[0] ?? '', sha256(await readFile(join(root, 'j/got', file))));
  }
  return digests;
}

/** SHA-256 of both of its files, which are equal. */
async function downloadSource(root: string, name: string): Promise<string> {
  await inRoot(root, ['apt-get', '-q', 'source', '--download-only', name]);
  const files = (await readdir(join(root, 'j/got'))).filter((file) => /\.(?:dsc|tar\.gz)$/.test(file));
  const digests = new Set<string>();
  for (const file of files.filter((one) => one.startsWith(`${name}_`)))
    digests.add(sha256(await readFile(join(root, 'j/got', file))));
  return digests.size === 1 ? ([...digests][0] ?? '') : '';
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The lines with an error or a warning of that repository, and what follows them. */
function errorAbout(text: string, base: string, number: number): string {
  const lines = text.split('\n');
  const about = new RegExp(`^[EW]:.*${basename(base)}[/_]${number}[/_ ]`);
  return lines
    .flatMap((line, at) => (about.test(line) ? lines.slice(at, at + 2) : []))
    .join(' ')
    .slice(0, 600);
}
