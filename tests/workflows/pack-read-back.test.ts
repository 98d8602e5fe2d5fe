/** Media that do not keep what is written to them: an image file whose bytes change below the file system. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../src/core/domain/progress.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { mountImage, mountMedium } from '../support/mounted-medium.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

let online: OnlineSide;

beforeAll(async () => {
  online = await createOnlineSide();
});

/** Does `damage` when the volumes are written and synced, and before they are read back. */
function damaging(damage: () => void): Context {
  const context = testContext();
  const { meter } = context.progress;
  context.progress.meter = (text, total) => {
    if (text.startsWith('Reading back')) damage();
    return meter(text, total);
  };
  return context;
}

/** Flips a bit of the image, `offset` bytes behind where `pattern` begins in it. */
function damageImage(image: string, pattern: Buffer, offset: number): void {
  const found = readFileSync(image).indexOf(pattern);
  expect(found).toBeGreaterThan(0);
  const byte = readFileSync(image)[found + offset] ?? 0;
  const file = openSync(image, 'r+');
  writeSync(file, Buffer.of(byte ^ 1), 0, 1, found + offset);
  closeSync(file);
}

/** The bytes of a package of the first mirror, and where they were packed from. */
async function packageOf(sizeBytes: number): Promise<{ path: string; data: Buffer; sha256: string }> {
  const entry = online.packages.find((one) => one.sizeBytes === sizeBytes);
  const path = join(online.baseDir, 'base/2026-11-01T00:00:00Z', entry?.filename ?? '');
  return { path, data: await readFile(path), sha256: entry?.sha256 ?? '' };
}

describe('pack reads back', () => {
  it('from the medium itself, where it can, and says so', async () => {
    const { directory: media } = await mountImage();
    const context = testContext();
    const result = await pack({ configFile: online.configFile, media, context });
    expect(result).toMatchObject({ outcome: 'packed', readBack: 'direct' });
    expect(context.warnings).toEqual([]);
    const again = await pack({ configFile: online.configFile, media, context });
    expect(again).toMatchObject({ outcome: 'unchanged', readBack: null });
  });

  it('what it can of a file system that is all cache, and warns', async () => {
    const media = await mountMedium();
    const context = testContext();
    const result = await pack({ configFile: online.configFile, media, context });
    expect(result.readBack).toBe('cached');
    expect(context.warnings).toEqual([expect.stringContaining('pommgr verify')]);
  });

  it('not at all when it is told so', async () => {
    const media = await scratchDirectory();
    const context = damaging(() => expect.unreachable('it was read back'));
    const result = await pack({ configFile: online.configFile, media, context, readBack: false });
    expect(result).toMatchObject({ outcome: 'packed', readBack: null });
  });

  it.each([
    { what: 'the first byte of a package', size: 70_000, offset: 0 },
    { what: 'the last byte of a package', size: 70_000, offset: 69_999 },
    { what: 'a byte in its padding', size: 70_000, offset: 70_010 },
  ])('and names $what that the medium lost: volume, offset and package', async ({ size, offset }) => {
    const { directory: media, image } = await mountImage();
    const { path, data, sha256 } = await packageOf(size);
    let place = 0;
    const context = damaging(() => {
      // The file system still has the good bytes in its cache.
      const volume = readFileSync(join(media, 'bundles/.site-1.tmp/vol-0001.tar'));
      place = volume.indexOf(data) + offset;
      damageImage(image, data.subarray(0, 512), offset);
    });
    const error = await pack({ configFile: online.configFile, media, context }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'integrity.read-back',
      exitCode: 5,
      message: expect.stringContaining(`vol-0001.tar differs at offset ${place}`) as unknown,
      details: { file: 'vol-0001.tar', offset: place, entry: `objects/${sha256}`, source: path },
    });
    expect(await readdir(join(media, 'bundles'))).toEqual([]);
  });

  it('every volume, and finds a loss in the last', async () => {
    const { directory: media, image } = await mountImage();
    const volumeSizeBytes = 310_000;
    let last = '';
    const context = damaging(() => {
      const directory = join(media, 'bundles/.site-1.tmp');
      const end = readFileSync(join(directory, 'vol-0003.tar')).subarray(0, 512);
      last = end.toString('latin1', 0, 72);
      damageImage(image, end, 3);
    });
    const error = await pack({ configFile: online.configFile, media, context, volumeSizeBytes }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'integrity.read-back',
      details: { file: 'vol-0003.tar', offset: 3, entry: last },
    });
  });

  it('and leaves a medium that verifies', async () => {
    const { directory: media } = await mountImage();
    await pack({ configFile: online.configFile, media, context: testContext(), volumeSizeBytes: 310_000 });
    const report = await verify({ media, keyFiles: [online.publicKeyFile], context: testContext() });
    expect(report.bundles).toMatchObject([{ volumes: 3 }]);
  });
});
