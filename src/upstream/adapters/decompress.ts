/** Index files as streams of plain bytes. Invariant: never more bytes than the signed Release allows. */
import { pipeline, Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { createGunzip } from 'node:zlib';
import { PommgrError } from '../../core/domain/errors.ts';

export type Compression = 'plain' | 'gz' | 'xz';

/**
 * The plain bytes of `source`. `file` names it in messages.
 * @throws PommgrError `integrity.compression` for corrupt or truncated input; `integrity.size` at the first byte past
 * `maxBytes`, the uncompressed size that Release tells. An error of the source itself passes through.
 */
export async function* decompressStream(
  kind: Compression,
  source: AsyncIterable<Uint8Array>,
  { file, maxBytes }: { file: string; maxBytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  let sizeBytes = 0;
  for await (const chunk of plainChunks(kind, source, file)) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      throw new PommgrError(
        'integrity.size',
        `${file} holds more than the ${maxBytes} bytes that were expected.`,
        {
          hints: [
            'The repository may be in the middle of an update, or someone changed the file: try again later.',
          ],
          details: { file, expected: maxBytes },
        },
      );
    }
    yield chunk;
  }
}

async function* plainChunks(
  kind: Compression,
  source: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (kind === 'plain') {
    yield* source;
    return;
  }
  let sourceError: Error | undefined;
  // A reader that fails throws into this generator while it waits at `yield`: that is no error of the source.
  async function* watched() {
    let reads = true;
    try {
      for await (const chunk of source) {
        reads = false;
        yield chunk;
        reads = true;
      }
    } catch (error) {
      if (reads) sourceError = error as Error;
      throw error;
    }
  }
  try {
    if (kind === 'gz') yield* gunzip(watched());
    else yield* unxz(watched());
  } catch (cause) {
    if (sourceError !== undefined) throw sourceError;
    throw new PommgrError('integrity.compression', `${file} is not a whole .${kind} file.`, {
      hints: [
        'The repository may be in the middle of an update, or someone changed the file: try again later.',
      ],
      details: { file },
      cause,
    });
  }
}

async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const output = createGunzip({ chunkSize: 64 * 1024 });
  // The callback is there so that no error goes unheard; the reader below gets it too.
  pipeline(Readable.from(source), output, () => {});
  for await (const chunk of output) yield chunk as Uint8Array;
}

/** The library decodes one stream at a time: a second one waits until the first is read to its end or given up. */
async function* unxz(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const { XzReadableStream } = (await import('xz-decompress')).default;
  let sourceEnded = false;
  async function* watched() {
    yield* source;
    sourceEnded = true;
  }
  let emptyChunks = 0;
  for await (const chunk of new XzReadableStream(ReadableStream.from(watched()))) {
    if (chunk.length > 0) yield chunk;
    else if (sourceEnded) emptyChunks += 1;
    // A whole file ends with an empty chunk at most; a cut one would give them for ever.
    if (emptyChunks > 2) throw new Error('the end is missing');
  }
}
