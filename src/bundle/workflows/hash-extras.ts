/** Hashes the extras of the config as their files are now: `pack` announces and then writes exactly these. */
import { stat } from 'node:fs/promises';
import { hasNoPath } from '../../core/adapters/system-error.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Extra } from '../../config/domain/extras.ts';
import type { Context } from '../../core/domain/progress.ts';
import { maxEntryBytes } from '../../medium/domain/volume-plan.ts';

/**
 * Returns the extras sorted by name, as in the config.
 * @throws PommgrError `config.extra` for a file that is not there or no file, `refused.size` for one that no volume holds.
 */
export async function hashExtras({ extras, file }: Config, context: Context): Promise<Extra[]> {
  if (extras.length === 0) return [];
  context.progress.step(`Hashing ${extras.length === 1 ? 'one extra' : `${extras.length} extras`}`);
  const hashers = openHasherPool(2);
  try {
    const hashed: Extra[] = [];
    for (const { name, file: path } of extras) {
      await checkFile(name, path, file);
      context.signal.throwIfAborted();
      hashed.push({ name, ...(await hashFile(path, hashers)) });
    }
    return hashed;
  } finally {
    await hashers.close();
  }
}

/** Returns the path of the config's extra of that name. */
export function extraPath({ extras, file }: Config, name: string): string {
  const extra = extras.find((one) => one.name === name);
  if (extra === undefined) throw new Error(`${file} has no extra ${name}`);
  return extra.file;
}

async function checkFile(name: string, path: string, config: string): Promise<void> {
  const size = await sizeOf(path);
  if (size === undefined) {
    throw new PommgrError('config.extra', `The extra ${name} of ${config} is not there: no file ${path}.`, {
      hints: ['Correct its path in the config, or take it out there.'],
      details: { name, file: path },
    });
  }
  if (size <= maxEntryBytes) return;
  throw new PommgrError(
    'refused.size',
    `The extra ${name} is ${size} bytes long; a bundle takes at most ${maxEntryBytes}.`,
    { hints: ['Split it, for instance with split(1).'], details: { name, file: path, sizeBytes: size } },
  );
}

/** Returns undefined unless the path is a file. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const status = await stat(path);
    return status.isFile() ? status.size : undefined;
  } catch (error) {
    if (!hasNoPath(error)) throw error;
    return undefined;
  }
}
