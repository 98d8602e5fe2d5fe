/** A bundle that is spread over several media: whole only with all of them, and never mixed with another set. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { packSet } from '../../src/bundle/workflows/pack-set.ts';
import { flipBit } from '../support/attack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { mountMedium } from '../support/mounted-medium.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2026-11-02T03:04:05Z');
let online: OnlineSide;
let packed: string[];
let media: [string, string];

beforeAll(async () => {
  online = await createOnlineSide({ packageSizes: [300_000, 60_000, 50_000, 40_000, 250_000, 30_000] });
  packed = await packOnto([await mountMedium(4 * 1024 + 650), await scratchDirectory()]);
});

beforeEach(async () => {
  const directory = await scratchDirectory();
  media = [join(directory, 'a'), join(directory, 'b')];
  for (const [index, copy] of media.entries()) await cp(packed[index] ?? '', copy, { recursive: true });
});

async function packOnto(places: string[], time = context): Promise<string[]> {
  const options = { configFile: online.configFile, media: places, resume: false, volumeSizeBytes: 310_000 };
  await packSet({ ...options, context: time });
  return places;
}

function check([first = '', ...furtherMedia]: readonly string[]) {
  return verify({ media: first, furtherMedia, keyFiles: [online.publicKeyFile], context });
}

const volume = (medium: number, number: number): string =>
  join(media[medium] ?? '', `bundles/site-1/vol-000${number}.tar`);

describe('verify of a set', () => {
  it.each([
    ['in their order', [0, 1]],
    ['in another order', [1, 0]],
  ])('finds all of it on all media, given %s', async (_, order) => {
    const before = await Promise.all(media.map((one) => treeOf(one)));
    const report = await check(order.map((index) => media[index] ?? ''));
    expect(report.bundles).toMatchObject([{ name: 'site-1', volumes: 3, absent: [] }]);
    expect(report.furtherMedia).toHaveLength(1);
    expect(await Promise.all(media.map((one) => treeOf(one)))).toEqual(before);
  });

  it('says what is elsewhere, whichever medium it sees', async () => {
    expect((await check([media[0]])).bundles).toMatchObject([{ absent: ['vol-0003.tar'] }]);
    expect((await check([media[1]])).bundles).toMatchObject([{ absent: ['vol-0001.tar', 'vol-0002.tar'] }]);
  });

  it.each([
    { what: 'a changed byte, on all media', damage: () => flipBit(volume(1, 3), 700), all: true },
    { what: 'a changed byte, on its medium alone', damage: () => flipBit(volume(1, 3), 700), all: false },
    {
      what: 'a changed byte of a second copy',
      damage: async () => {
        await cp(volume(0, 2), volume(1, 2));
        await flipBit(volume(1, 2), 700);
      },
      all: true,
    },
  ])('refuses $what', async ({ damage, all }) => {
    await damage();
    await expect(check(all ? media : [media[1]])).rejects.toMatchObject({ code: 'integrity.digest' });
  });

  it('finds a volume that is on none of them', async () => {
    await rm(volume(0, 2));
    expect((await check(media)).bundles).toMatchObject([{ absent: ['vol-0002.tar'] }]);
  });

  it('refuses media of different sets', async () => {
    const later = await packOnto(
      [await mountMedium(4 * 1024 + 650), await scratchDirectory()],
      testContext('2027-01-01T00:00:00Z'),
    );
    await expect(check([media[0], later[1] ?? ''])).rejects.toMatchObject({ code: 'integrity.volumes' });
  });

  it('is content with a medium that has got them all', async () => {
    await cp(volume(0, 1), volume(1, 1));
    await cp(volume(0, 2), volume(1, 2));
    expect((await check([media[1]])).bundles).toMatchObject([{ absent: [] }]);
  });
});
