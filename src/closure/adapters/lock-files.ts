/** Finds the host locks that a closure names, by path or glob, and reads what a solver needs of them. */
import { basename, dirname, join } from 'node:path';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { issuesText } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { inventorySchema, type Inventory } from '../../apt/domain/inventory.ts';

export interface LockFile {
  file: string;
  /** SHA-256 of the file. */
  sha256: string;
  inventory: Inventory;
}

const maxLockBytes = 64 * 1024 * 1024;

/**
 * Returns the locks that absolute paths name; `*` and `?` match in the last part of a path. Sorted by host and digest.
 * @throws PommgrError `config.lock` for a path that names no file, a file that is no lock, and two locks of one host.
 */
export async function readLockFiles(patterns: readonly string[]): Promise<LockFile[]> {
  const paths = new Set<string>();
  for (const pattern of patterns) for (const path of await expand(pattern)) paths.add(path);
  const locks: LockFile[] = [];
  for (const path of paths) locks.push(await readLock(path));
  locks.sort(
    (a, b) => compareText(a.inventory.hostName, b.inventory.hostName) || compareText(a.sha256, b.sha256),
  );
  for (const [index, lock] of locks.entries()) {
    const before = locks[index - 1];
    if (before?.inventory.hostName !== lock.inventory.hostName) continue;
    throw new PommgrError(
      'config.lock',
      `Two locks are of the host ${lock.inventory.hostName}: ${before.file} and ${lock.file}.`,
      {
        hints: ['Keep the newer one, or name the files one by one.'],
        details: { host: lock.inventory.hostName },
      },
    );
  }
  return locks;
}

async function expand(pattern: string): Promise<string[]> {
  const name = basename(pattern);
  if (!/[*?]/.test(name)) return [pattern];
  const quoted = name
    .replaceAll(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const found = (await listDirectory(dirname(pattern))).filter((entry) =>
    new RegExp(`^${quoted}$`, 's').test(entry),
  );
  if (found.length > 0) return found.map((entry) => join(dirname(pattern), entry));
  throw new PommgrError('config.lock', `No file matches ${pattern}, where the config expects host locks.`, {
    hints: ['Make one on each host with "pommgr host lock -o FILE", or take the pattern out.'],
    details: { pattern },
  });
}

async function readLock(file: string): Promise<LockFile> {
  let bytes: Buffer;
  try {
    bytes = await readPlainFile(file, maxLockBytes);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw new PommgrError('config.lock', `The host lock ${file} is not there.`, {
      hints: ['Make it on the host with "pommgr host lock -o FILE", or take its path out of the config.'],
      details: { file },
      cause: error,
    });
  }
  return { file, sha256: sha256Hex(bytes), inventory: parseInventory(bytes.toString('utf8'), file) };
}

function parseInventory(text: string, file: string): Inventory {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notLock(file, (error as Error).message, error);
  }
  const result = inventorySchema.safeParse(value);
  if (result.success) return result.data;
  throw notLock(file, issuesText(result.error), result.error);
}

function notLock(file: string, why: string, cause: unknown): PommgrError {
  return new PommgrError('config.lock', `${file} is not a host lock: ${why}.`, {
    hints: ['Take it from the host again with "pommgr host lock -o FILE".'],
    details: { file },
    cause,
  });
}
