import { describe, expect, it } from 'vitest';
import { parseVolumeSize, volumePresets } from '../../src/medium/domain/volume-size.ts';

describe('a volume size', () => {
  it.each([
    ['1', 1],
    ['4000000000', 4_000_000_000],
    ['4GB', 4_000_000_000],
    ['4 GB', 4_000_000_000],
    ['4gb', 4_000_000_000],
    ['4GiB', 4_294_967_296],
    ['4.7GB', 4_700_000_000],
    ['650MiB', 681_574_400],
    ['100KB', 100_000],
    ['1TiB', 1_099_511_627_776],
    ['fat32', 4_294_966_784],
    ['FAT32', 4_294_966_784],
  ])('%s is %i bytes', (text, expected) => {
    expect(parseVolumeSize(text)).toBe(expected);
  });

  it.each(['', '0', '-1', '4G', '4 G B', 'GB', '1e9', '0x10', '9999999999TB', 'floppy', '4GB '])(
    'is refused: "%s"',
    (text) => {
      expect(() => parseVolumeSize(text)).toThrow(expect.objectContaining({ code: 'usage.volume-size' }));
    },
  );

  it.each([
    ['dvd', 4_700_372_992],
    ['dvd-dl', 8_543_666_176],
    ['bd', 24_220_008_448],
    ['bd-dl', 48_440_016_896],
  ])('%s leaves room on the blank for what lies beside a volume', (preset, blankBytes) => {
    const sizeBytes = parseVolumeSize(preset);
    expect(blankBytes - sizeBytes).toBeGreaterThanOrEqual(256 * 1024 * 1024);
    expect(sizeBytes % 512).toBe(0);
  });

  it('has a preset for each', () => {
    expect([...volumePresets.keys()]).toEqual(['fat32', 'dvd', 'dvd-dl', 'bd', 'bd-dl']);
  });
});
