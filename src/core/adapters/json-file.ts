/**
 * Reads and writes our JSON documents on disk: size-limited and validated when read, canonical and atomic when written.
 */
import { canonicalJson } from '../domain/canonical-json.ts';
import { parseDocument, type DocumentKind } from '../domain/document.ts';
import { writeFileAtomic } from './atomic-files.ts';
import { readPlainFile } from './plain-file.ts';
import { ifPresent } from './system-error.ts';

/** None of our documents is larger; a larger file was not written by us. */
const maxDocumentBytes = 64 * 1024 * 1024;

/** @throws PommgrError `config.*` for a bad document, or the system's error (ENOENT, …). */
export async function readJsonFile<T>(path: string, kind: DocumentKind<T>): Promise<T> {
  return parseDocument((await readPlainFile(path, maxDocumentBytes)).toString('utf8'), kind, path);
}

/** Returns the document; undefined when the file does not exist. */
export async function readJsonFileIfThere<T>(path: string, kind: DocumentKind<T>): Promise<T | undefined> {
  return await ifPresent(readJsonFile(path, kind));
}

export async function writeJsonFile(path: string, value: unknown, mode = 0o644): Promise<void> {
  await writeFileAtomic(path, canonicalJson(value), mode);
}
