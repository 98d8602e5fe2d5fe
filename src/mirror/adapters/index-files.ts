/** Index files in the pool: unpacked, checked against what Release says of them, read while they stream by. */
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { FileFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Compression, PlannedIndex } from '../../upstream/domain/index-plan.ts';
import { decompressStream } from '../../upstream/adapters/decompress.ts';
import { at } from '../../core/adapters/error-place.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import type { Pool } from './pool.ts';

/** For an index whose plain form Release does not list. Debian's largest has 60 MB. */
const maxPlainBytes = 2 ** 31;

/**
 * Reads a fetched index, gives its plain bytes to `onChunk` as they pass, and puts the plain form into the pool.
 * What `onChunk` saw counts only once this returns.
 * @returns what the plain form is.
 * @throws PommgrError `integrity.compression`, `integrity.size`, `integrity.digest`; the pool is as it was then.
 */
export async function unpackIndex(
  index: PlannedIndex,
  tools: { pool: Pool; hashers: HasherPool; where: string },
  onChunk: (chunk: Buffer) => void,
): Promise<FileFact> {
  const { pool } = tools;
  const partial = await pool.partialPath(`${index.fetched.sha256}.plain`);
  const file = { path: pool.pathOf(index.fetched.sha256), compression: index.fetched.compression };
  const output = await open(partial, 'w', 0o644);
  try {
    const found = await scanIndex(index, { ...tools, file }, async (chunk) => {
      await at(partial, () => output.writeFile(chunk));
      onChunk(chunk);
    });
    await output.sync();
    const sha512 = index.plain?.sha512;
    await pool.addFile(partial, sha512 === undefined ? found : { ...found, sha512 });
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
 * returns.
 * @returns what the plain form is.
 * @throws PommgrError `integrity.compression`, `integrity.size`, `integrity.digest`.
 */
export async function scanIndex(
  index: PlannedIndex,
  from: { file: { path: string; compression: Compression }; hashers: HasherPool; where: string },
  onChunk: (chunk: Buffer) => Promise<void> | void,
): Promise<FileFact> {
  const { file, where } = from;
  const source = createReadStream(file.path, { highWaterMark: 1 << 18 });
  const limits = { file: `${where}: ${index.path}`, maxBytes: index.plain?.sizeBytes ?? maxPlainBytes };
  const hasher = from.hashers.createHasher();
  try {
    let sizeBytes = 0;
    for await (const bytes of decompressStream(file.compression, source, limits)) {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      await hasher.update(chunk);
      sizeBytes += chunk.length;
      await onChunk(chunk);
    }
    const found: FileFact = { path: index.path, sizeBytes, sha256: await hasher.digest() };
    if (index.plain !== undefined) checkFact(found, index.plain, where);
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
