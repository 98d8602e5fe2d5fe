/** Parses `--volume-size`: bytes, bytes with a unit, or the name of a medium that takes one volume. */
import { defaultVolumeSizeBytes } from './bundle.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { tarBlockBytes } from '../../core/domain/tar-blocks.ts';

/** Reserved for the manifest, the launcher, two runtimes, and what UDF needs for itself. */
const besideBytes = 268_435_456;

/** Capacity of the smallest blank of each kind: DVD+R and DVD-R DL; BD with spare areas. */
const mediumBytes = {
  dvd: 4_700_372_992,
  'dvd-dl': 8_543_666_176,
  bd: 24_220_008_448,
  'bd-dl': 48_440_016_896,
};

/** Names and volume sizes in bytes. */
export const volumePresets: ReadonlyMap<string, number> = new Map([
  ['fat32', defaultVolumeSizeBytes],
  ...Object.entries(mediumBytes).map(([name, sizeBytes]): [string, number] => [
    name,
    wholeBlocks(sizeBytes - besideBytes),
  ]),
]);

const units: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
  ['KIB', 1024],
  ['MIB', 1024 ** 2],
  ['GIB', 1024 ** 3],
  ['TIB', 1024 ** 4],
]);

/** Returns bytes. @throws PommgrError `usage.volume-size` */
export function parseVolumeSize(text: string): number {
  const preset = volumePresets.get(text.toLowerCase());
  if (preset !== undefined) return preset;
  const [, digits = '', unit = ''] = /^([0-9]+(?:\.[0-9]+)?) ?([kmgt]i?b)?$/i.exec(text) ?? [];
  const sizeBytes = Math.floor(Number(digits) * (units.get(unit.toUpperCase()) ?? Number.NaN));
  if (digits !== '' && Number.isSafeInteger(sizeBytes) && sizeBytes > 0) return sizeBytes;
  throw new PommgrError('usage.volume-size', `"${text}" is no size of a volume.`, {
    hints: [
      'Give bytes, or a unit: 4000000000, 4GB (4,000,000,000), 4GiB (4,294,967,296).',
      `Or a medium that takes one volume: ${[...volumePresets.keys()].join(', ')}.`,
    ],
    details: { found: text },
  });
}

function wholeBlocks(sizeBytes: number): number {
  return sizeBytes - (sizeBytes % tarBlockBytes);
}
