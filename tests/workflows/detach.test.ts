import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { run } from '../../src/core/adapters/process.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { detach } from '../../src/host/workflows/detach.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { createHost, createSite, readAudit, writeBelow, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-04T00:00:00Z');
const vendorPath = '/etc/apt/sources.list.d/vendor.sources';
let site: Site;
let first: string;
let second: string;

beforeAll(async () => {
  site = await createSite(['versions: latest']);
  first = await site.bring();
  await site.publish({ date: new Date('2025-06-02T00:00:00Z') });
  second = await site.bring();
});

/** With a conffile among the sources; the text is of version 1 of its package. */
async function createOwnHost(): Promise<string> {
  const root = await createHost([site.key]);
  await writeBelow(root, 'etc/apt/preferences', 'Package: other\nPin: version 1\nPin-Priority: 1\n');
  await rm(join(root, vendorPath));
  await installVendor(root, '1');
  return root;
}

/** Asks nothing: there is no standard input. */
async function installVendor(root: string, version: string): Promise<void> {
  const text = `Types: deb\nURIs: http://192.0.2.2/vendor${version}\nSuites: stable\nComponents: main\n`;
  const vendor = await buildPackage({
    name: 'vendor',
    version,
    files: { [vendorPath]: text },
    conffiles: [vendorPath],
  });
  await run('dpkg', ['--root', root, '--force-not-root', '--install', vendor.path]);
}

async function aptTree(root: string): Promise<string[]> {
  return treeOf(join(root, 'etc/apt'));
}

async function ourLists(root: string): Promise<string[]> {
  return (await treeOf(join(root, 'var/lib/apt/lists'))).filter((line) => line.includes('baselines'));
}

test('the host has its own sources back, byte for byte, and nothing of ours but the store', async () => {
  const root = await createOwnHost();
  const before = await aptTree(root);
  await apply({ media: first, root, context });
  await apply({ media: second, root, context });
  expect(await ourLists(root)).not.toEqual([]);

  const report = await detach({ root, purge: false, context });

  expect(report).toMatchObject({
    outcome: 'detached',
    baseline: 'test-2',
    putBack: [{ path: '/etc/apt/sources.list' }, { path: vendorPath, method: 'divert' }],
    changed: [],
    missing: [],
    kept: [],
    purged: false,
  });
  expect(await aptTree(root)).toEqual(before);
  expect(await ourLists(root)).toEqual([]);
  expect((await run('dpkg-divert', ['--root', root, '--list'])).stdout).not.toContain('pommgr');
  const store = (await treeOf(join(root, 'var/lib/pommgr'))).filter(
    (line) => !/ (pool|baselines)\//.test(line),
  );
  expect(store.map((line) => line.split(' ')[2])).toEqual([
    '.lock',
    'applied',
    'audit.jsonl',
    'baselines',
    'pool',
    'secrets',
    'state.json',
  ]);
  expect(await hostStatus({ root })).toMatchObject({ applied: null, previous: null, setAside: [] });
  expect((await readAudit(root)).at(-1)).toMatchObject({ action: 'detach', baseline: 'test-2' });
});

test('what its package changed meanwhile is as the package left it', async () => {
  const root = await createOwnHost();
  await apply({ media: first, root, context });
  await installVendor(root, '2');
  expect(await hostStatus({ root })).toMatchObject({ otherSources: [] });

  const report = await detach({ root, purge: false, context });

  expect(report).toMatchObject({ changed: [vendorPath] });
  expect(await readFile(join(root, vendorPath), 'utf8')).toContain('http://192.0.2.2/vendor2');
  // dpkg knows the file as its own again.
  await installVendor(root, '3');
  expect(await readFile(join(root, vendorPath), 'utf8')).toContain('http://192.0.2.2/vendor3');
});

test('--purge leaves nothing of ours but the trusted keys', async () => {
  const root = await createOwnHost();
  const before = await treeOf(root);
  const noise = / var\/(cache|log|lib\/(apt\/lists|dpkg))/;
  await apply({ media: first, root, context });

  expect(await detach({ root, purge: true, context })).toMatchObject({ purged: true });

  const after = await treeOf(root);
  expect(after.filter((line) => !noise.test(line))).toEqual(before.filter((line) => !noise.test(line)));
  // As a run leaves it that is killed before its last step.
  await mkdir(join(root, 'var/lib/pommgr'));
  await expect(detach({ root, purge: true, context })).rejects.toMatchObject({ code: 'state.no-store' });
  expect(await pathExists(join(root, 'var/lib/pommgr'))).toBe(false);
});

test('a store without an applied baseline can be purged; else there is nothing to detach', async () => {
  const root = await createOwnHost();
  await apply({ media: first, root, storeOnly: true, context });
  const before = await treeOf(root);

  expect(await detach({ root, purge: false, context })).toMatchObject({ outcome: 'unchanged' });
  expect(await treeOf(root)).toEqual(before);
  expect(await detach({ root, purge: true, context })).toMatchObject({ outcome: 'detached', baseline: null });
  expect((await treeOf(root)).filter((line) => line.includes('lib/pommgr'))).toEqual([]);
});

test('a dry run, and a place that is taken, change nothing', async () => {
  const root = await createOwnHost();
  await apply({ media: first, root, context });
  const applied = await treeOf(root);
  expect(await detach({ root, purge: true, dryRun: true, context })).toMatchObject({
    outcome: 'would-detach',
    putBack: [{}, {}],
    purged: false,
  });
  expect(await treeOf(root)).toEqual(applied);

  await writeBelow(root, 'etc/apt/sources.list', '# there again\n');
  const taken = await treeOf(root);
  await expect(detach({ root, purge: false, context })).rejects.toMatchObject({
    code: 'state.foreign-file',
    exitCode: 8,
  });
  expect(await treeOf(root)).toEqual(taken);
});

test('of several files of one place the last comes back, and the others stay beside it', async () => {
  const root = await createOwnHost();
  await apply({ media: first, root, context });
  await writeBelow(root, 'etc/apt/sources.list', 'deb http://192.0.2.9/again bookworm main\n');
  await writeFile(join(root, vendorPath), 'Types: deb\nURIs: http://192.0.2.8\nSuites: x/\n');
  await apply({ media: first, root, context });
  await rm(join(root, `${vendorPath}.2.pommgr.disabled`));

  const report = await detach({ root, purge: false, context });

  expect(report).toMatchObject({
    kept: [{ from: '/etc/apt/sources.list.pommgr.disabled', to: '/etc/apt/sources.list.orig' }],
  });
  const texts = await Promise.all(
    ['etc/apt/sources.list', 'etc/apt/sources.list.orig', vendorPath].map((path) =>
      readFile(join(root, path), 'utf8'),
    ),
  );
  expect(texts).toEqual([
    expect.stringContaining('/again'),
    expect.stringContaining('192.0.2.1'),
    expect.stringContaining('/vendor1'),
  ]);
});

test('after a detach, the host can be applied to again, but not an older baseline', async () => {
  const root = await createOwnHost();
  await apply({ media: second, root, context });
  await detach({ root, purge: false, context });

  await expect(apply({ media: first, root, context })).rejects.toMatchObject({ code: 'trust.older' });
  expect(await apply({ media: second, root, context })).toMatchObject({
    outcome: 'applied',
    added: { files: 0 },
    setAside: [{}, { method: 'divert' }],
  });
});
