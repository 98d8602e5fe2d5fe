/** A host that uses the store of another: by HTTP from our own server, and as a directory on a share. */
import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readStoreState, storeAt } from '../../src/store/adapters/store.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { detach } from '../../src/host/workflows/detach.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { hostDrift } from '../../src/restore/workflows/host-drift.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { pin } from '../../src/host/workflows/pin.ts';
import { rollback } from '../../src/host/workflows/rollback.ts';
import { run } from '../../src/core/adapters/process.ts';
import { readAudit, writeBelow } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createSharedStore, serveStore, sourcesOf, type SharedStore } from '../support/shared-store.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-04T00:00:00Z');
let shared: SharedStore;

beforeAll(async () => {
  shared = await createSharedStore();
});

async function listsOf(root: string): Promise<string[]> {
  return (await readdir(join(root, 'var/lib/apt/lists'))).filter((name) => name.includes('_remotes_'));
}

describe.each([
  ['by HTTP', () => shared.url, () => shared.url],
  ['on a share', () => shared.directory, () => `file://${shared.directory}`],
])('a store %s', (_, named, address) => {
  test('is applied from, for good', async () => {
    const root = await shared.host();

    const first = await shared.from(root, { from: named(), baseline: 'test-1' });

    expect(first).toMatchObject({
      outcome: 'applied',
      from: address(),
      baseline: { name: 'test-1', sequence: 1 },
      signers: [shared.site.key.fingerprint],
      setAside: [{ path: '/etc/apt/sources.list' }, { path: '/etc/apt/sources.list.d/vendor.sources' }],
      plan: { upgrade: [{ name: 'alpha', from: '1.0', to: '2.0' }] },
    });
    const place = `${root}/var/lib/pommgr/remotes/test-1`;
    expect(await sourcesOf(root)).toContain(`# Packages: ${address()}\n`);
    expect(await sourcesOf(root)).toContain(`URIs: mirror+file://${place}/mirror-lists/test-stable\n`);
    const packages = address().replace(/^file:/, 'copy:');
    expect(await readFile(`${place}/mirror-lists/test-stable`, 'utf8')).toContain(
      `file://${place}/test-stable\tpriority:1 type:index\n${packages}/baselines/test-1/test-stable\tpriority:2 type:deb`,
    );
    expect(await sourcesOf(root)).toContain(
      `Signed-By: ${root}/var/lib/pommgr/remotes/test-1/keyrings/test-stable.gpg\n`,
    );
    expect(await readdir(join(root, 'var/lib/pommgr/pool'))).toEqual([]);
    expect(await hostStatus({ root })).toMatchObject({
      ...{ applied: { baseline: 'test-1' }, stored: [], remotes: { 'test-1': address() }, otherSources: [] },
      plan: { upgrade: [{ name: 'alpha', to: '2.0' }] },
    });
    expect(await readAudit(root)).toMatchObject([
      { action: 'import', baseline: 'test-1', from: address() },
      { action: 'apply', baseline: 'test-1' },
    ]);
    expect(await shared.from(root, { from: named(), baseline: 'test-1' })).toMatchObject({
      outcome: 'unchanged',
    });

    const second = await shared.from(root, { from: named() });
    expect(second).toMatchObject({ outcome: 'applied', baseline: { name: 'test-2' } });
    expect(second.plan).toMatchObject({ upgrade: [{ name: 'alpha', to: '3.0' }] });
    const report = await doctor({ root, deep: true, repair: false, context });
    expect(report.checks.flatMap(({ problems }) => problems)).toEqual([]);
    expect((await hostDrift({ root })).drift).toMatchObject({ behind: [{ name: 'alpha', wanted: '3.0' }] });

    expect(await pin({ root, scope: 'all', remove: false, context })).toMatchObject({ outcome: 'pinned' });
    expect(await rollback({ root, context })).toMatchObject({ to: { name: 'test-1' } });
    expect(await sourcesOf(root)).toContain('/remotes/test-1/');
    await expect(shared.from(root, { from: named(), baseline: 'test-1' })).resolves.toMatchObject({
      outcome: 'unchanged',
    });

    expect(await listsOf(root)).not.toEqual([]);
    expect(await detach({ root, purge: false, context })).toMatchObject({ outcome: 'detached' });
    expect(await listsOf(root)).toEqual([]);
    expect(await detach({ root, purge: true, context })).toMatchObject({ purged: true });
    expect(await readdir(join(root, 'var/lib'))).not.toContain('pommgr');
  });
});

test('hides what the mirror lists and the baseline lacks', async () => {
  const root = await shared.host();
  await shared.from(root);
  const preferences = await readFile(join(root, 'etc/apt/preferences.d/pommgr.pref'), 'utf8');
  expect(preferences).toContain('Pin: origin ""\nPin-Priority: -1');
});

