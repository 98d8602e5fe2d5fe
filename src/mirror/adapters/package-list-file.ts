/**
 * Writes one mirror's part of packages.jsonl, in pieces, and beside it what else fetching needs of each package: its
 * other digests, and the path to request. The list itself has no room for them.
 */
import { plainLines, plainLinesByPiece } from '../../core/adapters/plain-file.ts';
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { at } from '../../core/adapters/error-place.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { createPackageLineParser, formatPackageLine } from '../../apt/domain/package-list.ts';
import type { SelectedPackage } from '../../upstream/domain/package-selection.ts';

const pieceLength = 256 * 1024;

/** The entries must be in the list's order. */
export async function writePackageList(
  path: string,
  entries: readonly PackageEntry[],
): Promise<ObjectFact & { count: number }> {
  return { count: entries.length, ...(await writePieces(path, entries, formatPackageLine)) };
}

/** Works like `writePackageList`, and also writes what `readSelectedPackages` needs. */
export async function writeSelectedPackages(
  path: string,
  entries: readonly SelectedPackage[],
): Promise<ObjectFact & { count: number }> {
  await writePieces(
    factsPath(path),
    entries,
    ({ sha512, sha1 = '', md5 = '', upstreamPath = '' }) => `${sha512}\t${sha1}\t${md5}\t${upstreamPath}\n`,
  );
  return await writePackageList(path, entries);
}

/**
 * Yields the entries of a packages.jsonl one at a time.
 * @throws PommgrError `integrity.packages` for a line that is malformed or out of order.
 */
export async function* readPackages(path: string): AsyncGenerator<PackageEntry> {
  const parse = createPackageLineParser(path);
  for await (const lines of plainLinesByPiece(path)) for (const line of lines) yield parse(line);
}

/** Yields the entries that `writeSelectedPackages` wrote, one at a time. */
export async function* readSelectedPackages(path: string): AsyncGenerator<SelectedPackage> {
  const facts = plainLines(factsPath(path));
  try {
    for await (const entry of readPackages(path)) {
      const { value = '' } = (await facts.next()) as IteratorResult<string, undefined>;
      const [sha512 = '', sha1, md5, upstreamPath] = value.split('\t');
      yield {
        ...entry,
        sha512,
        ...(sha1 && { sha1 }),
        ...(md5 && { md5 }),
        ...(upstreamPath && { upstreamPath }),
      };
    }
  } finally {
    await facts.return(undefined);
  }
}

function factsPath(path: string): string {
  return `${path}.facts`;
}

async function writePieces<Entry>(
  path: string,
  entries: readonly Entry[],
  format: (entry: Entry) => string,
): Promise<ObjectFact> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let piece = '';
  const file = await open(path, 'w');
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(piece);
    hash.update(bytes);
    sizeBytes += bytes.length;
    await at(path, () => file.writeFile(bytes));
    piece = '';
  };
  try {
    for (const entry of entries) {
      piece += format(entry);
      if (piece.length >= pieceLength) await flush();
    }
    await flush();
  } finally {
    await file.close();
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}
