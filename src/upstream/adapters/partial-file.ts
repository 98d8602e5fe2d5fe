/**
 * Downloads into a partial file. Invariant: a partial file is never trusted; only the digests over all of it, computed
 * by its one writer, make it complete.
 */
import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { locateError } from '../../core/adapters/error-place.ts';
import { HashedFile, type HashedFileWriter } from '../../core/adapters/hashed-file.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { checkSize, type ListedFact } from '../../core/domain/listed-fact.ts';
import { placedError } from '../../core/domain/placed-error.ts';
import { displayUri } from './network-errors.ts';

/** Opens the bytes of a file from `startBytes` on, or from its beginning where the source says so. */
export type OpenSource = (startBytes: number) => Promise<{
  startBytes: number;
  bodyBytes: number | undefined;
  body: AsyncIterable<Uint8Array>;
  /** Frees the connection of a body that is not read. */
  discard: () => Promise<void>;
}>;

export interface PartialFileOptions {
  uri: string;
  /** The partial file; an interrupted run may have left it. */
  path: string;
  fact: ListedFact;
  hashers: HasherPool;
  openSource: OpenSource;
  /** Called with bytes that have arrived; negative when some must be fetched again. */
  onBytes: (bytes: number) => void;
}

/**
 * Continues the partial file where it ends, or starts it, and returns when it is complete and verified (the pool makes
 * it durable). If a continued file does not match, it is fetched once more from the start before that is an error.
 * @throws PommgrError `integrity.size`, `integrity.digest` (the partial file is gone then), `state.space`,
 * `state.read-only`, `state.permission`, and what `openSource` and its body throw (the partial file stays).
 */
export async function completePartialFile(options: PartialFileOptions): Promise<HashedFile> {
  const startBytes = usableBytes(options);
  try {
    return await fetchFrom(startBytes, options);
  } catch (error) {
    if (!(error instanceof PommgrError) || !/^integrity\.|^network\.range$/.test(error.code)) {
      throw await writeError(error, options.path);
    }
    await rm(options.path, { force: true });
    if (startBytes === 0) throw error;
    return await completePartialFile(options);
  }
}

function usableBytes({ path, fact }: PartialFileOptions): number {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return sizeBytes <= fact.sizeBytes ? sizeBytes : 0;
}

async function fetchFrom(resumeBytes: number, options: PartialFileOptions): Promise<HashedFile> {
  const { path, fact, hashers } = options;
  const about = { where: displayUri(options.uri), hints: wrongFileHints };
  let reportedBytes = 0;
  function report(bytes: number): void {
    reportedBytes += bytes;
    options.onBytes(bytes);
  }
  let writer: HashedFileWriter | undefined;
  const isWhole = resumeBytes > 0 && resumeBytes === fact.sizeBytes;
  const source = isWhole ? undefined : await options.openSource(resumeBytes);
  let isRead = false;
  try {
    const startBytes = source?.startBytes ?? resumeBytes;
    if (source?.bodyBytes !== undefined) checkSize(startBytes + source.bodyBytes, fact, about);
    writer = await HashedFile.open(path, startBytes, { ...about, fact, hashers });
    report(startBytes);
    isRead = true;
    for await (const chunk of source?.body ?? []) {
      await writer.write(chunk);
      report(chunk.length);
    }
    return await writer.finish();
  } catch (error) {
    report(-reportedBytes);
    if (!isRead) await source?.discard();
    throw error;
  } finally {
    writer?.close();
  }
}

const wrongFileHints = [
  'The repository may be in the middle of an update, or a proxy keeps an old copy: try again later.',
  'If it stays so, use another server of this repository.',
];

/** The error is worded here, because the retry logic mistakes a system error for a network error. */
async function writeError(error: unknown, path: string): Promise<unknown> {
  if (!(error instanceof Error)) return error;
  await locateError(error, path);
  return placedError(error) ?? error;
}
