/** `apply` of a set, one medium after the other: killed and made to fail while it takes volumes, and with the last. */
import { beforeAll, expect, test } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { prepareSubject, sweepErrors, sweepKills, sweepTime, type Subject } from '../support/fault-sweep.ts';
import { createSetSite, mediumWith, type SetSite } from '../support/media-set.ts';
import { testContext } from '../support/online.ts';
import { createOwnHost, createOwnRepository, type OwnRepository } from '../support/own-host.ts';

const context = testContext(sweepTime);
let site: SetSite;
let own: OwnRepository;
/** Volumes 2 and 3, and the others. */
let first: string;
let last: string;

beforeAll(async () => {
  site = await createSetSite();
  own = await createOwnRepository(site);
  const whole = await site.packed();
  first = await mediumWith(whole, 2, 3);
  last = await mediumWith(whole, 1, 4);
});

async function take(root: string): Promise<void> {
  await expect(apply({ media: first, root, context })).rejects.toMatchObject({ code: 'state.next-medium' });
}

test('while volumes are taken', async () => {
  const subjects: Subject[] = [];
  for (const root of [await createOwnHost(site, own), await createOwnHost(site, own)]) {
    const subject = await prepareSubject(root, {
      command: ['apply', '--media', first],
      isAtEnd: ({ stdout }) => stdout.includes('state.next-medium'),
      async again() {
        await take(root);
        await apply({ media: last, root, context });
      },
    });
    subjects.push(subject);
  }
  expect(await sweepKills(subjects, { every: 3 })).toBeGreaterThan(6);
  await sweepErrors(subjects, { every: 5 });
}, 300_000);

test('with the last medium', async () => {
  const subjects: Subject[] = [];
  for (const root of [await createOwnHost(site, own), await createOwnHost(site, own)]) {
    await take(root);
    const again = () => apply({ media: last, root, context });
    subjects.push(await prepareSubject(root, { command: ['apply', '--media', last], again }));
  }
  // It switches as `apply` from one medium does; what comes before is its own.
  expect(await sweepKills(subjects, { every: 7 })).toBeGreaterThan(10);
  await sweepErrors(subjects, { every: 23 });
}, 300_000);
