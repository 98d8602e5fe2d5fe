/**
 * Replaces the documents of a stored baseline together: they are complete in `.next/` before the first is replaced.
 * Invariant: whoever finds `.next/` finishes the replacement, so that no two documents ever contradict each other.
 */
import { join } from 'node:path';
import {
  listDirectory,
  makeDirectory,
  pathExists,
  removeDurably,
  renameDurably,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { readRegularFile } from '../../core/adapters/regular-file.ts';
import { isRootSignatureName } from '../../trust/domain/signing-key.ts';
import { closureListFileName } from '../../closure/domain/closure-list.ts';
import { heldTargetsFileName } from '../domain/held-targets.ts';

/** All documents that came with the bundle, or only the record of held targets. */
export type ReplacedScope = 'all' | 'held-targets';

const nextName = '.next';
const scopeFileName = 'SCOPE';
const maxDocumentBytes = 64 * 1024 * 1024;

/**
 * `directory` is the stored baseline's; `documents` are by file name. Optional documents in `scope` that are not among
 * them are removed.
 */
export async function replaceDocuments(
  directory: string,
  documents: ReadonlyMap<string, string | Uint8Array>,
  scope: ReplacedScope,
): Promise<void> {
  const temporary = join(directory, `${nextName}.tmp`);
  await removeDurably(temporary);
  await makeDirectory(temporary);
  for (const [file, data] of documents) await writeFileAtomic(join(temporary, file), data);
  await writeFileAtomic(join(temporary, scopeFileName), scope);
  await renameDurably(temporary, join(directory, nextName));
  await finishDocuments(directory);
}

/** Finishes a replacement that was started, or undoes one that was incomplete. */
export async function finishDocuments(directory: string): Promise<void> {
  await removeDurably(join(directory, `${nextName}.tmp`));
  const next = join(directory, nextName);
  if (!(await pathExists(next))) return;
  const isAll = (await readRegularFile(join(next, scopeFileName), maxDocumentBytes)).toString() === 'all';
  const files = (await listDirectory(next)).filter((file) => file !== scopeFileName);
  for (const file of files)
    await writeFileAtomic(join(directory, file), await readRegularFile(join(next, file), maxDocumentBytes));
  for (const file of await listDirectory(directory)) {
    const isOfBundle = file === closureListFileName || isRootSignatureName(file);
    const isOptional = file === heldTargetsFileName || (isAll && isOfBundle);
    if (isOptional && !files.includes(file)) await removeDurably(join(directory, file));
  }
  await removeDurably(next);
}
