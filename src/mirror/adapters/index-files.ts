/** Handles index files in the pool: they are unpacked, checked against the Release, and read while they stream by. */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { rm } from 'node:fs/promises';
import { HashedFile } from '../../core/adapters/hashed-file.ts';
import { sha256Hex, type FileFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { at } from '../../core/adapters/error-place.ts';
import type { Compression, IndexForm, PlannedIndex } from '../../upstream/domain/index-plan.ts';
import { decompressFile } from '../../upstream/adapters/decompress.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import type { Pool } from './pool.ts';

/**
 * Reads a fetched index, passes its plain bytes to `onChunk`, and puts the plain form into the pool; if the pool
 * already has that, it is read again and nothing is unpacked. What `onChunk` saw is valid only once this returns.
 * @returns what the plain form is.
 * @throws PommgrError `integrity.compression`, `integrity.size`, `integrity.digest`; the pool is as it was then.
 */
export async function unpackIndex(
  index: PlannedIndex,
  tools: { form: IndexForm | undefined; pool: Pool; hashers: HasherPool; where: string },
  onChunk: (chunk: Buffer) => void,
): Promise<FileFact> {
  const { pool, form, where, hashers } = tools;
  const { path } = index.plain;
  if (pool.stateOf(index.plain) === 'present') {
    const plain = { path: pool.pathOf(index.plain.sha256), compression: 'plain' as const };
    return await scanIndex(index, { file: plain, hashers, where }, onChunk);
  }
  const file = form && { path: pool.pathOf(form.sha256), compression: form.compression };
  // apt ignores the digests of an empty index.
  const fact = index.plain.sizeBytes === 0 ? { sizeBytes: 0 } : index.plain;
  const writer = await HashedFile.open(await pool.temporaryPath(`${index.plain.sha256}.plain`), 0, {
    hashers,
    fact,
    where: `${where}: ${path}, decompressed`,
    hints: ['The repository contradicts itself; try again later, or use another server of it.'],
  });
  try {
    for await (const chunk of plainChunks(index, file, where)) {
      await at(writer.path, async () => writer.write(chunk));
      onChunk(chunk);
    }
    const written = await writer.finish();
    await pool.addFile(written);
    return { path, sizeBytes: written.sizeBytes, sha256: written.sha256 };
  } catch (error) {
    writer.close();
    await rm(writer.path, { force: true });
    throw error;
  }
}

async function* plainChunks(
  { plain }: PlannedIndex,
  file: { path: string; compression: Compression } | undefined,
  where: string,
): AsyncGenerator<Buffer> {
  if (plain.sizeBytes === 0) return;
  if (file === undefined) {
    throw new PommgrError('integrity.missing', `${where}: ${plain.path} is there in no form.`, {
      hints: ['Run the same command again.'],
      details: { file: plain.path },
    });
  }
  const limits = { file: `${where}: ${plain.path}`, sizeBytes: plain.sizeBytes };
  for await (const bytes of decompressFile(file, limits))
    yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * Reads a file that has an index in some form, and passes its plain bytes to `onChunk`, which are valid only once this
 * returns. An empty index needs no file.
 * @returns what the plain form is.
 * @throws PommgrError `integrity.compression`, `integrity.digest`, `integrity.missing`.
 */
export async function scanIndex(
  index: PlannedIndex,
  from: {
    file: { path: string; compression: Compression } | undefined;
    hashers: HasherPool;
    where: string;
  },
  onChunk: (chunk: Buffer) => Promise<void> | void,
): Promise<FileFact> {
  const { file, where } = from;
  const { path, sizeBytes: expectedBytes } = index.plain;
  if (expectedBytes === 0) return { path, sizeBytes: 0, sha256: sha256Hex('') };
  const hasher = from.hashers.createHasher();
  try {
    let sizeBytes = 0;
    for await (const chunk of plainChunks(index, file, where)) {
      await hasher.update(chunk);
      sizeBytes += chunk.length;
      await onChunk(chunk);
    }
    const found: FileFact = { path, sizeBytes, sha256: await hasher.digest() };
    checkFact(found, index.plain, where);
    return found;
  } catch (error) {
    hasher.abandon();
    throw error;
  }
}

function checkFact(found: FileFact, expected: FileFact, where: string): void {
  if (found.sha256 === expected.sha256 && found.sizeBytes === expected.sizeBytes) return;
  throw digestMismatch(`${where}: ${expected.path}, decompressed`, {
    ...{ expected: expected.sha256, found: found.sha256 },
    hints: ['Release and the index contradict each other. Try again later, or with another server.'],
    details: { file: expected.path, expected: expected.sha256, found: found.sha256 },
  });
}
