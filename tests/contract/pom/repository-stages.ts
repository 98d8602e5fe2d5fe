/**
 * The small signed repository that the transcripts were recorded against, in the states it had on the way: two
 * components, by-hash/SHA512, Contents, Translation, pseudo Release files and empty Sources.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { SigningIdentity } from '../../support/gpg.ts';
import { type BuiltPackage, buildPackage } from '../../support/packages.ts';
import { createRepository, xz } from '../../support/repository.ts';
import { scratchDirectory } from '../../support/scratch.ts';

/** What changed upstream, in order. `huge` is `two-big` with 32 MiB in each of the two. */
export type Stage = 'first' | 'alpha-1.1' | 'big' | 'zlast' | 'beta-2.0' | 'two-big' | 'huge' | 'big-again';

const hugeBytes = 32 * 1024 * 1024;
const smallBytes = 64 * 1024;

interface ExtraFile {
  path: string;
  content: Buffer;
  onDisk: boolean;
}

const built = new Map<string, Promise<BuiltPackage>>();

/** Writes a stage of the repository below a directory; packages are built once. */
export async function writeStage(stage: Stage, directory: string, signer: SigningIdentity): Promise<void> {
  const all = { architecture: 'all' };
  const alpha = stage === 'first' ? '1.0' : '1.1';
  const beta = ['beta-2.0', 'two-big', 'huge', 'big-again'].includes(stage) ? '2.0' : '1.0';
  const big = stage === 'huge' ? hugeBytes : smallBytes;
  const main = [
    get('alpha', alpha),
    get('beta', beta, all),
    ...(['big', 'two-big', 'huge', 'big-again'].includes(stage) ? [plainPackage('bigpkg', big)] : []),
    ...(stage === 'huge' || stage === 'two-big' ? [plainPackage('bigpkg2', big)] : []),
    get('delta-game', '1.0', { ...all, section: 'games' }),
    get('gamma-dbgsym', '1.0', { section: 'debug' }),
    get('libeps', '1.0'),
    ...(stage === 'first' || stage === 'alpha-1.1' ? [] : [get('zlast', '1.0')]),
  ];
  const contrib = [
    get('eta', '1.0', { ...all, section: 'contrib/games' }),
    get('theta', '1.0'),
    get('zeta', '1.0'),
  ];
  const components = { main: await Promise.all(main), contrib: await Promise.all(contrib) };
  await writeRepository(directory, components, signer);
}

function get(
  name: string,
  version: string,
  rest: { architecture?: string; section?: string } = {},
): Promise<BuiltPackage> {
  const key = `${name} ${version}`;
  const known = built.get(key) ?? buildPackage({ name, version, ...rest });
  built.set(key, known);
  return known;
}

async function writeRepository(
  directory: string,
  components: Record<string, readonly BuiltPackage[]>,
  signer: SigningIdentity,
): Promise<void> {
  const extras: ExtraFile[] = [];
  for (const [component, packages] of Object.entries(components)) {
    extras.push(...(await extraFiles(component, packages)));
  }
  const { suiteDirectory } = await createRepository({
    directory,
    suite: 'trixie',
    components,
    architectureAll: 'both',
    acquireByHash: true,
    digests: ['SHA256', 'SHA512'],
    signers: [signer],
    editRelease: (text) => withReferences(text, extras),
  });
  for (const { path, content, onDisk } of extras) {
    if (!onDisk) continue;
    await mkdir(dirname(join(suiteDirectory, path)), { recursive: true });
    await writeFile(join(suiteDirectory, path), content);
  }
  await addByHash(suiteDirectory);
  await answerDoubleSlash(directory, Object.keys(components));
}

/** What a Release lists beside the packages; the plain form of a compressed one is not on the server. */
async function extraFiles(component: string, packages: readonly BuiltPackage[]): Promise<ExtraFile[]> {
  const contents = Buffer.from(
    packages.map(({ name }) => `usr/share/doc/${name}/README misc/${name}\n`).join(''),
  );
  const translation = Buffer.from(`Package: ${component}\nDescription-en: fixture\n`);
  const empty = Buffer.alloc(0);
  const found: [string, Buffer, boolean][] = [
    ['Contents-amd64', contents, false],
    ['Contents-amd64.gz', gzipSync(contents), true],
    ['i18n/Translation-en', translation, false],
    ['i18n/Translation-en.xz', await xz(translation), true],
    ['source/Sources', empty, false],
    ['source/Sources.xz', await xz(empty), true],
  ];
  for (const architecture of ['amd64', 'all']) {
    const text = `Archive: trixie\nComponent: ${component}\nArchitecture: ${architecture}\n`;
    found.push([`binary-${architecture}/Release`, Buffer.from(text), true]);
  }
  return found.map(([path, content, onDisk]) => ({ path: `${component}/${path}`, content, onDisk }));
}

function withReferences(text: string, extras: readonly ExtraFile[]): string {
  const rows = (algorithm: string) =>
    extras.map(({ path, content }) => ` ${digest(algorithm, content)} ${content.length} ${path}\n`).join('');
  return text
    .replace('No-Support-for-Architecture-all: Packages\n', '')
    .replace('SHA256:\n', `SHA256:\n${rows('sha256')}`)
    .replace('SHA512:\n', `SHA512:\n${rows('sha512')}`);
}

/** Only by-hash/SHA512, as the recorded server had it. */
async function addByHash(suiteDirectory: string): Promise<void> {
  for (const entry of await readdir(suiteDirectory, { recursive: true })) {
    if (entry.endsWith('/by-hash')) await rm(join(suiteDirectory, entry), { recursive: true });
  }
  for (const entry of await readdir(suiteDirectory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath === suiteDirectory) continue;
    const path = join(entry.parentPath, entry.name);
    const to = join(entry.parentPath, 'by-hash', 'SHA512', digest('sha512', await readFile(path)));
    await mkdir(dirname(to), { recursive: true });
    await copyFile(path, to);
  }
}

/** The fixture server takes the first part of `//dists/…` for a host name: the same files without that part. */
async function answerDoubleSlash(directory: string, components: readonly string[]): Promise<void> {
  const links = [['trixie', 'dists/trixie'], ...components.map((name) => [name, `pool/${name}`])];
  for (const [name = '', target = ''] of links) {
    await rm(join(directory, name), { force: true });
    await symlink(target, join(directory, name));
  }
}

/** A package that is only bytes; POM looks at no more. */
async function plainPackage(name: string, sizeBytes: number): Promise<BuiltPackage> {
  const path = join(await scratchDirectory(), 'file');
  const bytes = Buffer.alloc(sizeBytes, `${name} `);
  await writeFile(path, bytes);
  const fileName = `${name}_1.0_amd64.deb`;
  const control = `Package: ${name}\nVersion: 1.0\nArchitecture: amd64\nSection: misc\nPriority: optional\nMaintainer: Nobody\nDescription: bytes`;
  const facts = { name, version: '1.0', architecture: 'amd64', source: name, control };
  return { ...facts, fileName, path, sizeBytes, sha256: digest('sha256', bytes) };
}

function digest(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
