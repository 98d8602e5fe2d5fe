/**
 * POM's content-addressed pool: `<base-dir>/.pool/{sha256,sha512}/<hex>`, hard-linked into snapshots.
 * Invariants: a name appears only when its file is whole and verified; both names of a file are one inode, because
 * POM's gc deletes what has lost its link, and every file of a snapshot that the pool does not know.
 * What happens for each of tens of thousands of files is synchronous: a thread for a rename costs ten times as much.
 */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { link, lstat, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import {
  linkOnce,
  makeDirectory,
  systemErrorCode,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { run } from '../../core/adapters/process.ts';

/** What a pool file must be. POM knows most files by SHA-512 too; Release files it knows by nothing else. */
export interface PoolFact extends ObjectFact {
  /** 128 lower-case hex digits. */
  sha512?: string;
}

export interface Pool {
  baseDir: string;
  /** POM's own lock file; hold it (file-lock.ts) while the pool changes. */
  lockPath: string;
  pathOf(sha256: string): string;
  /** Where a file of this name grows until it is whole; the directory is there. POM's gc does not look into it. */
  partialPath(name: string): Promise<string>;
  /** Whether the file is there with that size. Its bytes are not read. */
  has(fact: ObjectFact): Promise<boolean>;
  /**
   * Takes over a file that is verified: `path` is gone afterwards, whether the pool had the content or
   * not. A file of another size under that name, as a
   * power failure leaves one whose bytes had not reached the disk, is replaced.
   */
  addFile(path: string, fact: PoolFact): Promise<void>;
  /**
   * Adds bytes that are verified, and links them to `path`.
   * @throws PommgrError `integrity.conflict`
   */
  addData(data: Uint8Array, path: string): Promise<void>;
  /**
   * Hard-links the content to `path`, and makes the directories above it.
   * @throws PommgrError `integrity.missing` where the pool lacks it, `integrity.conflict` where `path` is another file.
   */
  linkInto(fact: ObjectFact, path: string): Promise<void>;
  /** Makes all that was added, and every link to it, last. Call it before the snapshot that needs it gets its name. */
  sync(): Promise<void>;
}

/** The pool below `baseDir`. Its directories are made when something is added. */
export function openPool(baseDir: string): Pool {
  const pool = join(baseDir, '.pool');
  const partial = join(baseDir, '.pommgr', 'partial');
  const knownDirectories = new Set<string>();

  async function haveDirectory(path: string): Promise<void> {
    if (knownDirectories.has(path)) return;
    await makeDirectory(path);
    knownDirectories.add(path);
  }

  function pathOf(sha256: string): string {
    return join(pool, 'sha256', sha256);
  }

  async function has(fact: ObjectFact): Promise<boolean> {
    return regularFile(pathOf(fact.sha256))?.size === fact.sizeBytes;
  }

  async function partialPath(name: string): Promise<string> {
    await haveDirectory(partial);
    return join(partial, name);
  }

  async function addFile(path: string, fact: PoolFact): Promise<void> {
    const name = pathOf(fact.sha256);
    for (const algorithm of ['sha256', 'sha512']) await haveDirectory(join(pool, algorithm));
    // As POM has it, whatever the umask.
    chmodSync(path, 0o644);
    // Where it is there already it must stay the same inode: snapshots are linked to it.
    if (await has(fact)) rmSync(path, { force: true });
    else renameSync(path, name);
    if (fact.sha512 !== undefined) await linkSame(name, join(pool, 'sha512', fact.sha512));
  }

  async function linkInto(fact: ObjectFact, path: string): Promise<void> {
    await haveDirectory(dirname(path));
    await linkFromPool(pathOf(fact.sha256), path);
  }

  return {
    baseDir,
    lockPath: join(pool, '.lock'),
    pathOf,
    partialPath,
    has,
    addFile,
    linkInto,
    async addData(data, path) {
      const fact = { sizeBytes: data.length, sha256: hexDigest('sha256', data) };
      const partialFile = await partialPath(fact.sha256);
      await writeFileAtomic(partialFile, data);
      await addFile(partialFile, { ...fact, sha512: hexDigest('sha512', data) });
      await linkInto(fact, path);
    },
    async sync() {
      await run('sync', ['--file-system', baseDir]);
    },
  };
}

/** Makes `path` the same inode as `existing`, in place of whatever has that name. */
async function linkSame(existing: string, path: string): Promise<void> {
  if (await linkOnce(existing, path)) return;
  const [wanted, found] = [await lstat(existing), await lstat(path)];
  if (wanted.ino === found.ino) return;
  await rm(path);
  await link(existing, path);
}

async function linkFromPool(existing: string, path: string): Promise<void> {
  try {
    if (await linkOnce(existing, path)) return;
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    throw new PommgrError('integrity.missing', `The pool has no file ${existing}.`, {
      hints: ['Something deleted it while the snapshot was made. Run the snapshot again.'],
      details: { file: existing },
      cause: error,
    });
  }
  const [wanted, found] = [await lstat(existing), await lstat(path)];
  if (wanted.ino === found.ino) return;
  throw new PommgrError('integrity.conflict', `Two files of different content want the name ${path}.`, {
    hints: ['The repository lists one file name twice with different digests. Report it to its operator.'],
    details: { file: path, expected: existing },
  });
}

function regularFile(path: string): { size: number } | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found : undefined;
}

function hexDigest(algorithm: 'sha256' | 'sha512', data: Uint8Array): string {
  return createHash(algorithm).update(data).digest('hex');
}
