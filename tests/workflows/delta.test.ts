import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readBaseline } from '../../src/baseline/adapters/baseline-files.ts';
import { addTrustedKey, trustedKeysDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { baselineRemove } from '../../src/snapshot/workflows/baseline-remove.ts';
import { createDeltaSite, type DeltaSite } from '../support/delta.ts';
import { aptWithoutNetwork, createHost, readAudit } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-05T00:00:00Z');
let site: DeltaSite;

beforeAll(async () => {
  site = await createDeltaSite();
});

describe('pack --since', () => {
  test('holds what the base lacks, and not a per cent more', async () => {
    const full = await site.packed('test-2');
    const delta = await site.packed('test-2-from-test-1');

    expect(delta).toMatchObject({
      outcome: 'packed',
      bundle: 'test-2-from-test-1',
      base: { name: 'test-1', objects: { count: full.objects - delta.objects } },
    });
    const baseline = await readBaseline(join(site.directory, 'state'), 'test-2');
    const indices = baseline.snapshots.flatMap(({ files }) => files);
    const indicesBytes = [...indices, baseline.packages].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const changedBytes = site.changed[0]?.sizeBytes ?? 0;
    const documentsBytes = (await stat(join(site.directory, 'state/baselines/test-2/baseline.json'))).size;
    const bound = changedBytes * 1.01 + indicesBytes + documentsBytes + 1024 * (indices.length + 4);
    expect(changedBytes).toBeGreaterThan(200_000);
    expect(await directoryBytes(delta.directory)).toBeLessThan(bound);
  });

  test('does nothing when the delta is there already, and keeps it beside the full bundle', async () => {
    const { media } = await site.packed('test-2-from-test-1');
    await site.packed('test-2', { media });
    expect(await site.packed('test-2-from-test-1', { media })).toMatchObject({ outcome: 'unchanged' });
    expect(await readdir(join(media, 'bundles'))).toEqual(['test-2', 'test-2-from-test-1']);
  });

  test.each([
    ['one that is newer', 'test-2-from-test-3', /expected an older baseline of the track test/],
    ['itself', 'test-2-from-test-2', /expected an older/],
    ['one that is not there', 'test-2-from-other-1', /There is no baseline other-1/],
  ])('refuses as base %s', async (_, bundle, message) => {
    await expect(site.packed(bundle)).rejects.toMatchObject({
      code: 'config.baseline',
      exitCode: 3,
      message: expect.stringMatching(message) as unknown,
    });
  });
});

describe('a delta', () => {
  test('verifies on a machine that has no store', async () => {
    const { media, base } = await site.packed('test-3-from-test-1', { volumeSizeBytes: 250_000 });
    const keyFiles = [join(await scratchDirectory(), 'key.pem')];
    await writeFile(keyFiles[0] ?? '', site.key.pem);
    const report = await verify({ media, keyFiles, context });
    expect(report.bundles).toMatchObject([{ name: 'test-3-from-test-1', base, volumes: 2 }]);
  });

  test('makes apt see what the full bundle makes it see', async () => {
    const first = await site.packed('test-1');
    const delta = await site.packed('test-2-from-test-1');
    const root = await createHost([site.key]);
    await apply({ media: first.media, root, context });

    const planned = await apply({ media: delta.media, root, dryRun: true, context });
    const report = await apply({ media: delta.media, root, context });

    expect(report).toMatchObject({
      outcome: 'applied',
      bundle: 'test-2-from-test-1',
      base: { name: 'test-1', digest: first.baseline.digest },
      storedFirst: [],
      // The objects and the two documents.
      added: { files: delta.objects + 2, ...delta.contents },
    });
    const keyFiles = [join(await scratchDirectory(), 'key.pem')];
    await writeFile(keyFiles[0] ?? '', site.key.pem);
    const { bundles } = await verify({ media: delta.media, keyFiles, context });
    expect(bundles).toMatchObject([{ contents: delta.contents }]);
    expect(planned).toMatchObject({ outcome: 'would-apply', added: report.added });
    expect(await aptWithoutNetwork(root, ['apt-cache', 'policy', 'alpha'])).toMatch(/Candidate: 3\.0/);
    expect(await aptWithoutNetwork(root, ['apt-get', 'download', 'alpha', 'beta'])).not.toContain('Err:');
    const { checks } = await doctor({ root, deep: true, repair: false, context });
    expect(checks.find(({ name }) => name === 'store')?.problems).toEqual([]);
  });

  test('is refused before anything is written when its base is not in the store, by name and digest', async () => {
    const { media } = await site.packed('test-3-from-test-2');
    const { digest } = await readBaseline(join(site.directory, 'state'), 'test-2');
    const root = await createHost([site.key]);
    const before = await treeOf(root);
    for (const dryRun of [true, false]) {
      await expect(apply({ media, root, dryRun, context })).rejects.toMatchObject({
        code: 'state.base',
        exitCode: 8,
        message: expect.stringContaining(`needs the baseline test-2 with the digest ${digest}`) as unknown,
      });
      expect(await treeOf(root)).toEqual(before);
    }
  });

  test('is passed over, with a warning, for an older bundle that can be had', async () => {
    const { media } = await site.packed('test-3-from-test-2');
    await site.packed('test-1', { media });
    const warnings: string[] = [];
    const progress = { ...context.progress, warn: (text: string) => void warnings.push(text) };
    const root = await createHost([site.key]);

    const report = await apply({ media, root, context: { ...context, progress } });

    expect(report).toMatchObject({ outcome: 'applied', bundle: 'test-1', base: null });
    expect(warnings).toEqual([
      `test-3-from-test-2 is newer than what can be had: its base test-2 is neither in the store nor on ${media}.`,
    ]);
  });

  test.each([
    ['another baseline by the name of its base', { label: 'Other' }, 'trust.known-name', 4],
    // The same packages, but upstream's signing key and so the keyring are others.
    ['the same baseline with other keyrings', {}, 'integrity.base', 5],
  ])('is refused when the store has %s', async (_, options, code, exitCode) => {
    const other = await createDeltaSite(options);
    const root = await createHost([site.key, other.key]);
    await apply({ media: (await other.packed('test-1')).media, root, storeOnly: true, context });
    const { media } = await site.packed('test-2-from-test-1');
    const before = await treeOf(root);
    await expect(apply({ media, root, context })).rejects.toMatchObject({ code, exitCode });
    expect(await treeOf(root)).toEqual(before);
  });
});

describe('deltas that build on each other, on one medium', () => {
  let media: string;

  beforeAll(async () => {
    ({ media } = await site.packed('test-1'));
    await site.packed('test-2-from-test-1', { media });
    await site.packed('test-3-from-test-2', { media });
  });

  test('are stored in order; apt is switched to the last only', async () => {
    const root = await createHost([site.key]);
    const bare = await treeOf(root);

    const planned = await apply({ media, root, dryRun: true, context });
    expect(await treeOf(root)).toEqual(bare);
    const report = await apply({ media, root, context });

    expect(report).toMatchObject({
      outcome: 'applied',
      bundle: 'test-3-from-test-2',
      storedFirst: ['test-1', 'test-2-from-test-1'],
    });
    expect(planned).toMatchObject({ storedFirst: report.storedFirst, added: report.added });
    expect((await readAudit(root)).map(({ action, baseline }) => `${action} ${baseline}`)).toEqual([
      'import test-1',
      'import test-2',
      'import test-3',
      'apply test-3',
    ]);
    expect(await apply({ media, root, context })).toMatchObject({ outcome: 'unchanged', storedFirst: [] });
  });

  test('are refused as a whole when one of them is not signed by a trusted key', async () => {
    const root = await createHost([]);
    const other = await createDeltaSite();
    await addTrustedKey(trustedKeysDirectory(root), other.key);
    const before = await treeOf(root);
    await expect(apply({ media, root, context })).rejects.toMatchObject({ exitCode: 4 });
    expect(await treeOf(root)).toEqual(before);
  });
});

test('in whatever order they come, full bundles and deltas end with the same store', async () => {
  const bundles = ['test-1', 'test-2-from-test-1', 'test-3-from-test-1'];
  const media = await scratchDirectory();
  for (const bundle of bundles) await site.packed(bundle, { media });
  const trees: string[][] = [];
  for (const order of [
    bundles,
    ['test-1', 'test-3-from-test-1', 'test-2-from-test-1'],
    ['test-2-from-test-1', 'test-3-from-test-1'],
  ]) {
    const root = await createHost([site.key]);
    for (const bundle of order) await apply({ media, root, bundle, storeOnly: true, context });
    trees.push(await storeOf(root));
  }
  expect(trees[1]).toEqual(trees[0]);
  expect(trees[2]).toEqual(trees[0]);

  // What full bundles bring is the same but for the record of how it came.
  const root = await createHost([site.key]);
  for (const bundle of ['test-3', 'test-1', 'test-2']) {
    await apply({ ...(await site.packed(bundle)), root, bundle, storeOnly: true, context });
  }
  const withoutRoots = (tree: readonly string[] = []): string[] =>
    tree.filter((line) => !/ baselines\/test-[23]\/(bundle\.json|SHA256SUMS)/.test(line));
  expect(withoutRoots(await storeOf(root))).toEqual(withoutRoots(trees[0]));
});

test('an older baseline may be stored beside the applied one, but not applied', async () => {
  const root = await createHost([site.key]);
  await apply({ ...(await site.packed('test-3')), root, context });
  const { media } = await site.packed('test-1');
  await expect(apply({ media, root, context })).rejects.toMatchObject({ code: 'trust.older' });
  expect(await apply({ media, root, storeOnly: true, context })).toMatchObject({
    outcome: 'stored',
    decisions: [],
  });
});

test('a base that was removed online is named, with what to do', async () => {
  const own = await createDeltaSite();
  await baselineRemove({
    configFile: own.configFile,
    names: ['test-1'],
    allowNewest: false,
    dryRun: false,
    context,
  });
  await expect(own.packed('test-2-from-test-1')).rejects.toMatchObject({
    code: 'config.baseline',
    hints: [expect.stringContaining('test-2'), expect.stringContaining('retention')],
  });
});

async function directoryBytes(directory: string): Promise<number> {
  let sizeBytes = 0;
  for (const name of await readdir(directory)) sizeBytes += (await stat(join(directory, name))).size;
  return sizeBytes;
}

/** The store but for its state and log. */
async function storeOf(root: string): Promise<string[]> {
  const tree = await treeOf(join(root, 'var/lib/pommgr'));
  return tree.filter((line) => !/ (state\.json|audit\.jsonl|\.lock) /.test(line));
}
