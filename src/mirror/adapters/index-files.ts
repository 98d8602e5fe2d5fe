/** Index files in the pool: unpacked, checked against what Release says of them, read while they stream by. */
import { open, rm } from 'node:fs/promises';
import { sha256Hex, type FileFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { at } from '../../core/adapters/error-place.ts';
import type { Compression, IndexForm, PlannedIndex } from '../../upstream/domain/index-plan.ts';
import { decompressFile } from '../../upstream/adapters/decompress.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import type { Pool } from './pool.ts';

/**
 * Reads a fetched index, gives its plain bytes to `onChunk` as they pass, and puts the plain form into the pool.
 * What `onChunk` saw counts only once this returns.
 * @returns what the plain form is.
 * @throws PommgrError `integrity.compression`, `integrity.size`, `integrity.digest`; the pool is as it was then.
 */
export async function unpackIndex(
  index: PlannedIndex,
  tools: { form: IndexForm | undefined; pool: Pool; hashers: HasherPool; where: string },
  onChunk: (chunk: Buffer) => void,
): Promise<FileFact> {
  const { pool, form } = tools;
  const partial = await pool.partialPath(`${index.plain.sha256}.plain`);
  const output = await open(partial, 'w', 0o644);
  try {
    const file = form && { path: pool.pathOf(form.sha256), compression: form.compression };
    const found = await scanIndex(index, { ...tools, file }, async (chunk) => {
      await at(partial, () => output.writeFile(chunk));
      onChunk(chunk);
    });
    await output.sync();
    const { sha512 } = index.plain;
    // apt does not look at the digest of an index that is empty.
    await pool.addFile(partial, sha512 === undefined || found.sizeBytes === 0 ? found : { ...found, sha512 });
    return found;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    await output.close();
  }
}

/**
 * Reads a file that has an index in some form, and gives its plain bytes to `onChunk`, which count only once this
 * returns. An index of no bytes needs no file.
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
  if (file === undefined) {
    throw new PommgrError('integrity.missing', `${where}: ${path} is there in no form.`, {
      hints: ['Run the same command again.'],
      details: { file: path },
    });
  }
  const limits = { file: `${where}: ${path}`, sizeBytes: expectedBytes };
  const hasher = from.hashers.createHasher();
  try {
    let sizeBytes = 0;
    for await (const bytes of decompressFile(file, limits)) {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
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
  throw new PommgrError(
    'integrity.digest',
    `${where}: ${expected.path}, unpacked, has ${found.sizeBytes} bytes and SHA-256 ${found.sha256}; Release says ${expected.sizeBytes} bytes and ${expected.sha256}.`,
    {
      hints: ['The repository contradicts itself; try again later, or with another server.'],
      details: { file: expected.path, expected: expected.sha256, found: found.sha256 },
    },
  );
}
