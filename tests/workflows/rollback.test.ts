import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { rollback } from '../../src/host/workflows/rollback.ts';
import {
  aptWithoutNetwork,
  createHost,
  createSite,
  pretendInstalled,
  readAudit,
} from '../support/offline.ts';
import type { Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage, type BuiltPackage } from '../support/packages.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-04T00:00:00Z');
let site: Site;
let media: string[];
let newest: BuiltPackage;

beforeAll(async () => {
  site = await createSite();
  media = [await site.bring()];
  const newer = [];
  for (const version of ['3.0', '4.0']) {
    newest = await buildPackage({ name: 'alpha', version });
    newer.push(newest);
    const date = new Date(`2025-06-01T${newer.length}0:00:00Z`);
    await site.publish({ components: { main: [...site.packages, ...newer] }, date });
    media.push(await site.bring());
  }
});

async function hostWith(...brought: string[]): Promise<string> {
  const root = await createHost([site.key]);
  for (const medium of brought) await apply({ media: medium, root, context });
  return root;
}

test('goes back one baseline at a time, and says what stays newer', async () => {
  const root = await hostWith(...media);
  await pretendInstalled(root, newest);

  const once = await rollback({ root, context });
  expect(once).toMatchObject({
    outcome: 'rolled-back',
    from: { name: 'test-3' },
    to: { name: 'test-2' },
    newer: [{ name: 'alpha', installed: '4.0', baseline: '3.0' }],
    plan: { downgrade: [], upgrade: [] },
  });
  expect(await aptWithoutNetwork(root, ['apt-cache', 'policy', 'beta'])).toContain('baselines/test-2/');
  expect(await hostStatus({ root })).toMatchObject({ applied: { baseline: 'test-2' }, previous: 'test-1' });

  const twice = await rollback({ root, context });
  expect(twice).toMatchObject({ from: { name: 'test-2' }, to: { name: 'test-1' } });
  await expect(rollback({ root, context })).rejects.toMatchObject({ code: 'state.no-earlier' });
  const actions = (await readAudit(root)).map(({ action, baseline }) => `${action} ${baseline}`);
  expect(actions.slice(-2)).toEqual(['rollback test-2', 'rollback test-1']);
});

test('a rollback keeps the rollback guard, and the way forward', async () => {
  const root = await hostWith(media[0]!, media[1]!);
  await rollback({ root, context });

  await expect(apply({ media: media[0]!, root, context })).resolves.toMatchObject({ outcome: 'unchanged' });
  expect(await apply({ media: media[1]!, root, context })).toMatchObject({
    outcome: 'applied',
    decisions: [],
  });
  expect(await rollback({ root, context })).toMatchObject({ to: { name: 'test-1' } });
});

test('setting sources aside again is no step to go back', async () => {
  const root = await hostWith(media[0]!);
  await expect(rollback({ root, context })).rejects.toMatchObject({ code: 'state.no-earlier' });
  await aptWithoutNetwork(root, [
    'sh',
    '-c',
    `echo deb http://192.0.2.9/x y main > ${root}/etc/apt/sources.list`,
  ]);
  expect(await apply({ media: media[0]!, root, context })).toMatchObject({ outcome: 'applied' });
  await expect(rollback({ root, context })).rejects.toMatchObject({ code: 'state.no-earlier' });
});

test('a dry run changes nothing; nor does a rollback to what is not in the store', async () => {
  const root = await hostWith(media[0]!, media[1]!);
  const before = await treeOf(root);
  expect(await rollback({ root, dryRun: true, context })).toMatchObject({
    outcome: 'would-roll-back',
    to: { name: 'test-1' },
  });
  expect(await treeOf(root)).toEqual(before);

  const directory = join(root, 'var/lib/pommgr/baselines/test-1');
  await rename(directory, `${directory}.away`);
  const without = await treeOf(root);
  await expect(rollback({ root, context })).rejects.toMatchObject({ code: 'state.baseline' });
  expect(await treeOf(root)).toEqual(without);
});

test('a clock behind the baseline is named before apt sees it', async () => {
  const root = await hostWith(media[0]!);
  const before = await treeOf(root);
  const early = testContext('2025-06-01T09:59:00Z');

  for (const dryRun of [true, false]) {
    await expect(apply({ media: media[1]!, root, dryRun, context: early })).rejects.toMatchObject({
      code: 'state.clock',
      message: expect.stringContaining('the Release file of test-stable is of 2025-06-01T10:00:00Z'),
    });
  }
  const unstored = (await treeOf(root)).filter(
    (line) => !/test-2|\/pool\/|(state|audit|index)\.json/.test(line),
  );
  expect(unstored).toEqual(before.filter((line) => !/\/pool\/|(state|audit|index)\.json/.test(line)));
});
