/**
 * Builds a real signed APT repository (one suite a call) below a directory.
 * The same packages, options and keys give the same bytes.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { run } from '../../src/core/adapters/process.ts';
import { signDetached, signInline, type SigningIdentity, type SignOptions } from './gpg.ts';
import type { BuiltPackage, BuiltSource } from './packages.ts';
import { indexFiles } from './repository-indices.ts';
import { scratchDirectory } from './scratch.ts';

export interface RepositoryOptions {
  /** Where `dists/` and `pool/` go; several suites may share one. Default: a scratch directory. */
  directory?: string;
  /** Default: `stable`. */
  suite?: string;
  /** Default: the suite. */
  codename?: string;
  /** Packages by component. */
  components: Record<string, readonly BuiltPackage[]>;
  /** Source packages by component; without it there are no `Sources`. */
  sources?: Record<string, readonly BuiltSource[]>;
  /** Default: `amd64`. */
  architectures?: readonly string[];
  /**
   * Where packages of architecture `all` are listed: in each architecture's index and nowhere else (`merged`, as
   * Proxmox does), in `binary-all` alone (`separate`), or in both with `No-Support-for-Architecture-all: Packages`
   * (`both`, as Debian does). Default: `merged`.
   */
  architectureAll?: 'merged' | 'separate' | 'both';
  origin?: string;
  label?: string;
  /** The Release's `Date`, and the time of the signatures. Default: 2025-06-01. */
  date?: Date;
  validUntil?: Date;
  notAutomatic?: boolean;
  acquireByHash?: boolean;
  /** Forms of an index on disk; Release lists the plain one in any case. Default: gz and xz. */
  indexForms?: readonly ('plain' | 'gz' | 'xz')[];
  /** Digest tables of the Release; with SHA512 each package has that too. Default: SHA256. */
  digests?: readonly ('MD5Sum' | 'SHA256' | 'SHA512')[];
  /** Adds `i18n/Translation-en`. */
  translation?: boolean;
  signers: readonly SigningIdentity[];
  signOptions?: SignOptions;
  /** Which signed forms there are. Default: `InRelease` and `Release` with `Release.gpg`. */
  releaseForms?: readonly ('InRelease' | 'Release.gpg')[];
  /** Changes the Release text before it is signed. */
  editRelease?: (text: string) => string;
}

export interface Repository {
  directory: string;
  suite: string;
  /** Path of `dists/<suite>`. */
  suiteDirectory: string;
  /** The Release text that was signed. */
  release: string;
  /** Path of each package file relative to `directory`, by `<name>_<version>_<architecture>`. */
  filenames: Record<string, string>;
}

interface IndexFile {
  path: string;
  bytes: Buffer;
  onDisk: boolean;
}

/** Writes one suite: pool, indices, by-hash copies, Release and its signatures. */
export async function createRepository(options: RepositoryOptions): Promise<Repository> {
  const directory = options.directory ?? (await scratchDirectory());
  const suite = options.suite ?? 'stable';
  const suiteDirectory = join(directory, 'dists', suite);
  await rm(suiteDirectory, { recursive: true, force: true });
  const indices = indexFiles(options);
  for (const { from, to } of indices.pool) {
    await mkdir(dirname(join(directory, to)), { recursive: true });
    await copyFile(from, join(directory, to));
  }
  const files: IndexFile[] = [];
  for (const { path, text } of indices.texts) files.push(...(await formsOf(path, text, options)));
  for (const file of files.filter((candidate) => candidate.onDisk)) {
    await writeBelow(suiteDirectory, file.path, file.bytes);
    if (options.acquireByHash !== true) continue;
    const byHash = join(dirname(file.path), 'by-hash', 'SHA256', hexDigest('sha256', file.bytes));
    await writeBelow(suiteDirectory, byHash, file.bytes);
  }
  const release = (options.editRelease ?? ((text) => text))(releaseText(options, suite, files));
  await writeReleaseForms(suiteDirectory, release, options);
  return { directory, suite, suiteDirectory, release, filenames: indices.filenames };
}

async function writeReleaseForms(directory: string, text: string, options: RepositoryOptions): Promise<void> {
  const forms = options.releaseForms ?? ['InRelease', 'Release.gpg'];
  const signOptions = { signedAt: releaseDate(options), ...options.signOptions };
  if (forms.includes('InRelease')) {
    await writeBelow(directory, 'InRelease', await signInline(text, options.signers, signOptions));
  }
  if (forms.includes('Release.gpg')) {
    await writeBelow(directory, 'Release', Buffer.from(text));
    await writeBelow(directory, 'Release.gpg', await signDetached(text, options.signers, signOptions));
  }
}

function releaseText(options: RepositoryOptions, suite: string, files: readonly IndexFile[]): string {
  const all = options.architectureAll ?? 'merged';
  const architectures = [...(options.architectures ?? ['amd64']), ...(all === 'merged' ? [] : ['all'])];
  const lines = [
    `Origin: ${options.origin ?? 'Fixture'}`,
    `Label: ${options.label ?? 'Fixture'}`,
    `Suite: ${suite}`,
    `Codename: ${options.codename ?? suite}`,
    `Date: ${releaseDate(options).toUTCString().replace('GMT', 'UTC')}`,
    ...(options.validUntil ? [`Valid-Until: ${options.validUntil.toUTCString().replace('GMT', 'UTC')}`] : []),
    ...(options.notAutomatic === true ? ['NotAutomatic: yes'] : []),
    ...(options.acquireByHash === true ? ['Acquire-By-Hash: yes'] : []),
    ...(all === 'both' ? ['No-Support-for-Architecture-all: Packages'] : []),
    `Architectures: ${architectures.toSorted().join(' ')}`,
    `Components: ${Object.keys(options.components).join(' ')}`,
    'Description: a repository for tests',
  ];
  const algorithms = { MD5Sum: 'md5', SHA256: 'sha256', SHA512: 'sha512' } as const;
  for (const digest of options.digests ?? ['SHA256']) {
    lines.push(`${digest}:`);
    for (const { path, bytes } of files) {
      lines.push(` ${hexDigest(algorithms[digest], bytes)} ${String(bytes.length).padStart(8)} ${path}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

async function formsOf(path: string, text: string, options: RepositoryOptions): Promise<IndexFile[]> {
  const forms = options.indexForms ?? ['gz', 'xz'];
  const bytes = Buffer.from(text);
  const files: IndexFile[] = [{ path, bytes, onDisk: forms.includes('plain') }];
  if (forms.includes('gz')) files.push({ path: `${path}.gz`, bytes: gzipSync(bytes), onDisk: true });
  if (forms.includes('xz')) files.push({ path: `${path}.xz`, bytes: await xz(bytes), onDisk: true });
  return files;
}

/** Compresses with xz(1). */
export async function xz(bytes: Uint8Array): Promise<Buffer> {
  const path = join(await scratchDirectory(), 'plain');
  await writeFile(path, bytes);
  await run('xz', ['-T1', path]);
  return await readFile(`${path}.xz`);
}

async function writeBelow(directory: string, path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), bytes);
}

function releaseDate(options: RepositoryOptions): Date {
  return options.date ?? new Date('2025-06-01T00:00:00Z');
}

function hexDigest(algorithm: 'md5' | 'sha256' | 'sha512', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
