import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/adapters/config-file.ts';
import { run } from '../../src/core/adapters/process.ts';
import type { SnapshotResult } from '../../src/snapshot/workflows/snapshot.ts';
import { baselineVerify } from '../../src/baseline/workflows/baseline-verify.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { createOnlineSite, testContext } from '../support/online.ts';
import { createPomEngineSite, editConfig, pom, takeSnapshot, usePom } from '../support/pom-engine-site.ts';
import { treeOf } from '../support/tree.ts';

function madeBaseline(result: SnapshotResult) {
  if (result.outcome !== 'made') throw new Error(`expected a baseline, found ${result.outcome}`);
  return result.baseline;
}

it('lets POM make the snapshot of what was fetched before, and the baseline is that of the builtin engine', async () => {
  const site = await createPomEngineSite([], { repository: { digests: ['SHA256', 'SHA512'] } });
  const context = testContext();

  const result = await takeSnapshot(site.configFile, { context });

  expect(result).toMatchObject({ outcome: 'made', packages: { files: 4 }, fetched: { files: 4 } });
  const baseline = madeBaseline(result);
  expect(baseline.engine).toMatchObject({ name: 'pom', version: expect.stringMatching(/^(?:unknown|\d)/) });
  expect(baseline.incomplete).toBeUndefined();
  const byPom = site.server.requests.filter(({ headers }) => headers['user-agent']?.startsWith('proxmox'));
  expect(new Set(byPom.map(({ path }) => path))).toEqual(
    new Set(['InRelease', 'Release', 'Release.gpg'].map((name) => `/dists/stable/${name}`)),
  );
  const builtin = await takeSnapshot((await site.another()).configFile);
  expect(madeBaseline(builtin).digest).toBe(baseline.digest);
  expect(madeBaseline(builtin).engine.name).toBe('builtin');
  const verified = await baselineVerify(site.configFile, 'test-1', testContext());
  expect(verified.broken).toEqual([]);
  expect(context.notes.join('\n')).toMatch(/Engine: pom.*\n.*mirror test-stable: to add/s);
});

it('puts files into the pool as POM does: both names one inode, owner and mode', async () => {
  const umask = process.umask(0o077);
  const site = await createPomEngineSite([], { repository: { digests: ['SHA256', 'SHA512'] } });
  try {
    await takeSnapshot(site.configFile);
  } finally {
    process.umask(umask);
  }
  const pool = join(site.directory, 'mirror/.pool');
  for (const { path, sha256 } of site.packages) {
    const sha512 = createHash('sha512')
      .update(await readFile(path))
      .digest('hex');
    const [one, other] = [await stat(join(pool, 'sha256', sha256)), await stat(join(pool, 'sha512', sha512))];
    expect(other.ino).toBe(one.ino);
    expect([one.mode & 0o777, one.uid]).toEqual([0o644, process.getuid?.()]);
    // Two names and the snapshot.
    expect(one.nlink).toBe(3);
  }
  expect(await pom(site.configFile, 'mirror', 'gc', 'test-stable')).toBe('Removed 0 files totalling 0b\n');
});

it('changes nothing on a dry run, and lists what it would change in the config of POM', async () => {
  const site = await createPomEngineSite(['skip: { sections: [games] }']);
  const before = await treeOf(site.directory);

  const planned = await takeSnapshot(site.configFile, { dryRun: true });

  expect(await treeOf(site.directory)).toEqual(before);
  expect(planned).toMatchObject({
    outcome: 'planned',
    engine: 'pom',
    missing: { files: 3 },
    changes: [{ mirror: 'test-stable', state: 'to add' }],
  });
  const made = madeBaseline(await takeSnapshot(site.configFile));
  expect(planned.outcome === 'planned' && planned.digest).toBe(made.digest);
});

it('leaves everything to POM without the pre-fetch', async () => {
  const site = await createPomEngineSite([], { settings: { prefetch: false } });

  const result = await takeSnapshot(site.configFile);

  expect(result).toMatchObject({ outcome: 'made', packages: { files: 4 }, fetched: { files: 4 } });
  const ours = site.server.requests.filter(({ headers }) => headers['user-agent']?.startsWith('pommgr'));
  expect(ours.map(({ path }) => path)).toEqual(['/dists/stable/InRelease']);
});

it('makes nothing where upstream did not change, and another snapshot of the same content when forced', async () => {
  const site = await createPomEngineSite();
  const first = madeBaseline(await takeSnapshot(site.configFile));
  const requests = site.server.requests.length;

  const unchanged = await takeSnapshot(site.configFile);
  const forced = madeBaseline(await takeSnapshot(site.configFile, { force: true }));

  expect(unchanged.outcome).toBe('unchanged');
  expect(forced).toMatchObject({ name: 'test-2', digest: first.digest });
  expect(site.server.requests.slice(requests).filter(({ path }) => path.endsWith('.deb'))).toEqual([]);
  const list = await pom(site.configFile, 'mirror', 'snapshot', 'list', '--output-format', 'json');
  const names = [...first.snapshots, ...forced.snapshots].map(({ snapshot }) => snapshot);
  expect(JSON.parse(list)).toEqual({ 'test-stable': names });
});

