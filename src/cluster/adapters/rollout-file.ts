/**
 * Writes the rollout's file in /etc/pve. pmxcfs serialises changes by the nodes: if two create a file, one fails with
 * EEXIST, and without a quorum nothing can be written. Invariant: only the creator of the file beside it replaces a
 * rollout, and only while it is the one that was judged.
 */
import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { removeFile } from '../../core/adapters/atomic-files.ts';
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { rolloutFileName, type Rollout } from '../domain/rollout.ts';

/** pmxcfs has only this mode for its files. */
const mode = 0o640;
/** Leftovers of a killed run are ignored after this time. */
const abandonedMs = 60_000;

/**
 * Replaces the rollout that was judged, or creates the first one where that is null.
 * @throws PommgrError `state.rollout` where another operator was faster, or nothing can be written.
 */
export async function writeRollout(
  clusterFiles: string,
  { judged, next }: { judged: Rollout | null; next: Rollout },
): Promise<void> {
  await replaceRollout(clusterFiles, { judged, text: canonicalJson(next), change: rename });
}

/** Removes the rollout that was judged. @throws as `writeRollout`. */
export async function removeRollout(clusterFiles: string, judged: Rollout): Promise<void> {
  await replaceRollout(clusterFiles, {
    ...{ judged, text: '' },
    change: async (beside, path) => {
      await removeFile(path);
      await removeFile(beside);
    },
  });
}

/** `change` runs while this process alone has the file beside the rollout, and the rollout is as it was judged. */
async function replaceRollout(
  clusterFiles: string,
  options: {
    judged: Rollout | null;
    text: string;
    change: (beside: string, path: string) => Promise<void>;
  },
): Promise<void> {
  const { judged, text, change } = options;
  const path = join(clusterFiles, rolloutFileName);
  const beside = `${path}.next`;
  try {
    await removeAbandoned(beside);
    const file = await open(beside, 'wx', mode);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    if ((await currentText(path)) !== (judged === null ? null : canonicalJson(judged))) {
      await removeFile(beside);
      throw taken(path);
    }
    await change(beside, path);
  } catch (error) {
    if (error instanceof PommgrError) throw error;
    throw systemErrorCode(error) === 'EEXIST' ? taken(path) : cannotWrite(path, error);
  }
}

async function removeAbandoned(beside: string): Promise<void> {
  try {
    if (Date.now() - (await stat(beside)).mtimeMs > abandonedMs) await removeFile(beside);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

async function currentText(path: string): Promise<string | null> {
  try {
    return await readPlainText(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function taken(path: string): PommgrError {
  return new PommgrError('state.rollout', `The rollout changed while the gate judged: ${path}.`, {
    hints: [
      'Do nothing to the node. "pommgr cluster status" says who holds the cluster; then ask the gate again.',
    ],
    details: { file: path },
  });
}

function cannotWrite(path: string, cause: unknown): PommgrError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PommgrError('state.rollout', `${path} cannot be written: ${why}.`, {
    hints: ['/etc/pve takes writes only while pmxcfs runs and the cluster is quorate: see "pvecm status".'],
    details: { file: path },
    cause,
  });
}
