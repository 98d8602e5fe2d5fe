/** `apply` is killed, and made to fail, at every write, rename, link, unlink and child process. */
import { beforeAll, describe, expect, test } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { prepareSubject, sweepErrors, sweepKills, sweepTime, type Subject } from '../support/fault-sweep.ts';
import { createSite, writeBelow, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { createOwnHost, createOwnRepository, ownLine, type OwnRepository } from '../support/own-host.ts';
import { buildPackage } from '../support/packages.ts';

const context = testContext(sweepTime);
let site: Site;
let own: OwnRepository;
let first: string;
let second: string;

beforeAll(async () => {
  // Filtered, so that there are preferences too.
  site = await createSite(['skip: { sections: [games] }', 'versions: latest']);
  own = await createOwnRepository(site);
  first = await site.bring();
  const newer = await buildPackage({ name: 'alpha', version: '3.0' });
  const date = new Date('2025-06-02T00:00:00Z');
  await site.publish({ components: { main: [...site.packages, newer] }, date });
  second = await site.bring();
});

async function subject(media: string, root: string): Promise<Subject> {
  const prepared = await prepareSubject(root, {
    command: ['apply', '--media', media],
    again: () => apply({ media, root, context }),
  });
  expect(prepared.new).not.toEqual(prepared.old);
  return prepared;
}

describe('the first apply of a host with sources and preferences of its own', () => {
  let subjects: Subject[];

  beforeAll(async () => {
    subjects = [];
    for (const root of [await createOwnHost(site, own), await createOwnHost(site, own)]) {
      subjects.push(await subject(first, root));
    }
  });

  test('killed at every operation', async () => {
    expect(await sweepKills(subjects)).toBeGreaterThan(70);
  }, 300_000);

  test('failed at operations of each kind', async () => {
    await sweepErrors(subjects, { every: 7 });
  }, 300_000);
});

describe('the second apply, with a source that appeared since', () => {
  let subjects: Subject[];

  beforeAll(async () => {
    subjects = [];
    for (const root of [await createOwnHost(site, own), await createOwnHost(site, own)]) {
      await apply({ media: first, root, context });
      await writeBelow(root, 'etc/apt/sources.list', ownLine(await createOwnRepository(site)));
      subjects.push(await subject(second, root));
    }
  });

  test('killed at every operation', async () => {
    expect(await sweepKills(subjects)).toBeGreaterThan(70);
  }, 300_000);

  test('failed at operations of each kind', async () => {
    await sweepErrors(subjects, { every: 5 });
  }, 300_000);
});
