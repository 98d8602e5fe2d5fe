/** `<stateDir>/pack-progress.json`: the set of media that `pack` is at; one at a time. */
import { join } from 'node:path';
import type { DocumentKind } from '../../core/domain/document.ts';
import { packProgressSchema, type PackProgress } from '../domain/pack-progress.ts';
import { removeDurably } from '../../core/adapters/atomic-files.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';

const kind: DocumentKind<PackProgress> = { noun: 'pack-progress', schema: packProgressSchema };

export function packProgressPath(stateDir: string): string {
  return join(stateDir, 'pack-progress.json');
}

/** Undefined when no set is begun. @throws PommgrError `config.*` */
export async function readPackProgress(stateDir: string): Promise<PackProgress | undefined> {
  return await readJsonFileIfThere(packProgressPath(stateDir), kind);
}

export async function writePackProgress(stateDir: string, progress: PackProgress): Promise<void> {
  await writeJsonFile(packProgressPath(stateDir), progress);
}

/** Every volume is on a medium. */
export async function removePackProgress(stateDir: string): Promise<void> {
  await removeDurably(packProgressPath(stateDir));
}
