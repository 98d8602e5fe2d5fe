/** `apply` of a bundle that is spread over several media: at once, or one after the other. */
import { lstat, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apply, type ApplyOptions } from '../../src/host/workflows/apply.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { storeGc } from '../../src/upkeep/workflows/store-gc.ts';
import { flipBit } from '../support/attack.ts';
import { resign } from '../support/bundle.ts';
import { createSetSite, mediumWith, type SetSite } from '../support/media-set.ts';
import { mountMedium } from '../support/mounted-medium.ts';
import { createHost, readAudit } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-05T00:00:00Z');
let site: SetSite;
let whole: string;
let parts: string[];
/** What a store holds that took all from one medium. */
let expected: string[];
let root: string;

beforeAll(async () => {
  site = await createSetSite();
  whole = await site.packed();
  parts = [await mediumWith(whole, 1), await mediumWith(whole, 2), await mediumWith(whole, 3, 4)];
  const host = await createHost([site.key]);
  expect(await run(whole, { root: host })).toMatchObject({ outcome: 'applied', bundle: 'test-1' });
  expected = await storeOf(host);
  expect(expected).not.toEqual([]);
});

beforeEach(async () => {
  root = await createHost([site.key]);
});

function run(media: string, options: Partial<ApplyOptions> = {}) {
  return apply({ media, root, context, ...options });
}

/** What is on the medium that was put in as the n-th; undefined for one that does not exist. */
const part = (number: number): string => parts[number] ?? '';

async function storeOf(host: string): Promise<string[]> {
  const tree = await treeOf(join(host, 'var/lib/pommgr'));
  return tree.filter((line) => !/ (state\.json|audit\.jsonl|\.lock|applied\/.*)( |$)/.test(line));
}

async function poolOf(host: string): Promise<string[]> {
  return await readdir(join(host, 'var/lib/pommgr/pool'));
}

async function takenVolumes(): Promise<{ objects: { sha256: string }[] }[]> {
  const text = await readFile(join(root, 'var/lib/pommgr/incoming.json'), 'utf8');
  return (JSON.parse(text) as { taken: { objects: { sha256: string }[] }[] }).taken;
}

describe('all media at once', () => {
  it.each([
    ['in their order', [0, 1, 2]],
    ['in another order', [2, 0, 1]],
  ])('are applied, given %s', async (_, [first = 0, ...others]) => {
    const furtherMedia = others.map(part);
    const before = await treeOf(root);
    expect(await run(part(first), { furtherMedia, dryRun: true })).toMatchObject({ outcome: 'would-apply' });
    expect(await treeOf(root)).toEqual(before);
    expect(await run(part(first), { furtherMedia })).toMatchObject({ outcome: 'applied', bundle: 'test-1' });
    expect(await storeOf(root)).toEqual(expected);
  });

  it('are only stored with --store-only', async () => {
    const furtherMedia = [part(1), part(2)];
    expect(await run(part(0), { furtherMedia, storeOnly: true })).toMatchObject({ outcome: 'stored' });
    expect((await hostStatus({ root }))?.applied).toBeNull();
  });

  it('may have a volume twice', async () => {
    expect(await run(part(2), { furtherMedia: [whole, part(0)] })).toMatchObject({ outcome: 'applied' });
    expect(await storeOf(root)).toEqual(expected);
  });

  it('are checked each: the second may not be changed either', async () => {
    const changed = await mediumWith(whole, 2, 3, 4);
    await flipBit(join(changed, 'bundles/test-1/vol-0003.tar'), 5000);
    await expect(run(part(0), { furtherMedia: [changed] })).rejects.toMatchObject({ exitCode: 5 });
    expect(await hostStatus({ root })).toBeUndefined();
  });
});

