import { truncateSync } from 'node:fs';
import { appendFile, chmod, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import type { Extra } from '../../src/config/domain/extras.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { extractExtra, listExtras } from '../../src/upkeep/workflows/extras.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { flipBit } from '../support/attack.ts';
import { createDeltaSite, type DeltaSite } from '../support/delta.ts';
import { applyKilledAt } from '../support/killed-apply.ts';
import { copyMedium, createHost, createSite } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-05T00:00:00Z');
const iso = Buffer.alloc(1_500_000, 'installer ');
const firmware = Buffer.from('firmware');
let site: DeltaSite;
let withExtras: string;
let withoutExtras: string;
let keyFiles: string[];
let expected: Extra[];

beforeAll(async () => {
  site = await createDeltaSite();
  withoutExtras = (await site.packed('test-1')).media;
  keyFiles = [join(await scratchDirectory(), 'key.pem')];
  await writeFile(keyFiles[0] ?? '', site.key.pem);
  await writeFile(join(site.directory, 'pve.iso'), iso);
  await chmod(join(site.directory, 'pve.iso'), 0o755);
  await writeFile(join(site.directory, 'firmware'), firmware);
  await appendFile(
    site.configFile,
    'extras: [{ name: pve-9.1.iso, file: ./pve.iso }, { name: Firmware.bin, file: firmware }]\n',
  );
  withExtras = (await site.packed('test-1')).media;
  expected = [
    { name: 'Firmware.bin', sizeBytes: firmware.length, sha256: sha256Hex(firmware) },
    { name: 'pve-9.1.iso', sizeBytes: iso.length, sha256: sha256Hex(iso) },
  ];
});

describe('extras on a medium', () => {
  test('are objects of the bundle, and no part of the baseline', async () => {
    const [plain] = (await verify({ media: withoutExtras, keyFiles, context })).bundles;
    const [bundle] = (await verify({ media: withExtras, keyFiles, context })).bundles;
    expect(bundle).toMatchObject({ baseline: plain?.baseline, extras: expected });
    expect(plain?.extras).toEqual([]);
    expect((bundle?.objects ?? 0) - (plain?.objects ?? 0)).toBe(2);
  });

  test('are listed, and come out of any volume without the others being read', async () => {
    const media = await scratchDirectory();
    await site.packed('test-1', { media, volumeSizeBytes: 1_600_000 });
    const report = await listExtras({ media, keyFiles, context });
    expect(report).toMatchObject({
      media,
      store: null,
      extras: expected.map((extra) => ({ ...extra, in: ['test-1'] })),
    });
    for (const [name, bytes] of [
      ['pve-9.1.iso', iso],
      ['Firmware.bin', firmware],
    ] as const) {
      const output = join(await scratchDirectory(), 'out');
      const extracted = await extractExtra({ media, keyFiles, name, output, force: false, context });
      expect(extracted).toMatchObject({ extra: { name }, from: 'test-1', file: output });
      expect((await readFile(output)).equals(bytes)).toBe(true);
      expect((await stat(output)).mode & 0o777).toBe(0o644);
    }
  });

  test('do not come out when a byte of them is wrong, or the signature is', async () => {
    const media = await copyMedium(withExtras);
    const bundle = join(media, 'bundles/test-1');
    const place = (await readFile(join(bundle, 'vol-0001.tar'))).indexOf(iso.subarray(0, 1000));
    await flipBit(join(bundle, 'vol-0001.tar'), place + 1_499_999);
    const directory = await scratchDirectory();
    const output = join(directory, 'out');
    const options = { media, keyFiles, name: 'pve-9.1.iso', output, force: false, context };
    await expect(extractExtra(options)).rejects.toMatchObject({ code: 'integrity.digest', exitCode: 5 });
    expect(await readdir(directory)).toEqual([]);
    expect(await extractExtra({ ...options, name: 'Firmware.bin' })).toMatchObject({ from: 'test-1' });
    await expect(verify({ media, keyFiles, context })).rejects.toMatchObject({
      message: expect.stringContaining('the extra pve-9.1.iso') as unknown,
    });

    await flipBit(join(bundle, 'bundle.json'), 20);
    await expect(extractExtra(options)).rejects.toMatchObject({ exitCode: 5 });
  });

  test('replace no file unless that is asked for', async () => {
    const output = join(await scratchDirectory(), 'out');
    await writeFile(output, 'mine');
    const options = { media: withExtras, keyFiles, name: 'Firmware.bin', output, context };
    await expect(extractExtra({ ...options, force: false })).rejects.toMatchObject({
      code: 'refused.exists',
      exitCode: 9,
    });
    expect(await readFile(output, 'utf8')).toBe('mine');
    await extractExtra({ ...options, force: true });
    expect(await readFile(output, 'utf8')).toBe('firmware');
  });

  test('travel with a delta again', async () => {
    const { media, extras } = await site.packed('test-2-from-test-1');
    expect(extras).toEqual(expected);
    const root = await createHost([site.key]);
    await apply({ media: withoutExtras, root, context });
    expect(await apply({ media, root, context })).toMatchObject({ outcome: 'applied', extras: expected });
    expect((await listExtras({ root, context })).extras).toMatchObject([
      { in: ['test-2'] },
      { in: ['test-2'] },
    ]);
  });

  test('are no objects of the base that a delta builds on', async () => {
    const { media } = await site.packed('test-1');
    await site.packed('test-2-from-test-1', { media });
    const root = await createHost([site.key]);
    const planned = await apply({ media, root, dryRun: true, context });
    expect(planned).toMatchObject({ outcome: 'would-apply', storedFirst: ['test-1'] });
    expect(await apply({ media, root, context })).toMatchObject({ added: planned.added });
  });
});

describe('extras in a store', () => {
  test('come out, and doctor looks after them', async () => {
    const root = await createHost([site.key]);
    await apply({ media: withExtras, root, context });
    const output = join(await scratchDirectory(), 'out');
    await extractExtra({ root, name: 'pve-9.1.iso', output, force: false, context });
    expect((await readFile(output)).equals(iso)).toBe(true);
    expect(await storeProblems(root)).toEqual([]);

    const path = join(root, 'var/lib/pommgr/baselines/test-1/extras', sha256Hex(firmware));
    await flipBit(path, 0);
    expect(await storeProblems(root)).toMatchObject([{ what: expect.stringContaining(path) as unknown }]);
    const changed = { root, name: 'Firmware.bin', output, force: true, context };
    await expect(extractExtra(changed)).rejects.toMatchObject({ code: 'integrity.digest' });
    expect((await readFile(output)).equals(iso)).toBe(true);
  });

  test('are added when they come with a baseline that is stored already', async () => {
    const root = await createHost([site.key]);
    await apply({ media: withoutExtras, root, context });
    const before = await treeOf(root);

    const planned = await apply({ media: withExtras, root, dryRun: true, context });
    expect(await treeOf(root)).toEqual(before);
    const report = await apply({ media: withExtras, root, context });

    expect(report).toMatchObject({ outcome: 'unchanged', added: { files: 2 }, extras: expected });
    expect(planned.added).toEqual(report.added);
    expect((await listExtras({ root, context })).extras).toMatchObject(expected);
    expect(await storeProblems(root)).toEqual([]);
    const after = await treeOf(root);
    expect(await apply({ media: withExtras, root, context })).toMatchObject({ added: { files: 0 } });
    await apply({ media: withoutExtras, root, context });
    expect(await treeOf(root)).toEqual(after);
  });

  test('are added by the next run when that was killed', async () => {
    const root = await createHost([site.key]);
    await apply({ media: withoutExtras, root, context });
    expect(await applyKilledAt({ media: withExtras, root }, { program: 'sync', time: 1 })).toBe(true);
    expect((await listExtras({ root, context })).extras).toEqual([]);
    await apply({ media: withExtras, root, context });
    expect((await listExtras({ root, context })).extras).toMatchObject(expected);
    expect((await readdir(join(root, 'var/lib/pommgr'))).includes('journal.json')).toBe(false);
  });

  test('are not added from a medium that is damaged', async () => {
    const root = await createHost([site.key]);
    await apply({ media: withoutExtras, root, context });
    const media = await copyMedium(withExtras);
    const volume = join(media, 'bundles/test-1/vol-0001.tar');
    await flipBit(volume, (await readFile(volume)).indexOf(iso.subarray(0, 1000)));
    const before = await treeOf(root);
    await expect(apply({ media, root, context })).rejects.toMatchObject({ code: 'integrity.digest' });
    expect(await treeOf(root)).toEqual(before);
  });

  test('of one name and different content are told apart by --from', async () => {
    const own = await createSite();
    await appendFile(own.configFile, 'extras: [{ name: notes.txt, file: notes.txt }]\n');
    const root = await createHost([own.key]);
    for (const text of ['first', 'second']) {
      await writeFile(join(own.directory, 'notes.txt'), text);
      await apply({ media: await own.bring(), root, storeOnly: true, context });
    }
    const output = join(await scratchDirectory(), 'out');
    const options = { root, name: 'notes.txt', output, force: true, context };
    await expect(extractExtra(options)).rejects.toMatchObject({
      code: 'usage.extra',
      hints: ['Choose one with --from: test-1, test-2.'],
    });
    await extractExtra({ ...options, from: 'test-1' });
    expect(await readFile(output, 'utf8')).toBe('first');
    await expect(extractExtra({ ...options, name: 'other' })).rejects.toMatchObject({ code: 'usage.extra' });
  });
});

describe('pack refuses an extra', () => {
  test('that is not there, or a directory', async () => {
    const own = await createDeltaSite();
    const text = await readFile(own.configFile, 'utf8');
    for (const file of ['gone', '.']) {
      await writeFile(own.configFile, `${text}extras: [{ name: x, file: ${file} }]\n`);
      await expect(own.packed('test-1')).rejects.toMatchObject({ code: 'config.extra', exitCode: 3 });
    }
  });

  test('whose file changed on the way', async () => {
    const media = await scratchDirectory();
    const path = join(site.directory, 'pve.iso');
    // Between hashing and writing, the meter is made.
    const meter = (): { add(): void; done(): void } => {
      truncateSync(path, 100);
      return { add() {}, done() {} };
    };
    const changing = { ...context.progress, meter };
    await expect(
      site.packed('test-1', { media, context: { ...context, progress: changing } }),
    ).rejects.toMatchObject({ exitCode: 5 });
    await writeFile(path, iso);
    expect(await readdir(join(media, 'bundles'))).toEqual([]);
    await rm(media, { recursive: true });
  });
});

async function storeProblems(root: string) {
  const { checks } = await doctor({ root, deep: true, repair: false, context });
  return checks.find(({ name }) => name === 'store')?.problems;
}
