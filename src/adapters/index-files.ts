/** Index files in the pool: unpacked, checked against what Release says of them, read while they stream by. */
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { FileFact } from '../domain/digest.ts';
import { PommgrError } from '../domain/errors.ts';
import type { PlannedIndex } from '../domain/index-plan.ts';
import { decompressStream } from './decompress.ts';
import type { HasherPool } from './hashing.ts';
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
  const { pool, where } = tools;
  const partial = await pool.partialPath(`${index.fetched.sha256}.plain`);
  const source = createReadStream(pool.pathOf(index.fetched.sha256), { highWaterMark: 1 << 18 });
  const limits = {
    file: `${where}: ${index.fetched.path}`,
    maxBytes: index.plain?.sizeBytes ?? maxPlainBytes,
  };
  const hasher = tools.hashers.createHasher();
  const output = await open(partial, 'w', 0o644);
  try {
    let sizeBytes = 0;
    for await (const bytes of decompressStream(index.fetched.compression, source, limits)) {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      await hasher.update(chunk);
      await output.writeFile(chunk);
      sizeBytes += chunk.length;
      onChunk(chunk);
    }
    await output.sync();
    const found: FileFact = { path: index.path, sizeBytes, sha256: await hasher.digest() };
    if (index.plain !== undefined) checkFact(found, index.plain, where);
    await pool.addFile(partial, found);
    return found;
  } catch (error) {
    hasher.abandon();
    await rm(partial, { force: true });
    throw error;
  } finally {
    await output.close();
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
