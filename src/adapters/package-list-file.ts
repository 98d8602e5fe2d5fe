/** Writes one mirror's part of packages.jsonl in pieces, and tells what it wrote. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { ObjectFact } from '../domain/digest.ts';
import type { PackageEntry } from '../domain/package-entry.ts';
import { formatPackageLine } from '../domain/package-list.ts';

const pieceLength = 256 * 1024;

/** The entries must be in the list's order. */
export async function writePackageList(
  path: string,
  entries: readonly PackageEntry[],
): Promise<ObjectFact & { count: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let piece = '';
  const file = await open(path, 'w');
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(piece);
    hash.update(bytes);
    sizeBytes += bytes.length;
    await file.writeFile(bytes);
    piece = '';
  };
  try {
    for (const entry of entries) {
      piece += formatPackageLine(entry);
      if (piece.length >= pieceLength) await flush();
    }
    await flush();
  } finally {
    await file.close();
  }
  return { count: entries.length, sizeBytes, sha256: hash.digest('hex') };
}