test('a dry run tells all that, and changes nothing', async () => {
  const root = await shared.host();
  const before = await treeOf(root);
  expect(await shared.from(root, { dryRun: true })).toMatchObject({
    ...{ outcome: 'would-apply', from: shared.url, baseline: { name: 'test-2' } },
    ...{ plan: { upgrade: [{ name: 'alpha', to: '3.0' }], install: [] }, sizes: { diskBytes: 0 } },
    setAside: [{ path: '/etc/apt/sources.list' }, {}],
  });
  expect(await treeOf(root)).toEqual(before);
});

test('asks no proxy of the environment, neither for itself nor through apt', async () => {
  const names = ['http_proxy', 'HTTP_PROXY', 'all_proxy'];
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = 'http://127.0.0.1:9';
  try {
    await expect(shared.from(await shared.host())).resolves.toMatchObject({ outcome: 'applied' });
  } finally {
    for (const [index, name] of names.entries()) {
      if (before[index] === undefined) delete process.env[name];
      else process.env[name] = before[index];
    }
  }
});

test('a proxy of the data center does not come between this host and the other store', async () => {
  const root = await shared.host();
  // As pveupdate writes it; nobody answers there.
  await writeBelow(root, 'etc/apt/apt.conf.d/76pveproxy', 'Acquire::http::Proxy "http://127.0.0.1:9";\n');
  await shared.from(root, { from: shared.url });
  const directory = await scratchDirectory();
  const configuration = join(directory, 'apt.conf');
  const lines = [`Dir "${root}/";`, `Dir::State::status "${root}/var/lib/dpkg/status";`];
  await writeFile(configuration, [...lines, 'APT::Sandbox::User "root";', ''].join('\n'));

  await run('apt-get', ['download', 'alpha'], { cwd: directory, env: { APT_CONFIG: configuration } });

  expect(await readdir(directory)).toContainEqual(expect.stringMatching(/^alpha_.*\.deb$/));
});

test('a baseline in the own store is used from there, and one that comes later takes its place', async () => {
  const root = await shared.host();
  await shared.from(root, { baseline: 'test-1' });
  await apply({ media: shared.media[1], root, storeOnly: true, context });

  const told = testContext('2025-06-04T00:00:00Z');
  expect(await shared.from(root, { context: told })).toMatchObject({ outcome: 'applied', from: null });
  expect(told.warnings).toContainEqual(expect.stringContaining("test-2 is in this host's own store"));
  expect(await sourcesOf(root)).toContain(`URIs: file://${root}/var/lib/pommgr/baselines/test-2/`);

  await rollback({ root, context });
  expect(await apply({ media: shared.media[0], root, allowOlder: true, context })).toMatchObject({
    outcome: 'applied',
    baseline: { name: 'test-1' },
  });
  expect(await sourcesOf(root)).toContain(`URIs: file://${root}/var/lib/pommgr/baselines/test-1/`);
  const state = await readStoreState(storeAt(join(root, 'var/lib/pommgr')));
  expect(state).toMatchObject({ remotes: {}, known: { 'test-1': expect.any(String) } });
  expect((await readAudit(root)).map(({ action }) => action)).toEqual([
    ...['import', 'apply', 'import', 'apply', 'rollback', 'import', 'apply'],
  ]);
});

test('a store that has moved is followed', async () => {
  const root = await shared.host();
  await shared.from(root);
  const moved = await serveStore(shared.directory);
  expect(await shared.from(root, { from: `${moved}/` })).toMatchObject({ outcome: 'applied', from: moved });
  expect(await sourcesOf(root)).toContain(`# Packages: ${moved}\n`);
  expect((await hostStatus({ root }))?.remotes).toEqual({ 'test-2': moved });
});

test('doctor finds a store that is gone, and one that has changed', async () => {
  const copy = join(await scratchDirectory(), 'store');
  await cp(join(shared.directory, 'baselines'), join(copy, 'baselines'), { recursive: true });
  const root = await shared.host();
  await shared.from(root, { from: copy });
  const complaints = async (): Promise<string[]> => {
    const { checks } = await doctor({ root, deep: false, repair: false, context });
    return checks.flatMap(({ name, problems }) => problems.map(({ what }) => `${name}: ${what}`));
  };
  expect(await complaints()).toEqual([]);
  await writeFile(join(copy, 'baselines/test-2/SHA256SUMS'), 'x\n');
  expect(await complaints()).toEqual([
    expect.stringMatching(/^store: file:.* has another SHA256SUMS of test-2/),
  ]);
  await rm(copy, { recursive: true });
  expect(await complaints()).toEqual([expect.stringMatching(/^store: .*SHA256SUMS is missing/)]);
});
