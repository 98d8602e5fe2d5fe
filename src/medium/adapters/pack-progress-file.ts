/** Stores `<stateDir>/pack-progress.json`: the one set of media that `pack` is working on. */
import { join } from 'node:path';
import type { DocumentKind } from '../../core/domain/document.ts';
import { packProgressSchema, type PackProgress } from '../domain/pack-progress.ts';
import { removeDurably } from '../../core/adapters/atomic-files.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';

const kind: DocumentKind<PackProgress> = { noun: 'pack-progress', schema: packProgressSchema };

export function packProgressPath(stateDir: string): string {
  return join(stateDir, 'pack-progress.json');
}

/** Returns undefined when no set has been started. @throws PommgrError `config.*` */
export async function readPackProgress(stateDir: string): Promise<PackProgress | undefined> {
  return await readJsonFileIfThere(packProgressPath(stateDir), kind);
}

export async function writePackProgress(stateDir: string, progress: PackProgress): Promise<void> {
  await writeJsonFile(packProgressPath(stateDir), progress);
}

/** Called when every volume is on a medium. */
export async function removePackProgress(stateDir: string): Promise<void> {
  await removeDurably(packProgressPath(stateDir));
}
