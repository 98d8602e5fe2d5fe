/** Files as the pool takes them: written and hashed by one writer. */
import { HashedFile } from '../../src/core/adapters/hashed-file.ts';
import { inlineHashers } from '../../src/core/adapters/hashing.ts';
import type { ListedFact } from '../../src/core/domain/listed-fact.ts';

/** Writes `content` to `path`; `fact` says which digests are taken and what they must be. */
export async function writeHashedFile(
  path: string,
  content: Uint8Array,
  fact: Partial<ListedFact> = {},
): Promise<HashedFile> {
  const writer = await HashedFile.open(path, 0, { fact, hashers: inlineHashers, where: path, hints: [] });
  try {
    await writer.write(content);
    return await writer.finish();
  } finally {
    writer.close();
  }
}
