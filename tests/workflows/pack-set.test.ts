import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packSet, type PackSetOptions } from '../../src/bundle/workflows/pack-set.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { mountMedium } from '../support/mounted-medium.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const volumeSizeBytes = 310_000;
let online: OnlineSide;

/** Room for two volumes of that size, or for one, beside what a medium always has. */
const roomForTwoKib = 4 * 1024 + 650;
const roomForOneKib = 4 * 1024 + 380;

beforeAll(async () => {
  online = await createOnlineSide({ packageSizes: [300_000, 60_000, 50_000, 40_000, 250_000, 30_000] });
});

beforeEach(async () => {
  await rm(join(online.stateDir, 'pack-progress.json'), { force: true });
});

function run(media: readonly string[], options: Partial<PackSetOptions> = {}) {
  const configFile = online.configFile;
  return packSet({ configFile, media, resume: false, volumeSizeBytes, context: testContext(), ...options });
}

async function rootOf(media: string): Promise<string> {
  return await readFile(join(media, 'bundles/site-1/SHA256SUMS'), 'utf8');
}

async function volumesOn(media: string): Promise<string[]> {
  return (await readdir(join(media, 'bundles/site-1'))).filter((name) => name.endsWith('.tar'));
}

describe('pack onto several media', () => {
  it('spreads the volumes in their order, and each medium carries the whole root', async () => {
    const [first, second] = [await mountMedium(roomForTwoKib), await mountMedium()];
    const result = await run([first, second]);
    expect(result).toMatchObject({ outcome: 'packed', volumes: 3 });
    expect(result.media.map(({ volumes }) => volumes)).toEqual([
      ['vol-0001.tar', 'vol-0002.tar'],
      ['vol-0003.tar'],
    ]);
    expect(await volumesOn(first)).toEqual(['vol-0001.tar', 'vol-0002.tar']);
    expect(await volumesOn(second)).toEqual(['vol-0003.tar']);
    expect(await rootOf(second)).toBe(await rootOf(first));
    expect(await readdir(online.stateDir)).not.toContain('pack-progress.json');
  });

  it('does nothing when all is there already', async () => {
    const media = [await mountMedium(roomForTwoKib), await mountMedium()];
    await run(media);
    const before = await Promise.all(media.map((medium) => treeOf(medium)));
    const result = await run(media, { context: testContext('2027-01-01T00:00:00Z') });
    expect(result).toMatchObject({ outcome: 'unchanged' });
    expect(await Promise.all(media.map((medium) => treeOf(medium)))).toEqual(before);
  });

  it('refuses before the first byte when the media do not take all', async () => {
    const media = [await mountMedium(roomForOneKib), await mountMedium(roomForOneKib)];
    await expect(run(media)).rejects.toMatchObject({
      code: 'state.space',
      exitCode: 8,
      details: { missing: expect.arrayContaining(['vol-0003.tar']) as unknown },
    });
    for (const medium of media) expect(await readdir(medium)).toEqual([]);
  });

  it('plans without writing', async () => {
    const media = [await mountMedium(roomForTwoKib), await mountMedium()];
    const result = await run(media, { dryRun: true });
    expect(result.media.map(({ outcome, volumes }) => [outcome, volumes.length])).toEqual([
      ['planned', 2],
      ['planned', 1],
    ]);
    for (const medium of media) expect(await readdir(medium)).toEqual([]);
  });
});

describe('pack onto one medium after the other', () => {
  it('says what is missing, and goes on with the same root', async () => {
    const [first, second] = [await mountMedium(roomForTwoKib), await scratchDirectory()];
    const error = await run([first], { resume: true }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'state.next-medium',
      exitCode: 8,
      message: expect.stringContaining('On no medium yet: vol-0003.tar') as unknown,
      details: { missing: ['vol-0003.tar'] },
    });
    // Later, when the clock says something else.
    const result = await run([second], { resume: true, context: testContext('2027-01-01T00:00:00Z') });
    expect(result).toMatchObject({ outcome: 'packed', media: [{ volumes: ['vol-0003.tar'] }] });
    expect(await rootOf(second)).toBe(await rootOf(first));
    expect(await readdir(online.stateDir)).not.toContain('pack-progress.json');
  });

  it('refuses to go on with other options, and names what is missing', async () => {
    const first = await mountMedium(roomForTwoKib);
    await expect(run([first], { resume: true })).rejects.toMatchObject({ code: 'state.next-medium' });
    const second = await scratchDirectory();
    await expect(run([second], { resume: true, volumeSizeBytes: 400_000 })).rejects.toMatchObject({
      code: 'refused.set',
      exitCode: 9,
      details: { baseline: 'site-1', missing: ['vol-0003.tar'] },
    });
    expect(await readdir(second)).toEqual([]);
  });

  it('asks for a larger medium when one takes no volume', async () => {
    const media = await mountMedium(1024);
    await expect(run([media], { resume: true })).rejects.toMatchObject({ code: 'state.space' });
    expect(await readdir(media)).toEqual([]);
  });
});
