/**
 * Keeps copies of the logs of a rollout: `<store>/rollouts/<rollout>/logs/<sha256>`. Invariant: the digest is that of
 * the copy, whatever happens to the original.
 */
import { basename, join } from 'node:path';
import {
  makeDirectory,
  removeFile,
  renameDurably,
  temporaryBeside,
} from '../../core/adapters/atomic-files.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { inlineHashers } from '../../core/adapters/hashing.ts';
import { copyPlainFile } from '../../core/adapters/plain-file.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';

/** @throws PommgrError `usage.log` for a log that is not there. */
export async function keepLogs(
  storeDirectory: string,
  { rollout, files }: { rollout: string; files: readonly string[] },
): Promise<(ObjectFact & { name: string })[]> {
  const directory = join(storeDirectory, 'rollouts', rollout, 'logs');
  const kept: (ObjectFact & { name: string })[] = [];
  for (const file of files) {
    await makeDirectory(directory);
    kept.push({ name: basename(file), ...(await keepLog(file, directory)) });
  }
  return kept;
}

async function keepLog(file: string, directory: string): Promise<ObjectFact> {
  const copy = temporaryBeside(join(directory, 'log'));
  try {
    await copyPlainFile(file, copy);
    const fact = await hashFile(copy, inlineHashers);
    await renameDurably(copy, join(directory, fact.sha256));
    return fact;
  } catch (error) {
    await removeFile(copy);
    if (!isAbsent(error)) throw error;
    throw new PommgrError('usage.log', `There is no log ${file}.`, {
      hints: [
        'Name the file that the output of the upgrade was written to, for instance by "script" or "tee".',
      ],
      details: { file },
      cause: error,
    });
  }
}
