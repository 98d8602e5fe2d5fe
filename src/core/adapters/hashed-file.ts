/**
 * Hashes files while they are written. Invariants: a path has one writer at a time; a HashedFile exists only once the
 * file holds exactly the bytes that its writer hashed, and they match every expected digest. Files are written
 * synchronously: the page cache accepts writes faster than a thread can be asked for them (npm run bench), and a slow
 * disk slows the network down instead of filling memory.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { HashAlgorithm } from '../domain/digest.ts';
import { PommgrError } from '../domain/errors.ts';
import {
  algorithmsOf,
  checkDigests,
  checkSize,
  type Digests,
  type FactSource,
  type ListedFact,
} from '../domain/listed-fact.ts';
import { systemErrorCode } from './system-error.ts';
import { type Hasher, type HasherPool } from './hashing.ts';
import { updateFromFile } from './file-hashing.ts';

export interface HashedFileOptions extends FactSource {
  hashers: HasherPool;
  /** What the complete file must be; the digests that it names are the ones that are computed. */
  fact: Partial<ListedFact>;
}

/** A file that was written, closed and checked; only its writer creates one. */
export class HashedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #inode: number;
  readonly #digests: Digests;

  private constructor(path: string, { size, ino }: { size: number; ino: number }, digests: Digests) {
    this.path = path;
    this.sizeBytes = size;
    this.#inode = ino;
    this.#digests = digests;
  }

  get sha256(): string {
    return this.#digests.get('sha256') ?? '';
  }

  /** Returns lower-case hex; undefined where this digest was not computed. */
  digest(algorithm: HashAlgorithm): string | undefined {
    return this.#digests.get(algorithm);
  }

  /**
   * Checks that the path is still this file, at its length.
   * @throws PommgrError `integrity.changed`
   */
  checkInPlace(): void {
    const found = lstatSync(this.path, { throwIfNoEntry: false });
    if (found?.ino !== this.#inode || found.size !== this.sizeBytes) throw changedMeanwhile(this.path);
  }

  /**
   * Starts the file anew, in place of whatever is there, or continues after its first `startBytes`, which are read
   * again.
   * @throws PommgrError `bug.two-writers`, `integrity.changed`
   */
  static async open(path: string, startBytes: number, options: HashedFileOptions): Promise<HashedFileWriter> {
    const { fact, hashers } = options;
    if (claimed.has(path)) throw twoWriters(path);
    claimed.add(path);
    const algorithms = algorithmsOf(fact);
    const hasher = hashers.createHasher(...algorithms);
    let file: number | undefined;
    function close(): void {
      if (file === undefined) return;
      hasher.abandon();
      closeSync(file);
      file = undefined;
      claimed.delete(path);
    }
    try {
      file = openForWriting(path, startBytes);
      if (startBytes > 0) await readAgain(path, startBytes, hasher);
    } catch (error) {
      hasher.abandon();
      close();
      claimed.delete(path);
      throw error;
    }
    const descriptor = file;
    let sizeBytes = startBytes;
    return {
      path,
      write(chunk) {
        sizeBytes += chunk.length;
        if (sizeBytes > (fact.sizeBytes ?? Infinity)) checkSize(sizeBytes, fact, options);
        for (let offset = 0; offset < chunk.length; ) offset += writeSync(descriptor, chunk, offset);
        return hasher.update(chunk);
      },
      async finish() {
        try {
          checkSize(sizeBytes, fact, options);
          const found = await hasher.digests();
          const digests = new Map(algorithms.map((name, index) => [name, found[index] ?? '']));
          checkDigests(digests, fact, options);
          const written = fstatSync(descriptor);
          if (written.size !== sizeBytes) throw changedMeanwhile(path);
          return new HashedFile(path, written, digests);
        } finally {
          close();
        }
      },
      close,
    };
  }
}

/** Paths that are being written in this process. */
const claimed = new Set<string>();

export interface HashedFileWriter {
  readonly path: string;
  /**
   * The caller must await the promise, if there is one, before the next call.
   * @throws PommgrError `integrity.size` past the size that the file must have.
   */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /**
   * Closes the file. Making it durable is up to the caller.
   * @throws PommgrError `integrity.size`, `integrity.digest` where it is not what it must be, `integrity.changed` where
   * somebody else wrote to it; the file stays then.
   */
  finish(): Promise<HashedFile>;
  /** Closes the file as it is; does nothing after `finish`. */
  close(): void;
}

function openForWriting(path: string, startBytes: number): number {
  const { O_WRONLY, O_APPEND, O_NOFOLLOW } = constants;
  if (startBytes > 0) return openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW);
  try {
    return openNew(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
  // Only a regular file that an earlier run left is removed, never a device, link or directory.
  if (!lstatSync(path).isFile()) return openSync(path, O_WRONLY | O_NOFOLLOW);
  unlinkSync(path);
  return openNew(path);
}

/** Creates a new inode: a process that still has an old file of this name open cannot reach it. */
function openNew(path: string): number {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  // POM uses this mode, whatever the umask.
  fchmodSync(file, 0o644);
  return file;
}

async function readAgain(path: string, startBytes: number, hasher: Hasher): Promise<void> {
  if ((await updateFromFile(hasher, path)) !== startBytes) throw changedMeanwhile(path);
}

function twoWriters(path: string): PommgrError {
  return new PommgrError('bug.two-writers', `Two tasks write ${path} at the same time.`, {
    details: { file: path },
  });
}

function changedMeanwhile(path: string): PommgrError {
  return new PommgrError('integrity.changed', `Another process changed ${path} while it was written.`, {
    hints: ['Find out what else works in that directory, then run the same command again.'],
    details: { file: path },
  });
}
