/**
 * A download that grows in a partial file while it is hashed. Invariant: a partial file is never trusted; only the
 * digest over all of it, taken at the end, makes it whole.
 * Files are opened and written synchronously: the page cache takes that faster than a thread can be asked to do it
 * (npm run bench), and a disk that cannot keep up slows the network down instead of filling memory.
 */
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { locateError } from '../../core/adapters/error-place.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { updateFromFile } from '../../core/adapters/hashing.ts';
import { placedError } from '../../core/domain/placed-error.ts';
import { displayUri } from './network-errors.ts';

/** Bytes of a file from `startBytes` on, or from its beginning where the source says so. */
export type OpenSource = (startBytes: number) => Promise<{
  startBytes: number;
  bodyBytes: number | undefined;
  body: AsyncIterable<Uint8Array>;
}>;

export interface PartialFileOptions {
  uri: string;
  /** The partial file; it may be there from an interrupted run. */
  path: string;
  fact: ObjectFact;
  hashers: HasherPool;
  openSource: OpenSource;
  /** Bytes that are there now; negative when some must be fetched again. */
  onBytes: (bytes: number) => void;
}

/**
 * Continues the partial file where it ends, or begins it, and returns when it is whole and verified (to make it last
 * is up to the pool). A wrong result of a continued file is fetched once more from the start before it is an error.
 * @throws PommgrError `integrity.size`, `integrity.digest` (the partial file is gone then), `state.space`,
 * `state.read-only`, `state.permission`, and what `openSource` and its body throw (the partial file stays).
 */
export async function completePartialFile(options: PartialFileOptions): Promise<void> {
  const startBytes = usableBytes(options);
  try {
    await fetchFrom(startBytes, options);
  } catch (error) {
    if (!(error instanceof PommgrError) || !/^integrity\.|^network\.range$/.test(error.code)) {
      throw await writeError(error, options.path);
    }
    await rm(options.path, { force: true });
    if (startBytes === 0) throw error;
    await completePartialFile(options);
  }
}

function usableBytes({ path, fact }: PartialFileOptions): number {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return sizeBytes <= fact.sizeBytes ? sizeBytes : 0;
}

async function fetchFrom(resumeBytes: number, options: PartialFileOptions): Promise<void> {
  const { path, fact, hashers } = options;
  const hasher = hashers.createHasher();
  let sizeBytes = 0;
  let reportedBytes = 0;
  function report(bytes: number): void {
    reportedBytes += bytes;
    options.onBytes(bytes);
  }
  try {
    const source =
      resumeBytes > 0 && resumeBytes === fact.sizeBytes ? undefined : await options.openSource(resumeBytes);
    const startBytes = source?.startBytes ?? resumeBytes;
    if (source?.bodyBytes !== undefined) checkSize(startBytes + source.bodyBytes, options);
    if (startBytes > 0) await updateFromFile(hasher, path);
    sizeBytes = startBytes;
    report(startBytes);
    const file = openSync(path, startBytes > 0 ? 'a' : 'w', 0o644);
    try {
      for await (const chunk of source?.body ?? []) {
        sizeBytes += chunk.length;
        if (sizeBytes > fact.sizeBytes) checkSize(sizeBytes, options);
        writeAll(file, chunk);
        await hasher.update(chunk);
        report(chunk.length);
      }
      checkSize(sizeBytes, options);
      checkDigest(await hasher.digest(), options);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    hasher.abandon();
    report(-reportedBytes);
    throw error;
  }
}

function writeAll(file: number, chunk: Uint8Array): void {
  for (let offset = 0; offset < chunk.length; ) offset += writeSync(file, chunk, offset);
}

function checkSize(found: number, { uri, fact }: PartialFileOptions): void {
  if (found === fact.sizeBytes) return;
  const shown = displayUri(uri);
  const size = found > fact.sizeBytes ? `at least ${found}` : String(found);
  throw new PommgrError('integrity.size', `${shown}: expected ${fact.sizeBytes} bytes, found ${size}.`, {
    hints: wrongFileHints,
    details: { uri: shown, expected: fact.sizeBytes, found },
  });
}

function checkDigest(found: string, { uri, fact }: PartialFileOptions): void {
  if (found === fact.sha256) return;
  const shown = displayUri(uri);
  throw new PommgrError('integrity.digest', `${shown}: expected SHA-256 ${fact.sha256}, found ${found}.`, {
    hints: wrongFileHints,
    details: { uri: shown, expected: fact.sha256, found },
  });
}

const wrongFileHints = [
  'The repository may be in the middle of an update, or a proxy keeps an old copy: try again later.',
  'If it stays so, use another server of this repository.',
];

/** Said here, because whoever retries downloads takes a system error for one of the network. */
async function writeError(error: unknown, path: string): Promise<unknown> {
  if (!(error instanceof Error)) return error;
  await locateError(error, path);
  return placedError(error) ?? error;
}
