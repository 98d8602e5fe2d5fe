import { appendFile, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeJournal } from '../../src/store/adapters/journal.ts';
import { writeRestoreJournal } from '../../src/store/adapters/restore-files.ts';
import { readStoreState, storeAt } from '../../src/store/adapters/store.ts';
import { removeTrustedKey, trustedKeysDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import type { CheckName, DoctorReport } from '../../src/upkeep/domain/doctor-report.ts';
import type { SwitchOperation } from '../../src/store/domain/journal.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { pin } from '../../src/host/workflows/pin.ts';
import { createHost, createSite, writeBelow, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-04T00:00:00Z');
const baselineDirectory = 'var/lib/pommgr/baselines/test-1';
const package1 = `${baselineDirectory}/test-stable/pool/main/a/alpha/alpha_1.0_amd64.deb`;
let site: Site;
let media: string;

beforeAll(async () => {
  site = await createSite();
  media = await site.bring();
});

async function appliedHost(): Promise<string> {
  const root = await createHost([site.key]);
  await apply({ media, root, context });
  return root;
}

async function examine(
  root: string,
  options: { deep?: boolean; repair?: boolean } = {},
): Promise<DoctorReport> {
  return doctor({ root, deep: false, repair: false, context, ...options });
}

/** `name: problem` of everything that is wrong. */
function complaints({ checks }: DoctorReport): string[] {
  return checks.flatMap(({ name, problems }) => problems.map(({ what }) => `${name}: ${what}`));
}

test('a healthy host has nothing wrong, and nothing is changed', async () => {
  const root = await appliedHost();
  await pin({ root, scope: 'all', remove: false, context });
  const before = await treeOf(root);

  const report = await examine(root, { deep: true });

  expect(complaints(report)).toEqual([]);
  expect(report).toMatchObject({ applied: 'test-1', deep: true, recovered: null });
  expect(report.checks.map(({ name }) => name)).toEqual([
    ...['work', 'apt', 'sources', 'store', 'clock', 'keys', 'approvals', 'launcher', 'audit'],
  ]);
  expect(await treeOf(root)).toEqual(before);
  expect(complaints(await examine(root, { repair: true }))).toEqual([]);
  expect(await treeOf(root)).toEqual(before);
});

test('a store without an applied baseline is healthy, too; without a store there is nothing to check', async () => {
  const root = await createHost([site.key]);
  await expect(examine(root)).rejects.toMatchObject({ code: 'state.no-store' });
  await apply({ media, root, storeOnly: true, context });
  expect(complaints(await examine(root, { deep: true }))).toEqual([]);
});

type Spoil = (root: string) => Promise<void>;

const spoilings: [string, CheckName, RegExp, Spoil][] = [
  [
    'a link that is missing',
    'apt',
    /link .* missing/,
    (root) => remove(root, 'etc/apt/preferences.d/pommgr.pref'),
  ],
  ['a link that leads elsewhere', 'apt', /not this store's/, relink],
  ['current that leads elsewhere', 'apt', /current leads to 7, expected 1/, switchCurrent],
  [
    'an edited sources file',
    'apt',
    /pommgr\.sources is not what was written/,
    (root) => edit(root, 'sources'),
  ],
  ['an edited preferences file', 'apt', /pommgr\.pref is not what was written/, (root) => edit(root, 'pref')],
  [
    'a guard left over',
    'apt',
    /guard/,
    (root) => writeBelow(root, 'etc/apt/apt.conf.d/zz-pommgr-switch', '//\n'),
  ],
  ['a source of others', 'sources', /later\.list/, addSource],
  ['a file that is missing', 'store', /alpha_1\.0_amd64\.deb is missing/, (root) => remove(root, package1)],
  [
    'a file that was cut',
    'store',
    /expected \d+ bytes, found 10/,
    (root) => truncate(join(root, package1), 10),
  ],
  [
    'a changed package list',
    'store',
    /packages\.jsonl: SHA-256 mismatch/,
    (root) => edit(root, 'packages.jsonl'),
  ],
  ['a changed baseline', 'store', /baseline\.json: SHA-256 mismatch/, (root) => edit(root, 'baseline.json')],
  ['a changed bundle.json', 'store', /bundle\.json: SHA-256 mismatch/, (root) => edit(root, 'bundle.json')],
  ['a root that its signer did not sign', 'keys', /not the signature/, (root) => edit(root, 'SHA256SUMS')],
  ['a signer who is not trusted any more', 'keys', /trusts no signing key/, distrust],
  ['a removed line of the audit log', 'audit', /line 2: the end was removed/, cutAudit],
  ['unfinished files', 'work', /1 unfinished/, (root) => writeBelow(root, 'var/lib/pommgr/pool/.a.tmp', 'x')],
];

test.each(spoilings)('%s is found', async (_, name, what, spoil) => {
  const root = await appliedHost();
  await spoil(root);
  expect(complaints(await examine(root))).toContainEqual(expect.stringMatching(what));
  const wrong = (await examine(root)).checks.filter(({ problems }) => problems.length > 0);
  expect(wrong.map((check) => check.name)).toContain(name);
  expect(wrong.flatMap(({ problems }) => problems).every(({ hint }) => hint !== '')).toBe(true);
});

test('a changed byte of a stored file is found when every file is read', async () => {
  const root = await appliedHost();
  const bytes = await readFile(join(root, package1));
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(join(root, package1), bytes);

  expect(complaints(await examine(root))).toEqual([]);
  expect(complaints(await examine(root, { deep: true }))).toEqual([
    expect.stringMatching(/^store: .*alpha_1\.0_amd64\.deb: SHA-256 mismatch/),
  ]);
});

test('a clock behind the baseline is found', async () => {
  const root = await appliedHost();
  const early = testContext('2025-05-31T00:00:00Z');
  expect(complaints(await doctor({ root, deep: false, repair: false, context: early }))).toEqual([
    expect.stringMatching(/^clock: .*behind test-1: it says 2025-05-31T00:00:00Z.*2025-06-01T00:00:00Z/),
  ]);
});

test('an interrupted restore is found, and left to restore', async () => {
  const root = await appliedHost();
  const store = storeAt(join(root, 'var/lib/pommgr'));
  const { applied } = await readStoreState(store);
  await writeRestoreJournal(store, {
    schema: 'pommgr/restore-journal/v1',
    started: '2025-06-04T00:00:00Z',
    baseline: { name: 'test-1', digest: applied!.digest },
    target: 'debian',
    lockDigest: null,
    goal: [],
  });
  for (const repair of [false, true]) {
    const report = await examine(root, { repair });
    expect(complaints(report)).toEqual([
      'work: Interrupted: the restore to test-1, begun at 2025-06-04T00:00:00Z.',
    ]);
    expect(report.checks[0]?.problems[0]?.hint).toMatch(/"pommgr restore" again.*--repair does not/);
  }
  expect(await hostStatus({ root })).toMatchObject({ interruptedRestore: { baseline: 'test-1' } });
});

describe('--repair', () => {
  test('ends interrupted work', async () => {
    const root = await appliedHost();
    const store = storeAt(join(root, 'var/lib/pommgr'));
    const before = await treeOf(root);
    const { applied } = await readStoreState(store);
    const operation: SwitchOperation = {
      kind: 'switch',
      next: { ...applied!, number: 2 },
      previousNumber: 1,
      hadLinks: true,
      setAside: [],
    };
    const started = '2025-06-04T00:00:00Z';
    await writeJournal(store, { schema: 'pommgr/journal/v1', started, operation });
    await writeBelow(root, 'var/lib/pommgr/applied/2/pommgr.sources', '');
    expect(complaints(await examine(root))).toEqual([
      'work: Interrupted: the switch of test-1, begun at 2025-06-04T00:00:00Z.',
    ]);

    const report = await examine(root, { repair: true });

    expect(report.recovered).toEqual({ operation: 'switch', baseline: 'test-1', outcome: 'undone' });
    expect(complaints(report)).toEqual([]);
    expect(await treeOf(root)).toEqual(before);
  });

  test('removes what a run that left no journal had not finished', async () => {
    const root = await appliedHost();
    const before = await treeOf(root);
    await writeBelow(root, 'etc/apt/apt.conf.d/zz-pommgr-switch', '//\n');
    await writeBelow(root, 'etc/apt/sources.list.d/.pommgr.sources.0123456789ab.tmp', '');
    await writeBelow(root, 'var/lib/pommgr/pool/.a.0123456789ab.tmp', 'x');
    await writeBelow(root, 'var/lib/pommgr/baselines/test-9.tmp/x', 'x');

    expect(complaints(await examine(root, { repair: true }))).toEqual([]);
    expect(await treeOf(root)).toEqual(before);
  });
});

async function remove(root: string, path: string): Promise<void> {
  await rm(join(root, path));
}

async function relink(root: string): Promise<void> {
  const link = join(root, 'etc/apt/sources.list.d/pommgr.sources');
  await rm(link);
  await symlink('/nowhere', link);
}

async function switchCurrent(root: string): Promise<void> {
  const current = join(root, 'var/lib/pommgr/current');
  await rm(current);
  await symlink('applied/7', current);
}

/** One of the store's own files, which no other links. */
async function edit(root: string, name: string): Promise<void> {
  const path = /\.json|SUMS/.test(name)
    ? join(root, baselineDirectory, name)
    : join(root, `var/lib/pommgr/applied/1/pommgr.${name}`);
  await appendFile(path, '\n');
}

async function addSource(root: string): Promise<void> {
  await writeBelow(root, 'etc/apt/sources.list.d/later.list', 'deb http://192.0.2.9/x y main\n');
}

async function distrust(root: string): Promise<void> {
  await removeTrustedKey(trustedKeysDirectory(root), site.key.fingerprint);
}

async function cutAudit(root: string): Promise<void> {
  const path = join(root, 'var/lib/pommgr/audit.jsonl');
  const [line = ''] = (await readFile(path, 'utf8')).split('\n');
  await writeFile(`${path}.new`, `${line}\n`);
  await rename(`${path}.new`, path);
}