describe('one medium after the other', () => {
  it.each([
    ['in their order', [0, 1, 2]],
    ['the last first', [2, 1, 0]],
    ['in another order', [1, 2, 0]],
    ['one of them twice', [1, 1, 0, 2]],
  ])('comes to the same end, %s', async (_, order) => {
    const before = await treeOf(join(root, 'etc'));
    for (const number of order.slice(0, -1)) {
      await expect(run(part(number))).rejects.toMatchObject({ code: 'state.next-medium', exitCode: 8 });
      expect(await treeOf(join(root, 'etc'))).toEqual(before);
      expect(await readdir(join(root, 'var/lib/pommgr'))).not.toContain('journal.json');
    }
    // Dry, too: nothing is taken, and nothing given up.
    const store = await storeOf(root);
    const last = part(order.at(-1) ?? 0);
    expect(await run(last, { dryRun: true })).toMatchObject({ outcome: 'would-apply' });
    expect(await storeOf(root)).toEqual(store);

    expect(await run(last)).toMatchObject({ outcome: 'applied', recovered: null });
    expect(await storeOf(root)).toEqual(expected);
    expect((await readAudit(root)).map(({ action }) => action)).toEqual(['import', 'apply']);
    // Any of them will do from now on.
    expect(await run(part(1))).toMatchObject({ outcome: 'unchanged' });
  });

  it('says what it has, and what it waits for', async () => {
    await expect(run(part(2))).rejects.toMatchObject({
      message: expect.stringMatching(
        /^test-1: vol-0001\.tar, vol-0002\.tar are still to come, .* vol-0003\.tar, vol-0004\.tar are in the store;/,
      ) as unknown,
      details: { taken: ['vol-0003.tar', 'vol-0004.tar'], missing: ['vol-0001.tar', 'vol-0002.tar'] },
    });
    await expect(run(part(2))).rejects.toThrow('has no new volume');
    await expect(run(part(0))).rejects.toMatchObject({ details: { missing: ['vol-0002.tar'] } });
    expect(await hostStatus({ root })).toMatchObject({
      applied: null,
      stored: [],
      interrupted: null,
      waiting: {
        bundle: 'test-1',
        taken: ['vol-0003.tar', 'vol-0004.tar', 'vol-0001.tar'],
        missing: ['vol-0002.tar'],
      },
    });
    const { checks } = await doctor({ root, deep: false, repair: false, context });
    expect(checks.find(({ name }) => name === 'work')?.problems).toMatchObject([
      { what: expect.stringContaining('test-1: vol-0002.tar is still to come') as unknown },
    ]);
  });

  it('keeps nothing in a dry run, which says what is elsewhere and what is wrong', async () => {
    const before = await treeOf(root);
    await expect(run(part(1), { dryRun: true })).rejects.toMatchObject({
      code: 'state.next-medium',
      details: { taken: [], missing: ['vol-0001.tar', 'vol-0003.tar', 'vol-0004.tar'] },
    });
    const changed = await mediumWith(whole, 2);
    await flipBit(join(changed, 'bundles/test-1/vol-0002.tar'), 5000);
    await expect(run(changed, { dryRun: true })).rejects.toMatchObject({ code: 'integrity.digest' });
    expect(await treeOf(root)).toEqual(before);
  });

  it.each([
    ['in an object', 5000],
    ['in a header', 10],
    ['at the end', -1],
  ])('keeps finished volumes, and nothing of one with a changed byte %s', async (_, at) => {
    await expect(run(part(1))).rejects.toMatchObject({ code: 'state.next-medium' });
    const before = await storeOf(root);
    const changed = await mediumWith(whole, 3, 4);
    const volume = join(changed, 'bundles/test-1/vol-0003.tar');
    await flipBit(volume, at < 0 ? (await lstat(volume)).size + at : at);

    await expect(run(changed)).rejects.toMatchObject({ exitCode: 5 });
    expect(await storeOf(root)).toEqual(before);

    await expect(run(part(0))).rejects.toMatchObject({ code: 'state.next-medium' });
    expect(await run(part(2))).toMatchObject({ outcome: 'applied' });
    expect(await storeOf(root)).toEqual(expected);
  });

  it('refuses before the first byte where there is too little space for its volumes', async () => {
    const top = await mountMedium(100);
    await expect(run(part(1), { store: join(top, 'store') })).rejects.toMatchObject({
      code: 'state.space',
      exitCode: 8,
    });
    expect(await readdir(top)).toEqual([]);
  });

  it('leaves no store behind when the first medium is wrong', async () => {
    const changed = await mediumWith(whole, 3);
    await flipBit(join(changed, 'bundles/test-1/vol-0003.tar'), 5000);
    const before = await treeOf(root);
    await expect(run(changed)).rejects.toMatchObject({ exitCode: 5 });
    expect(await treeOf(root)).toEqual(before);
  });

  it('asks again for a volume of which something became damaged in the store', async () => {
    await expect(run(part(1))).rejects.toMatchObject({ code: 'state.next-medium' });
    await expect(run(part(0))).rejects.toMatchObject({ code: 'state.next-medium' });
    const pool = join(root, 'var/lib/pommgr/pool');
    const [taken] = await takenVolumes();
    const [object] = taken?.objects ?? [];
    await flipBit(join(pool, object?.sha256 ?? ''), 3);

    await expect(run(part(2))).rejects.toMatchObject({ code: 'integrity.digest' });
    await expect(run(part(2))).rejects.toMatchObject({
      code: 'state.next-medium',
      details: { missing: ['vol-0002.tar'] },
    });
    expect(await run(part(1))).toMatchObject({ outcome: 'applied' });
    expect(await storeOf(root)).toEqual(expected);
  });

  it('asks again for a volume of which a document became damaged', async () => {
    await expect(run(part(0))).rejects.toMatchObject({ code: 'state.next-medium' });
    const [taken] = await takenVolumes();
    await flipBit(join(root, 'var/lib/pommgr/pool', taken?.objects[1]?.sha256 ?? ''), 3);
    const furtherMedia = [part(2)];
    await expect(run(part(1), { furtherMedia })).rejects.toMatchObject({ exitCode: 5 });
    await expect(run(part(1), { furtherMedia })).rejects.toMatchObject({
      details: { missing: ['vol-0001.tar'] },
    });
    expect(await run(part(0))).toMatchObject({ outcome: 'applied' });
    expect(await storeOf(root)).toEqual(expected);
  });

  it('asks again for a volume of which an object is cut or gone', async () => {
    await expect(run(part(2))).rejects.toMatchObject({ code: 'state.next-medium' });
    const [object = ''] = await poolOf(root);
    await truncate(join(root, 'var/lib/pommgr/pool', object), 1);
    expect((await hostStatus({ root }))?.waiting?.missing).toHaveLength(3);
    await rm(join(root, 'var/lib/pommgr/pool', object));
    await expect(run(part(0))).rejects.toMatchObject({ code: 'state.next-medium' });
    await expect(run(part(1))).rejects.toMatchObject({ code: 'state.next-medium' });
    expect(await run(part(2))).toMatchObject({ outcome: 'applied' });
    expect(await storeOf(root)).toEqual(expected);
  });
});

