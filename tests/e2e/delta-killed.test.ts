/** `apply` of a full bundle and a delta in one run, killed and made to fail at operations of every kind. */
import { beforeAll, expect, test } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { createDeltaSite, type DeltaSite } from '../support/delta.ts';
import { prepareSubject, sweepErrors, sweepKills, sweepTime, type Subject } from '../support/fault-sweep.ts';
import { testContext } from '../support/online.ts';
import { createOwnHost, createOwnRepository } from '../support/own-host.ts';

const context = testContext(sweepTime);
let site: DeltaSite;
let subjects: Subject[];

beforeAll(async () => {
  site = await createDeltaSite();
  const { media } = await site.packed('test-1');
  await site.packed('test-2-from-test-1', { media });
  const own = await createOwnRepository(site);
  subjects = [];
  for (const root of [await createOwnHost(site, own), await createOwnHost(site, own)]) {
    const again = () => apply({ media, root, context });
    subjects.push(await prepareSubject(root, { command: ['apply', '--media', media], again }));
  }
});

test('killed at every thirteenth operation', async () => {
  expect(await sweepKills(subjects, { every: 13 })).toBeGreaterThan(8);
}, 300_000);

test('failed at every thirty-first operation', async () => {
  await sweepErrors(subjects, { every: 31 });
}, 300_000);
