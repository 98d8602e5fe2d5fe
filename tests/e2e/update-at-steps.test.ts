/** An `apt-get update` that begins at an operation of `apply` takes nothing away from what apt has afterwards. */
import { beforeAll, expect, test } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { prepareSubject, sweepTime } from '../support/fault-sweep.ts';
import { aptWithoutNetwork, createSite, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { createOwnHost, createOwnRepository } from '../support/own-host.ts';
import { buildPackage } from '../support/packages.ts';
import { updateAtEachStep } from '../support/updates-at-steps.ts';

const context = testContext(sweepTime);
let site: Site;
let media: string[];

beforeAll(async () => {
  site = await createSite(['skip: { sections: [games] }', 'versions: latest']);
  media = [await site.bring()];
  const newer = await buildPackage({ name: 'alpha', version: '3.0' });
  const date = new Date('2025-06-02T00:00:00Z');
  await site.publish({ components: { main: [...site.packages, newer] }, date });
  media.push(await site.bring());
});

/** Candidates, and what doctor finds. */
async function look(root: string): Promise<string> {
  const policy = await aptWithoutNetwork(root, ['apt-cache', 'policy', 'alpha', 'beta', 'own']);
  const { checks } = await doctor({ root, deep: false, repair: false, context });
  return `${policy}\n${JSON.stringify(checks.flatMap(({ problems }) => problems))}`;
}

test.each(['the first', 'the second'])(
  '%s apply',
  async (which) => {
    const root = await createOwnHost(site, await createOwnRepository(site));
    const [first = '', second = ''] = media;
    if (which === 'the second') await apply({ media: first, root, context });
    const medium = which === 'the second' ? second : first;
    const again = (): Promise<unknown> => apply({ media: medium, root, context });
    const subject = await prepareSubject(root, { command: ['apply', '--media', medium], again });
    const { updates, wrong } = await updateAtEachStep(subject, look);
    expect(wrong).toEqual([]);
    expect(updates).toBeGreaterThan(3);
  },
  300_000,
);
