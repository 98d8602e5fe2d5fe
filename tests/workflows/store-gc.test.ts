import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readStoreState, storeAt } from '../../src/store/adapters/store.ts';
import { locateStore } from '../../src/store/adapters/store.ts';
import { verifyAudit } from '../../src/upkeep/workflows/audit-verify.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { applyFrom } from '../../src/host/workflows/apply-from.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { rollback } from '../../src/host/workflows/rollback.ts';
import { storeGc } from '../../src/upkeep/workflows/store-gc.ts';
import { createHost, createSite, readAudit, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-06T00:00:00Z');
let site: Site;
const media: string[] = [];

beforeAll(async () => {
  site = await createSite();
  for (const version of ['3.0', '4.0', '5.0', '6.0']) {
    const only = await buildPackage({ name: 'only', version });
    const date = new Date(Date.parse('2025-06-01T00:00:00Z') + Number(version[0]) * 3_600_000);
    await site.publish({ components: { main: [...site.packages, only] }, date });
    media.push(await site.bring());
  }
});

/** All four are stored; the last two were applied. */
async function host(): Promise<string> {
  const root = await createHost([site.key]);
  for (const [index, medium] of media.entries()) {
    await apply({ media: medium, root, storeOnly: index < 2, context });
  }
  return root;
}

async function gc(root: string, keep: number, options: { dryRun?: boolean; keepBaselines?: string[] } = {}) {
  return storeGc({ root, keep, keepBaselines: [], context, ...options });
}

async function poolOf(root: string): Promise<string[]> {
  return (await treeOf(join(root, 'var/lib/pommgr'))).filter((line) => / pool\//.test(line));
}

test('removes what is not needed, with every file that only that had, and frees what it said', async () => {
  const root = await host();
  const before = await treeOf(root);
  const pool = await poolOf(root);

  const dry = await gc(root, 1, { dryRun: true });
  expect(await treeOf(root)).toEqual(before);
  expect(dry).toMatchObject({
    kept: [
      { name: 'test-3', why: 'rollback' },
      { name: 'test-4', why: 'applied' },
    ],
    removed: ['test-1', 'test-2'],
  });
  expect(dry.freed.files).toBeGreaterThan(2);

  const done = await gc(root, 1);

  expect(done).toEqual({ ...dry, dryRun: false });
  expect((await poolOf(root)).length).toBe(pool.length - done.freed.files);
  expect(await hostStatus({ root })).toMatchObject({ stored: ['test-3', 'test-4'], previous: 'test-3' });
  const report = await doctor({ root, deep: true, repair: false, context });
  expect(report.checks.flatMap(({ problems }) => problems)).toEqual([]);
  const index = JSON.parse(
    await readFile(join(root, 'var/lib/pommgr/baselines/index.json'), 'utf8'),
  ) as object;
  expect(index).toMatchObject({ baselines: [{ name: 'test-3' }, { name: 'test-4' }] });
  expect((await readAudit(root)).slice(-2)).toMatchObject([
    { action: 'remove', baseline: 'test-1' },
    { action: 'remove', baseline: 'test-2' },
  ]);
  expect(await verifyAudit(await locateStore(root, undefined))).toMatchObject({ problems: [] });
  expect(await gc(root, 1)).toMatchObject({ removed: [], freed: { files: 0 } });

  await rollback({ root, context });
  await expect(rollback({ root, context })).rejects.toMatchObject({ code: 'state.no-earlier' });
});

test('remembers what it removed: its name, its digest, and that it comes again', async () => {
  const root = await host();
  const { known } = await readStoreState(storeAt(join(root, 'var/lib/pommgr')));
  await gc(root, 1);
  await expect(apply({ media: media[0] ?? '', root, context })).rejects.toMatchObject({
    code: 'trust.older',
  });
  await apply({ media: media[0] ?? '', root, storeOnly: true, context });

  const state = await readStoreState(storeAt(join(root, 'var/lib/pommgr')));
  expect(state).toMatchObject({ known, removed: ['test-2'] });
  expect((await readAudit(root)).at(-1)).toMatchObject({ action: 'import', baseline: 'test-1' });
  expect(await hostStatus({ root })).toMatchObject({ stored: ['test-1', 'test-3', 'test-4'] });
});

test('keeps what it is told to, and no name that is not there', async () => {
  const root = await host();
  const before = await treeOf(root);
  await expect(gc(root, 1, { keepBaselines: ['test-9'] })).rejects.toMatchObject({ code: 'state.baseline' });
  expect(await treeOf(root)).toEqual(before);
  expect(await gc(root, 1, { keepBaselines: ['test-1'] })).toMatchObject({ removed: ['test-2'] });
});

test('removes the documents of baselines that are used from elsewhere', async () => {
  const owner = await host();
  const root = await createHost([site.key]);
  for (const baseline of ['test-1', 'test-2', 'test-3']) {
    await applyFrom({ from: join(owner, 'var/lib/pommgr'), baseline, root, context });
  }
  expect(await gc(root, 1)).toMatchObject({ removed: ['test-1'], freed: { files: 0 } });
  expect(await readdir(join(root, 'var/lib/pommgr/remotes'))).toEqual(['test-2', 'test-3']);
  const { remotes } = (await hostStatus({ root })) ?? {};
  expect(Object.keys(remotes ?? {})).toEqual(['test-2', 'test-3']);
  await rollback({ root, context });
});
