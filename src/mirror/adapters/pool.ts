/**
 * Manages POM's content-addressed pool: `<base-dir>/.pool/{sha256,sha512}/<hex>`, hard-linked into snapshots.
 * Invariants: a file gets a name only from the writer that hashed exactly its bytes (HashedFile); both names of a file
 * are one inode, because POM's gc deletes what has lost its link, and every file of a snapshot that the pool does not
 * know. Operations on each of tens of thousands of files are synchronous: a thread for each rename costs ten times as
 * much.
 */
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, renameSync, rmSync } from 'node:fs';
import { link, lstat, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { linkOnce, makeDirectory, makeDirectoryIn } from '../../core/adapters/atomic-files.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { at } from '../../core/adapters/error-place.ts';
import { HashedFile } from '../../core/adapters/hashed-file.ts';
import { inlineHashers } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { run } from '../../core/adapters/process.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { ListedFact } from '../../core/domain/listed-fact.ts';
import { setAsideFile } from './set-aside.ts';

/** What is known of a file: `unproven` exists, but it is not known whether it has the given SHA-512. */
export type PoolState = 'absent' | 'unproven' | 'present';

export interface Pool {
  baseDir: string;
  /** POM's own lock file; hold it (file-lock.ts) while the pool changes. */
  lockPath: string;
  pathOf(sha256: string): string;
  /** Returns where a file of this name grows until it is complete; the directory exists. POM's gc ignores it. */
  partialPath(name: string): Promise<string>;
  /** Returns a path beside the partial files that nobody else uses. */
  temporaryPath(name: string): Promise<string>;
  /** Returns whether the file exists with that size. Its bytes are not read. */
  has(fact: ObjectFact): Promise<boolean>;
  /** Works like `has`, and includes the SHA-512 where that is given: a file that has that name too has been hashed. */
  stateOf(fact: ListedFact): PoolState;
  /**
   * Takes over a file under the names of the digests that its writer computed: its own path is gone afterwards, whether
   * the pool had the content or not. A file of another size under that name, which a power failure can leave when its
   * bytes had not reached the disk, is replaced.
   * @throws PommgrError `integrity.changed`
   */
  addFile(file: HashedFile): Promise<void>;
  /**
   * Returns the names of a missing file, for a thread that sets them once it has hashed all of it; undefined where the
   * pool's lock is not held permanently.
   */
  namesFor(fact: ListedFact): Promise<string[] | undefined>;
  /** Moves a damaged file out of the pool, with all its names; returns the path where it is kept. */
  setAside(sha256: string): Promise<string | undefined>;
  /** Gives a file of the pool its SHA-512 name, once that was computed over all its bytes. */
  nameBySha512(sha256: string, sha512: string): Promise<void>;
  /**
   * Adds verified bytes, and links them to `path`.
   * @throws PommgrError `integrity.conflict`
   */
  addData(data: Uint8Array, path: string): Promise<void>;
  /**
   * Hard-links the content to `path`, and creates its parent directories.
   * @throws PommgrError `integrity.missing` where the pool lacks it, `integrity.conflict` where `path` is another file.
   */
  linkInto(fact: ObjectFact, path: string): Promise<void>;
  /**
   * Makes everything that was added, and every link to it, durable. Call it before the snapshot that needs it gets its
   * name.
   */
  sync(): Promise<void>;
}

/** Opens the pool below `baseDir`. Its directories are created when something is added. */
export function openPool(baseDir: string): Pool {
  const pool = join(baseDir, '.pool');
  const partial = join(baseDir, '.pommgr', 'partial');
  const knownDirectories = new Set<string>();

  /** Each directory is created, or found, only once. */
  async function haveDirectory(path: string): Promise<void> {
    if (knownDirectories.has(path)) return;
    if (path.startsWith(`${baseDir}/`)) {
      await haveDirectory(dirname(path));
      await makeDirectoryIn(path);
    } else await makeDirectory(path);
    knownDirectories.add(path);
  }

  function pathOf(sha256: string): string {
    return `${pool}/sha256/${sha256}`;
  }

  function stateOf({ sizeBytes, sha256, sha512 }: ListedFact): PoolState {
    const found = regularFile(pathOf(sha256));
    if (found?.size !== sizeBytes) return 'absent';
    if (sha512 === undefined) return 'present';
    return regularFile(join(pool, 'sha512', sha512))?.ino === found.ino ? 'present' : 'unproven';
  }

  async function partialPath(name: string): Promise<string> {
    await haveDirectory(partial);
    return `${partial}/${name}`;
  }

  async function temporaryPath(name: string): Promise<string> {
    return await partialPath(`${name}.${randomBytes(6).toString('hex')}`);
  }

  async function addFile(file: HashedFile): Promise<void> {
    const { path, sizeBytes, sha256 } = file;
    const name = pathOf(sha256);
    for (const algorithm of ['sha256', 'sha512']) await haveDirectory(join(pool, algorithm));
    file.checkInPlace();
    const sha512 = file.digest('sha512');
    const state = stateOf({ sizeBytes, sha256, ...(sha512 !== undefined && { sha512 }) });
    // An existing file must stay the same inode, because snapshots are linked to it; it gets another name only if it is
    // valid.
    const stays = state === 'present' || (state === 'unproven' && (await hasDigest(name, sha256)));
    if (stays) rmSync(path, { force: true });
    else {
      if (state === 'unproven') await setAsideFile(baseDir, sha256);
      renameSync(path, name);
    }
    if (sha512 !== undefined) await nameBySha512(sha256, sha512);
  }

  async function namesFor({ sha256, sha512 }: ListedFact): Promise<string[]> {
    await haveDirectory(join(pool, 'sha256'));
    if (sha512 === undefined) return [pathOf(sha256)];
    await haveDirectory(join(pool, 'sha512'));
    return [pathOf(sha256), join(pool, 'sha512', sha512)];
  }

  async function nameBySha512(sha256: string, sha512: string): Promise<void> {
    await linkSame(pathOf(sha256), join(pool, 'sha512', sha512));
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
    temporaryPath,
    has: async (fact) => stateOf({ sizeBytes: fact.sizeBytes, sha256: fact.sha256 }) === 'present',
    stateOf,
    addFile,
    namesFor,
    nameBySha512,
    setAside: (sha256) => setAsideFile(baseDir, sha256),
    linkInto,
    async addData(data, path) {
      const fact = {
        sizeBytes: data.length,
        sha256: hexDigest('sha256', data),
        sha512: hexDigest('sha512', data),
      };
      const about = { where: path, hints: [], fact, hashers: inlineHashers };
      const temporary = await temporaryPath(fact.sha256);
      await at(temporary, async () => {
        const writer = await HashedFile.open(temporary, 0, about);
        try {
          await writer.write(data);
          await addFile(await writer.finish());
        } finally {
          writer.close();
        }
      });
      await linkInto(fact, path);
    },
    async sync() {
      await run('sync', ['--file-system', baseDir], { idleSeconds: 6 * 3600 });
    },
  };
}

async function hasDigest(path: string, sha256: string): Promise<boolean> {
  return (await hashFile(path, inlineHashers)).sha256 === sha256;
}

/** Makes `path` the same inode as `existing`, and replaces whatever has that name. */
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
    if (!isAbsent(error)) throw error;
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

function regularFile(path: string): { size: number; ino: number } | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found : undefined;
}

function hexDigest(algorithm: 'sha256' | 'sha512', data: Uint8Array): string {
  return createHash(algorithm).update(data).digest('hex');
}