describe('another set', () => {
  let other: string;
  let newer: string;

  beforeAll(async () => {
    other = await site.packed({ volumeSizeBytes: 120_000, context: testContext('2025-06-03T00:00:00Z') });
    await site.grow('fir', 'hazel');
    newer = await site.packed({ since: 'none' });
  });

  beforeEach(async () => {
    await expect(run(part(1))).rejects.toMatchObject({ code: 'state.next-medium' });
  });

  it('of the same bundle is refused, and what was taken stays', async () => {
    const before = await storeOf(root);
    const medium = await mediumWith(other, 1);
    await expect(run(medium)).rejects.toMatchObject({
      code: 'integrity.volumes',
      message: expect.stringContaining('carries test-1 of another set') as unknown,
    });
    await expect(run(part(0), { furtherMedia: [medium] })).rejects.toMatchObject({
      code: 'integrity.volumes',
    });
    expect(await storeOf(root)).toEqual(before);
  });

  it('is taken when it is whole, and the first is given up', async () => {
    expect(await run(other)).toMatchObject({ outcome: 'applied' });
    expect(await hostStatus({ root })).toMatchObject({ applied: { baseline: 'test-1' }, waiting: null });
    expect(await poolOf(root)).toHaveLength(expected.filter((line) => line.includes(' pool/')).length);
  });

  it('of another bundle takes its place', async () => {
    await expect(run(await mediumWith(newer, 3))).rejects.toMatchObject({ details: { bundle: 'test-2' } });
    expect((await hostStatus({ root }))?.waiting).toMatchObject({
      bundle: 'test-2',
      taken: ['vol-0003.tar'],
    });
    const [taken] = await takenVolumes();
    expect(await poolOf(root)).toEqual(taken?.objects.map(({ sha256 }) => sha256).toSorted());
  });

  it.each([
    ['doctor --repair', () => doctor({ root, deep: false, repair: true, context })],
    ['store gc', () => storeGc({ root, keep: 1, keepBaselines: [], context })],
  ])('may begin after %s', async (_, giveUp) => {
    await giveUp();
    expect(await poolOf(root)).toEqual([]);
    expect(await readdir(join(root, 'var/lib/pommgr'))).not.toContain('incoming.json');
    await expect(run(await mediumWith(other, 1))).rejects.toMatchObject({ code: 'state.next-medium' });
  });

  it('is a delta: taken where its base is, refused where that is missing', async () => {
    const delta = await site.packed({ since: 'test-1', volumeSizeBytes: 110_000 });
    await expect(run(await mediumWith(delta, 1))).rejects.toMatchObject({ code: 'state.base' });
    expect((await hostStatus({ root }))?.waiting?.bundle).toBe('test-1');
    await run(whole);
    const host = root;
    root = await createHost([site.key]);
    await run(whole);
    await run(delta);
    const straight = await storeOf(root);
    root = host;
    await expect(run(await mediumWith(delta, 2))).rejects.toMatchObject({ code: 'state.next-medium' });
    expect(await run(await mediumWith(delta, 1, 3, 4))).toMatchObject({ outcome: 'applied' });
    expect(await storeOf(root)).toEqual(straight);
  });
});

