/** `store gc` and `apply --from` are killed, and made to fail, at their operations. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { applyFrom } from '../../src/host/workflows/apply-from.ts';
import { storeGc } from '../../src/upkeep/workflows/store-gc.ts';
import { prepareSubject, sweepErrors, sweepKills, sweepTime, type Subject } from '../support/fault-sweep.ts';
import { createSite, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { createOwnHost, createOwnRepository, type OwnRepository } from '../support/own-host.ts';
import { buildPackage } from '../support/packages.ts';

const context = testContext(sweepTime);
let site: Site;
let own: OwnRepository;
const media: string[] = [];

beforeAll(async () => {
  site = await createSite(['include: { packages: [alpha] }', 'versions: latest']);
  own = await createOwnRepository(site);
  for (const version of ['3.0', '4.0', '5.0']) {
    const newer = await buildPackage({ name: 'alpha', version });
    const date = new Date(Date.parse('2025-06-01T00:00:00Z') + Number(version[0]) * 3_600_000);
    await site.publish({ components: { main: [...site.packages, newer] }, date });
    media.push(await site.bring());
  }
});

async function twoHosts(): Promise<string[]> {
  return [await createOwnHost(site, own), await createOwnHost(site, own)];
}

test('store gc', async () => {
  const subjects: Subject[] = [];
  for (const root of await twoHosts()) {
    for (const medium of media) await apply({ media: medium, root, context });
    const again = () => storeGc({ root, keep: 1, keepBaselines: [], context });
    subjects.push(await prepareSubject(root, { command: ['store', 'gc', '--keep', '1'], again }));
  }
  expect(await sweepKills(subjects)).toBeGreaterThan(15);
  await sweepErrors(subjects, { every: 4 });
}, 300_000);

test('apply --from', async () => {
  const owner = await createOwnHost(site, own);
  const roots = await twoHosts();
  for (const medium of media) await apply({ media: medium, root: owner, context });
  const from = join(owner, 'var/lib/pommgr');
  const subjects: Subject[] = [];
  for (const root of roots) {
    const again = () => applyFrom({ from, root, context });
    subjects.push(await prepareSubject(root, { command: ['apply', '--from', from], again }));
  }
  // It switches as `apply` does; what comes before is its own.
  expect(await sweepKills(subjects, { every: 5 })).toBeGreaterThan(10);
  await sweepErrors(subjects, { every: 14 });
}, 300_000);
