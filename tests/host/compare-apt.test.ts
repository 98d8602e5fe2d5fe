/** What `status` and `doctor` say when apt no longer has what the baseline says, however that came about. */
import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { run } from '../../src/core/adapters/process.ts';
import { aptWithoutNetwork, writeBelow } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { createSharedStore, type SharedStore } from '../support/shared-store.ts';

const context = testContext('2025-06-04T00:00:00Z');
let shared: SharedStore;

beforeAll(async () => {
  shared = await createSharedStore();
});

/** What both commands say of apt, as one text; empty when everything is right. */
async function problemsOf(root: string): Promise<{ status: string; doctor: string }> {
  const told = await hostStatus({ root });
  const { checks } = await doctor({ root, deep: false, repair: false, context });
  const ofApt = checks.filter(({ name }) => name === 'apt').flatMap(({ problems }) => problems);
  return {
    status: (told?.problems ?? []).map(({ what }) => what).join('\n'),
    doctor: ofApt.map(({ what }) => what).join('\n'),
  };
}

async function listOf(root: string, ending: string): Promise<string> {
  const lists = join(root, 'var/lib/apt/lists');
  const name = (await readdir(lists)).find((candidate) => candidate.endsWith(ending));
  return join(lists, name ?? 'missing');
}

const changes: [string, RegExp, (root: string) => Promise<unknown>][] = [
  [
    'an update by another program took every list away',
    /^apt does not have the Release file of test-2 for mirror\+file:/,
    async (root) => {
      await run('find', [join(root, 'var/lib/apt/lists'), '-type', 'f', '-delete']);
    },
  ],
  [
    'one index is missing',
    /^apt has no list: test-stable, main\/binary-amd64\/Packages\.$/,
    async (root) => rm(await listOf(root, '_main_binary-amd64_Packages')),
  ],
  [
    'one index is another',
    /^apt has another list than that of the baseline: test-stable, main\/binary-amd64\/Packages\.$/,
    async (root) =>
      writeFile(await listOf(root, '_main_binary-amd64_Packages'), 'Package: alpha\n', { flag: 'a' }),
  ],
  [
    'the Release file is another',
    /^apt does not have the Release file of test-2 for mirror\+file:/,
    async (root) => writeFile(await listOf(root, '_InRelease'), '\n', { flag: 'a' }),
  ],
  [
    'somebody pinned another version',
    /^apt does not choose the baseline's version of 1 of \d+ packages: alpha: expected 3.0, found 1.0\.$/,
    async (root) =>
      writeBelow(
        root,
        'etc/apt/preferences.d/zz-other',
        'Package: alpha\nPin: version 1.0\nPin-Priority: 995\n',
      ),
  ],
  [
    'the list of mirrors takes indices from elsewhere',
    /mirror-lists\/test-stable is not what was written\.$/,
    async (root) =>
      writeBelow(root, 'var/lib/pommgr/remotes/test-2/mirror-lists/test-stable', `${shared.url}\n`),
  ],
];

describe('status and doctor say it when', () => {
  test.each(changes)('%s', async (_, expected, change) => {
    const root = await shared.host();
    await shared.from(root);
    expect(await problemsOf(root)).toEqual({ status: '', doctor: '' });

    await change(root);

    const found = await problemsOf(root);
    expect(found.doctor).toMatch(expected);
    expect(found.status).toMatch(expected);
  });

  test('another program changed the lists, in a store of the host itself, until an update brings them back', async () => {
    const root = await shared.host();
    const store = join(root, 'var/lib/pommgr');
    const { apply } = await import('../../src/host/workflows/apply.ts');
    await apply({ media: shared.media[0], root, context });
    await rm(await listOf(root, '_main_binary-amd64_Packages'));
    await symlink('/dev/null', join(root, 'var/lib/apt/lists/link'));
    expect((await problemsOf(root)).status).toContain('apt has no list');
    await aptWithoutNetwork(root, ['apt-get', 'update']);
    expect(await problemsOf(root)).toEqual({ status: '', doctor: '' });
    expect(await readdir(store)).toContain('pool');
  });

  test('not when apt keeps its lists compressed', async () => {
    const root = await shared.host();
    await writeBelow(root, 'etc/apt/apt.conf.d/gzip', 'Acquire::GzipIndexes "true";\n');
    await shared.from(root);
    expect((await listOf(root, '_main_binary-amd64_Packages.lz4')).endsWith('missing')).toBe(false);
    expect(await problemsOf(root)).toEqual({ status: '', doctor: '' });
  });
});