describe('a bundle that contradicts itself', () => {
  it('is refused with a volume that is not the one that was signed', async () => {
    const bad = await mediumWith(whole, 1, 2, 3, 4);
    const directory = join(bad, 'bundles/test-1');
    await resign(directory, join(site.directory, 'signing-key.pem'), ({ volumes }) => {
      for (const volume of volumes) volume.sha256 = '0'.repeat(64);
    });
    await expect(run(await mediumWith(bad, 2))).rejects.toMatchObject({ code: 'integrity.digest' });
    expect(await hostStatus({ root })).toBeUndefined();
  });

  it('is refused with the last volume when an object belongs to no file', async () => {
    const bad = await mediumWith(whole, 1, 2, 3, 4);
    const directory = join(bad, 'bundles/test-1');
    const second = await readFile(join(directory, 'vol-0002.tar'));
    // The same objects a second time: signed, but in no order.
    await writeFile(join(directory, 'vol-0003.tar'), second);
    await resign(directory, join(site.directory, 'signing-key.pem'));
    for (const number of [1, 2, 4]) {
      await expect(run(await mediumWith(bad, number))).rejects.toMatchObject({ code: 'state.next-medium' });
    }
    await expect(run(await mediumWith(bad, 3))).rejects.toMatchObject({ exitCode: 5 });
    expect((await hostStatus({ root }))?.stored).toEqual([]);
  });
});

it('misses a volume of a bundle that is not spread', async () => {
  const medium = await mediumWith(await site.bring(), 2);
  await expect(run(medium)).rejects.toMatchObject({ code: 'integrity.missing', exitCode: 5 });
});
