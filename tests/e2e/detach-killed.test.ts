/** `rollback`, `pin` and `detach` are killed, and made to fail, at their operations. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { detach } from '../../src/host/workflows/detach.ts';
import { rollback } from '../../src/host/workflows/rollback.ts';
import { prepareSubject, sweepErrors, sweepKills, sweepTime, type Subject } from '../support/fault-sweep.ts';
import { createSite, writeBelow, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { createOwnHost, createOwnRepository, ownLine, type OwnRepository } from '../support/own-host.ts';

const context = testContext(sweepTime);
let site: Site;
let own: OwnRepository;
let later: OwnRepository;
let media: string[];

beforeAll(async () => {
  site = await createSite(['include: { packages: [alpha] }', 'versions: latest']);
  own = await createOwnRepository(site);
  later = await createOwnRepository(site);
  media = [await site.bring()];
  await site.publish({ date: new Date('2025-06-02T00:00:00Z') });
  media.push(await site.bring());
});

/** With two baselines applied: one conffile is diverted, one source renamed. */
async function appliedHost(): Promise<string> {
  const root = await createOwnHost(site, own);
  await writeBelow(root, 'etc/apt/sources.list', ownLine(later));
  for (const medium of media) await apply({ media: medium, root, context });
  return root;
}

async function twoSubjects(
  command: readonly string[],
  again: (root: string) => Promise<unknown>,
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const root of [await appliedHost(), await appliedHost()]) {
    const subject = await prepareSubject(root, { command, again: () => again(root) });
    expect(subject.new).not.toEqual(subject.old);
    subjects.push(subject);
  }
  return subjects;
}

test('detach', async () => {
  const subjects = await twoSubjects(['detach'], (root) => detach({ root, purge: false, context }));
  expect(await sweepKills(subjects)).toBeGreaterThan(20);
  await sweepErrors(subjects, { every: 4 });
}, 300_000);

// It begins as a detach does, and goes on with removals that are all alike.
test('detach --purge', async () => {
  const subjects = await twoSubjects(['detach', '--purge', '--yes'], purgeAgain);
  expect(await sweepKills(subjects, { every: 4 })).toBeGreaterThan(15);
}, 300_000);

/** Killed last of all, it leaves an empty directory. */
async function purgeAgain(root: string): Promise<void> {
  try {
    await detach({ root, purge: true, context });
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'state.no-store') throw error;
    await rm(join(root, 'var/lib/pommgr'), { recursive: true });
  }
}

/** It switches as `apply` does. Once it is done, the next would go on to the baseline before: there is none. */
test('rollback', async () => {
  const subjects = await twoSubjects(['rollback'], async (root) => {
    try {
      await rollback({ root, context });
    } catch (error) {
      if (!(error instanceof PommgrError) || error.code !== 'state.no-earlier') throw error;
    }
  });
  expect(await sweepKills(subjects, { every: 3 })).toBeGreaterThan(8);
}, 300_000);
