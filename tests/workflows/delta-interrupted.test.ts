/** `apply` of deltas that build on each other, killed between them and within. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { createDeltaSite, type DeltaSite } from '../support/delta.ts';
import { applyKilledAt } from '../support/killed-apply.ts';
import { createHost, readAudit } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-05T00:00:00Z');
let site: DeltaSite;
let media: string;
let undisturbed: string[];

beforeAll(async () => {
  site = await createDeltaSite();
  ({ media } = await site.packed('test-1'));
  await site.packed('test-2-from-test-1', { media });
  const root = await createHost([site.key]);
  await apply({ media, root, context });
  undisturbed = await storeOf(root);
});

test.each([
  ['while the first is stored', 1, 'test-1', [], ['test-1']],
  ['while the delta is stored', 2, 'test-2', ['test-1'], []],
])('killed %s: the next run ends where an undisturbed one does', async (_, time, during, stored, again) => {
  const root = await createHost([site.key]);

  expect(await applyKilledAt({ media, root }, { program: 'sync', time })).toBe(true);

  expect(await hostStatus({ root })).toMatchObject({
    applied: null,
    stored,
    interrupted: { operation: 'import', baseline: during },
  });
  expect(await apply({ media, root, context })).toMatchObject({ outcome: 'applied', storedFirst: again });
  expect(await storeOf(root)).toEqual(undisturbed);
  expect((await readAudit(root)).map(({ action }) => action)).toEqual(['import', 'import', 'apply']);
});

async function storeOf(root: string): Promise<string[]> {
  const tree = await treeOf(join(root, 'var/lib/pommgr'));
  return tree.filter((line) => !/ (state\.json|audit\.jsonl|\.lock|applied\/.*) /.test(line));
}
