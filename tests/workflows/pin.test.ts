import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { pin } from '../../src/host/workflows/pin.ts';
import { rollback } from '../../src/host/workflows/rollback.ts';
import { aptWithoutNetwork, createHost, createSite, pretendInstalled } from '../support/offline.ts';
import { readAudit, writeBelow, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { createRepository } from '../support/repository.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-04T00:00:00Z');
let site: Site;
let first: string;
let second: string;
/** Offers alpha, beta and gamma in version 9. */
let vendorSource: string;

beforeAll(async () => {
  site = await createSite([], { origin: 'Proxmox' });
  first = await site.bring();
  const newer = await buildPackage({ name: 'alpha', version: '3.0' });
  const date = new Date('2025-06-02T00:00:00Z');
  await site.publish({ components: { main: [...site.packages, newer] }, date });
  second = await site.bring();
  const nine = ['alpha', 'beta', 'gamma'].map((name) => buildPackage({ name, version: '9:9' }));
  const vendor = await createRepository({
    components: { main: await Promise.all(nine) },
    signers: [site.signer],
    origin: 'Vendor',
  });
  vendorSource = `deb [trusted=yes] file:${vendor.directory} stable main\n`;
});

/** alpha 2.0 is installed. */
async function hostWith(...media: string[]): Promise<string> {
  const root = await createHost([site.key]);
  await pretendInstalled(root, site.packages[1]!);
  for (const medium of media) await apply({ media: medium, root, context });
  await addVendor(root);
  return root;
}

async function addVendor(root: string): Promise<void> {
  await writeBelow(root, 'etc/apt/sources.list.d/later.list', vendorSource);
}

/** Candidates of alpha, beta and gamma, after an `apt-get update`. */
async function candidates(root: string): Promise<string[]> {
  const said = await aptWithoutNetwork(root, [
    'sh',
    '-c',
    'apt-get update >&2; apt-cache policy alpha beta gamma',
  ]);
  return [...said.matchAll(/Candidate: (\S+)/g)].map(([, version = '']) => version);
}

test('pins hold what is installed against a newer version elsewhere, until they are removed', async () => {
  const root = await hostWith(first);
  expect(await candidates(root)).toEqual(['9:9', '9:9', '9:9']);

  const later = testContext('2025-07-01T00:00:00Z');
  expect(await pin({ root, remove: false, context: later })).toMatchObject({
    outcome: 'pinned',
    pins: { scope: 'installed', baseline: 'test-1' },
    packages: 1,
    unavailable: [],
  });

  expect((await hostStatus({ root }))?.applied?.since).toBe('2025-06-04T00:00:00Z');
  expect(await candidates(root)).toEqual(['2.0', '9:9', '9:9']);
  const preferences = await readFile(join(root, 'etc/apt/preferences.d/pommgr.pref'), 'utf8');
  expect(preferences.split('\n\n').slice(1)).toEqual([
    'Package: alpha:amd64\nPin: version 2.0\nPin-Priority: 990\n',
  ]);
  expect(preferences).toContain('pommgr pin --remove');
  expect(await pin({ root, remove: false, context })).toMatchObject({ outcome: 'unchanged' });
  // Nobody asked for the vendor's source to be set aside.
  expect(await hostStatus({ root })).toMatchObject({
    otherSources: ['/etc/apt/sources.list.d/later.list'],
    pins: { scope: 'installed' },
  });

  expect(await pin({ root, remove: true, context })).toMatchObject({ outcome: 'unpinned', pins: null });
  expect(await candidates(root)).toEqual(['9:9', '9:9', '9:9']);
  expect(await pin({ root, remove: true, context })).toMatchObject({ outcome: 'unchanged' });
  expect((await readAudit(root)).map(({ action }) => action)).toEqual(['import', 'apply', 'pin', 'unpin']);
});

test('the scope stays, and the next baseline has pins of its own in the same switch', async () => {
  const root = await hostWith(first);
  await pin({ root, scope: 'all', remove: false, context });
  expect(await candidates(root)).toEqual(['2.0', '1:0.9-1', '3.0']);

  await apply({ media: second, root, context });
  await addVendor(root);
  expect(await candidates(root)).toEqual(['3.0', '1:0.9-1', '3.0']);
  expect(await hostStatus({ root })).toMatchObject({ pins: { scope: 'all', baseline: 'test-2' } });

  await rollback({ root, context });
  await addVendor(root);
  expect(await candidates(root)).toEqual(['2.0', '1:0.9-1', '3.0']);
  expect(await pin({ root, remove: false, context })).toMatchObject({ pins: { scope: 'all' } });
});

test("the scope of Proxmox's repositories", async () => {
  const root = await hostWith(first);
  expect(await pin({ root, scope: 'proxmox', remove: false, context })).toMatchObject({ packages: 3 });

  const other = await createSite([], { origin: 'Debian' });
  const debian = await createHost([other.key]);
  await apply({ media: await other.bring(), root: debian, context });
  expect(await pin({ root: debian, scope: 'proxmox', remove: false, context })).toMatchObject({
    packages: 0,
  });
});

test('packages can be held to an earlier baseline; what the applied one lacks is named', async () => {
  const root = await hostWith(first, second);
  const held = await pin({ root, scope: 'all', baseline: 'test-1', remove: false, context });
  expect(held).toMatchObject({ applied: 'test-2', pins: { baseline: 'test-1' }, unavailable: [] });
  expect(await candidates(root)).toEqual(['2.0', '1:0.9-1', '3.0']);

  const older = await hostWith(second);
  await apply({ media: first, root: older, allowOlder: true, context });
  expect(await pin({ root: older, scope: 'all', baseline: 'test-2', remove: false, context })).toMatchObject({
    packages: 2,
    unavailable: [{ name: 'alpha', version: '3.0' }],
  });
});

test('a dry run, and a host without a baseline, change nothing', async () => {
  const root = await hostWith(first);
  const before = await treeOf(root);
  expect(await pin({ root, scope: 'all', remove: false, dryRun: true, context })).toMatchObject({
    outcome: 'would-pin',
    packages: 3,
  });
  expect(await treeOf(root)).toEqual(before);

  const bare = await createHost([site.key]);
  await apply({ media: first, root: bare, storeOnly: true, context });
  const stored = await treeOf(bare);
  await expect(pin({ root: bare, remove: false, context })).rejects.toMatchObject({
    code: 'state.not-applied',
  });
  expect(await treeOf(bare)).toEqual(stored);
});

test("pins that the host's own preferences override are undone", async () => {
  const root = await hostWith(first);
  await writeBelow(
    root,
    'etc/apt/preferences.d/own',
    'Package: alpha\nPin: version 1.0\nPin-Priority: 1001\n',
  );
  const before = await treeOf(join(root, 'etc'));

  await expect(pin({ root, scope: 'all', remove: false, context })).rejects.toMatchObject({
    code: 'tool.candidates',
  });

  expect(await treeOf(join(root, 'etc'))).toEqual(before);
  expect(await hostStatus({ root })).toMatchObject({ pins: null, interrupted: null });
});