it.each([
  ['builtin', 'auto'],
  ['auto', 'builtin'],
])('follows %s by %s in one base directory, with the same digest', async (first, second) => {
  const site = await createOnlineSite([], { architectureAll: 'separate', translation: true });
  await usePom(site.configFile, { engine: 'auto' });
  const use = async (engine: string): Promise<SnapshotResult> => {
    await editConfig(site.configFile, /^engine: .*$/m, `engine: ${engine}\n# ${Math.random()}`);
    return takeSnapshot(site.configFile, { force: true });
  };

  const baselines = [madeBaseline(await use(first)), madeBaseline(await use(second))];

  expect(baselines.map(({ engine }) => engine.name)).toEqual(
    [first, second].map((name) => name.replace('auto', 'pom')),
  );
  expect(baselines[0]?.digest).toBe(baselines[1]?.digest);
  expect(site.server.requests.filter(({ path }) => path.endsWith('.deb'))).toHaveLength(4);
  for (const { name } of baselines) {
    const { broken } = await baselineVerify(site.configFile, name, testContext());
    expect(broken).toEqual([]);
  }
});

it('changes what differs in the config of POM, and leaves alone what it does not know', async () => {
  const site = await createPomEngineSite();
  await takeSnapshot(site.configFile);
  const foreign = [
    '--repository',
    'deb http://127.0.0.1:1 other main',
    '--key-path',
    '/nowhere',
    '--sync',
    'false',
  ];
  const more = [
    '--verify',
    'false',
    '--architectures',
    'riscv64',
    '--base-dir',
    join(site.directory, 'other'),
  ];
  await pom(site.configFile, 'config', 'mirror', 'add', '--id', 'foreign', ...foreign, ...more);
  await pom(site.configFile, 'config', 'mirror', 'update', '--id', 'test-stable', '--verify', 'false');
  await editConfig(
    site.configFile,
    '    components: [main]',
    '    components: [main]\n    skip: { packages: ["-x", "gam*"] }',
  );

  const result = await takeSnapshot(site.configFile);

  expect(result).toMatchObject({ outcome: 'made', packages: { files: 3 } });
  const list = JSON.parse(
    await pom(site.configFile, 'config', 'mirror', 'list', '--output-format', 'json'),
  ) as {
    id: string;
  }[];
  const byId = Object.fromEntries(list.map((mirror) => [mirror.id, mirror]));
  expect(byId['test-stable']).toMatchObject({ 'skip-packages': ['-x', 'gam*'], verify: false, sync: true });
  expect(byId['foreign']).toMatchObject({ architectures: ['riscv64'], sync: false });
});

it('gives POM a keyring that it can read', async () => {
  const site = await createPomEngineSite();
  const other = await createSigningIdentity({ name: 'Other' });
  const both = join(site.directory, 'both.asc');
  const texts = await Promise.all([other, site.signer].map(({ armoredKeyring }) => readFile(armoredKeyring)));
  await writeFile(both, Buffer.concat(texts));
  await editConfig(site.configFile, /keyring: .*/, `keyring: ${both}`);

  const result = await takeSnapshot(site.configFile);

  expect(result.outcome).toBe('made');
  const shown = await pom(
    site.configFile,
    'config',
    'mirror',
    'show',
    '--id',
    'test-stable',
    '--output-format',
    'json',
  );
  expect(JSON.parse(shown)).toMatchObject({
    'key-path': join(site.directory, 'state/keyrings/test-stable.gpg'),
  });
  expect((await loadConfig(site.configFile)).mirrors[0]?.keyring).toBe(both);
});

it('opens a repository by the subscription key that POM has, and tells nobody', async () => {
  const site = await createPomEngineSite(['useSubscription: pve']);
  const [key, serverId] = ['pve2p-0123456789', '0123456789abcdef0123456789ABCDEF'];
  site.server.faults['*'] = { kind: 'login', user: key, password: serverId };
  const info = Buffer.from(JSON.stringify({ status: 'active', key, serverid: serverId })).toString('base64');
  await pom(site.configFile, 'key', 'add', key, serverId, '--refresh', 'false', '--info', info);
  const context = testContext();

  const result = await takeSnapshot(site.configFile, { context });

  expect(result).toMatchObject({ outcome: 'made', packages: { files: 4 }, fetched: { files: 4 } });
  const told = JSON.stringify([result, context.notes, context.warnings]);
  expect(told).not.toMatch(/0123456789/);
  const { stdout } = await run('grep', ['-rl', serverId, site.directory], { accept: [0, 1] });
  expect(stdout.trim().split('\n')).toEqual([join(site.directory, 'pom.cfg')]);
  expect(context.warnings.join()).toContain('unencrypted');
});
