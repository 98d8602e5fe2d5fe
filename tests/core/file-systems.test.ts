import { describe, expect, it } from 'vitest';
import { checkFileSizes, fileSystemOf } from '../../src/core/domain/file-systems.ts';

/** As statfs(2) names them. */
const types = { vfat: 0x4d44, exfat: 0x2011bab0, ext4: 0xef53, unknown: 0x12345 };

describe('the largest file of a file system', () => {
  it.each([
    { type: types.vfat, sizeBytes: 4_294_967_295, isRefused: false },
    { type: types.vfat, sizeBytes: 4_294_967_296, isRefused: true },
    { type: types.exfat, sizeBytes: 2 ** 40, isRefused: false },
    { type: types.ext4, sizeBytes: 2 ** 40, isRefused: false },
    { type: types.unknown, sizeBytes: 2 ** 40, isRefused: false },
  ])('of type $type: $sizeBytes bytes, refused: $isRefused', ({ type, sizeBytes, isRefused }) => {
    const check = (): void => {
      checkFileSizes([{ file: 'vol-0001.tar', sizeBytes }], fileSystemOf(type), '/mnt/usb');
    };
    if (!isRefused) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'usage.volume-size' }));
  });
});

it('a file system in memory, or with a cache of its own, is not read past that', () => {
  expect([0x1021994, 0x858458f6, 0x65735546].map((type) => fileSystemOf(type)?.hasDirectReads)).toEqual([
    false,
    false,
    false,
  ]);
  expect(fileSystemOf(types.vfat)?.hasDirectReads).toBe(true);
});
