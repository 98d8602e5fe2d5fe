/** Computes digests of whole files, each in a lane of its own: as many at once as there are lanes. */
import type { HashLanes } from './hash-lanes.ts';
import type { Place } from '../domain/place.ts';
import { openAt } from './files-at.ts';

export interface WholeFile {
  place: Place;
  sizeBytes: number;
}

export interface WholeFileOptions {
  lanes: HashLanes;
  signal: AbortSignal;
  /** Called with the number of bytes that were read. */
  onProgress: (bytes: number) => void;
}

/** Bytes hashed between two checks of the signal. */
const pieceBytes = 64 * 1024 * 1024;

/**
 * Returns the SHA-256 of the first `sizeBytes` of each file, in their order; a shorter file is hashed as far as it
 * goes.
 * @throws PommgrError `integrity.missing`, `integrity.file-type`
 */
export async function hashWholeFiles(
  files: readonly WholeFile[],
  options: WholeFileOptions,
): Promise<string[]> {
  const settled = await Promise.allSettled(files.map((file) => hashWholeFile(file, options)));
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

async function hashWholeFile(
  { place, sizeBytes }: WholeFile,
  { lanes, signal, onProgress }: WholeFileOptions,
): Promise<string> {
  const lane = await lanes.take();
  try {
    const { file } = await openAt(place);
    try {
      await lane.hash([{ start: 0, end: 0, isFirst: true, isLast: false }]);
      let position = 0;
      for (;;) {
        signal.throwIfAborted();
        const piece = Math.min(pieceBytes, sizeBytes - position);
        const isLast = position + piece === sizeBytes;
        const { bytesRead, digests } = await lane.hashMore(file, { position, sizeBytes: piece, isLast });
        onProgress(bytesRead);
        position += bytesRead;
        if (isLast) return digests[0] ?? '';
        if (bytesRead < piece)
          return (await lane.hash([{ start: 0, end: 0, isFirst: false, isLast: true }]))[0] ?? '';
      }
    } finally {
      await file.close();
    }
  } finally {
    lanes.give(lane);
  }
}
