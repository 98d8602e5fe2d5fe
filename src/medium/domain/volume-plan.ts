/**
 * Plans which entry goes into which volume, and how large each volume's tar file is, to the byte. Invariant: entries
 * keep their order; the first volume begins with the baseline's two documents.
 */
import { tarBlockBytes, tarEndBytes } from '../../core/domain/tar-blocks.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** Largest size that a plain tar header can hold: 8 GiB less one byte. */
export const maxEntryBytes = 0o77777777777;
const maxVolumes = 9999;

export interface PlannedEntry {
  /** `baseline.json`, `packages.jsonl` or `objects/<sha256>`. */
  name: string;
  sizeBytes: number;
  sha256: string;
}

export interface PlannedVolume {
  /** `vol-NNNN.tar` */
  file: string;
  /** Size of the whole tar file. */
  sizeBytes: number;
  entries: PlannedEntry[];
}

/**
 * Fills volumes of at most `volumeSizeBytes` one after the other.
 * @throws PommgrError `usage.volume-size` when an entry does not fit into any, or there would be too many volumes;
 *   `refused.size` when no tar header can say an entry's size.
 */
export function planVolumes(
  documents: readonly PlannedEntry[],
  objects: readonly PlannedEntry[],
  volumeSizeBytes: number,
): PlannedVolume[] {
  checkFits(documents, objects, volumeSizeBytes);
  let volume = newVolume(1);
  const volumes = [volume];
  for (const entry of [...documents, ...objects]) {
    if (volume.sizeBytes + entrySizeBytes(entry.sizeBytes) > volumeSizeBytes) {
      volume = newVolume(volumes.length + 1);
      volumes.push(volume);
    }
    volume.entries.push(entry);
    volume.sizeBytes += entrySizeBytes(entry.sizeBytes);
  }
  if (volumes.length > maxVolumes) {
    throw new PommgrError('usage.volume-size', `${volumes.length} volumes are more than ${maxVolumes}.`, {
      hints: ['Give a larger --volume-size.'],
    });
  }
  return volumes;
}

/** Returns the bytes that the documents occupy in the first volume: the offset of the first object. */
export function documentsSizeBytes(documents: readonly { sizeBytes: number }[]): number {
  return documents.reduce((sum, { sizeBytes }) => sum + entrySizeBytes(sizeBytes), 0);
}

/** Returns the name of volume `number`, from 1. */
export function volumeFileName(number: number): string {
  return `vol-${String(number).padStart(4, '0')}.tar`;
}

/** Returns the number of zero bytes after `sizeBytes` of data. */
export function tarPaddingBytes(sizeBytes: number): number {
  return (tarBlockBytes - (sizeBytes % tarBlockBytes)) % tarBlockBytes;
}

function newVolume(number: number): PlannedVolume {
  return { file: volumeFileName(number), sizeBytes: tarEndBytes, entries: [] };
}

function entrySizeBytes(sizeBytes: number): number {
  return tarBlockBytes + sizeBytes + tarPaddingBytes(sizeBytes);
}

function checkFits(
  documents: readonly PlannedEntry[],
  objects: readonly PlannedEntry[],
  volumeSizeBytes: number,
): void {
  const documentsBytes = documentsSizeBytes(documents) + tarEndBytes;
  const largest = objects.reduce<PlannedEntry | undefined>(
    (best, entry) => (best === undefined || entry.sizeBytes > best.sizeBytes ? entry : best),
    undefined,
  );
  if (largest !== undefined && largest.sizeBytes > maxEntryBytes) {
    throw new PommgrError(
      'refused.size',
      `${largest.name} is ${largest.sizeBytes} bytes long; a bundle takes at most ${maxEntryBytes}.`,
      {
        hints: ['Leave it out with skip.packages in the config, and make a new snapshot.'],
      },
    );
  }
  const objectBytes = largest === undefined ? 0 : tarEndBytes + entrySizeBytes(largest.sizeBytes);
  const leastBytes = Math.max(documentsBytes, objectBytes);
  if (leastBytes <= volumeSizeBytes) return;
  const what =
    largest !== undefined && objectBytes > documentsBytes
      ? largest.name
      : documents.map(({ name }) => name).join(' and ');
  throw new PommgrError(
    'usage.volume-size',
    `A volume of ${volumeSizeBytes} bytes is too small for ${what}, which needs one of ${leastBytes} bytes.`,
    {
      hints: [
        `Give --volume-size ${leastBytes} or more, and a medium whose file system takes files of that size.`,
      ],
      details: { entry: what, expected: leastBytes, found: volumeSizeBytes },
    },
  );
}
