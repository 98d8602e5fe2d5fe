import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readBaseline } from '../../src/baseline/adapters/baseline-files.ts';
import { run } from '../../src/core/adapters/process.ts';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { snapshot, type SnapshotResult } from '../../src/snapshot/workflows/snapshot.ts';
import { baselineDiff, baselineShow } from '../../src/baseline/workflows/baseline.ts';
import { baselineVerify } from '../../src/baseline/workflows/baseline-verify.ts';
import { createOnlineSite, testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { treeOf } from '../support/tree.ts';

function take(
  configFile: string,
  options: { force?: boolean; dryRun?: boolean; time?: string } = {},
): Promise<SnapshotResult> {
  const { force = false, dryRun = false, time } = options;
  return snapshot({ configFile, context: testContext(time), force, dryRun });
}

/** The files of a mirror's snapshot, relative to it. */
async function snapshotFiles(directory: string, name = '2025-06-02T00:00:00Z'): Promise<string[]> {
  const lines = await treeOf(join(directory, 'mirror/test-stable', name));
  return lines.filter((line) => line.startsWith('f ')).map((line) => line.split(' ')[2] ?? '');
}

it('makes a baseline whose digest anyone can check with jq and sha256sum', async () => {
  const site = await createOnlineSite();

  const result = await take(site.configFile);

  expect(result).toMatchObject({ outcome: 'made', packages: { files: 4 }, fetched: { files: 4 } });
  const baseline = await readBaseline(join(site.directory, 'state'), 'test-1');
  const content = join(site.directory, 'content.json');
  const file = join(site.directory, 'state/baselines/test-1/baseline.json');
  const script =
    'node -e "const sort = (v) => Array.isArray(v) ? v.map(sort) : v && typeof v === \'object\' ? Object.fromEntries(Object.keys(v).sort().map((k) => [k, sort(v[k])])) : v; console.log(JSON.stringify(sort(JSON.parse(require(\'fs\').readFileSync(process.argv[1])).content)))" "$1" > "$2" && sha256sum "$2"';
  const { stdout } = await run('sh', ['-c', script, 'sh', file, content]);
  expect(stdout.split(' ')[0]).toBe(baseline.digest);
});

it("lays the snapshot out as POM does, hard-linked into the pool, with upstream's bytes", async () => {
  const site = await createOnlineSite();

  await take(site.configFile);

  const files = await snapshotFiles(site.directory);
  expect(files).toEqual([
    'dists/stable/InRelease',
    'dists/stable/main/binary-amd64/Packages',
    'dists/stable/main/binary-amd64/Packages.gz',
    'pool/main/a/alpha/alpha_1.0_amd64.deb',
    'pool/main/a/alpha/alpha_2.0_amd64.deb',
    'pool/main/b/beta/beta_0.9-1_all.deb',
    'pool/main/g/gamma/gamma_3.0_amd64.deb',
  ]);
  for (const file of files) {
    const path = join(site.directory, 'mirror/test-stable/2025-06-02T00:00:00Z', file);
    expect((await stat(path)).nlink, file).toBeGreaterThan(1);
  }
  expect(await readdir(join(site.directory, 'mirror/.pommgr/partial'))).toEqual([]);
});

it('says that upstream did not change, and makes another baseline only when forced', async () => {
  const site = await createOnlineSite();
  await take(site.configFile);

  const unchanged = await take(site.configFile, { time: '2025-06-03T00:00:00Z' });
  const forced = await take(site.configFile, { time: '2025-06-03T00:00:00Z', force: true });

  expect(unchanged).toMatchObject({ outcome: 'unchanged', baseline: { name: 'test-1' } });
  expect(forced).toMatchObject({ outcome: 'made', baseline: { name: 'test-2' }, fetched: { files: 0 } });
  const names = { from: 'test-1', to: 'test-2' };
  expect(await baselineDiff(site.configFile, names)).toMatchObject({
    same: true,
    mirrors: [{ changes: [] }],
  });
});

it('takes the next second where a snapshot of this one is there', async () => {
  const site = await createOnlineSite();
  await snapshot({ configFile: site.configFile, context: testContext(), force: true, dryRun: false });
  const second = { configFile: site.configFile, context: testContext(), force: true, dryRun: false };
  expect(await snapshot(second)).toMatchObject({
    outcome: 'made',
    baseline: {
      name: 'test-2',
      created: '2025-06-02T00:00:01Z',
      snapshots: [{ snapshot: '2025-06-02T00:00:01Z' }],
    },
  });
  expect(await readdir(join(site.directory, 'mirror/test-stable'))).toEqual([
    '2025-06-02T00:00:00Z',
    '2025-06-02T00:00:01Z',
  ]);
});

it('removes the snapshot of a run that was killed before its baseline was written, and no other', async () => {
  const site = await createOnlineSite();
  await take(site.configFile);
  const baselines = join(site.directory, 'state/baselines');
  const snapshots = join(site.directory, 'mirror/test-stable');
  await rm(join(baselines, 'test-1'), { recursive: true });
  await writeFile(join(baselines, '.begun'), '2025-06-02T00:00:00Z\n');
  await mkdir(join(snapshots, '2025-06-01T00:00:00Z'));

  await take(site.configFile, { time: '2025-06-03T00:00:00Z' });

  const names = (await readdir(snapshots)).filter((name) => name.startsWith('2025')).toSorted();
  expect(names).toEqual(['2025-06-01T00:00:00Z', '2025-06-03T00:00:00Z']);
  expect(await readdir(baselines)).not.toContain('.begun');
});

it('fetches only what is new and tells what changed', async () => {
  const site = await createOnlineSite();
  await take(site.configFile);
  const alpha = await buildPackage({ name: 'alpha', version: '10.0' });
  await site.publish({
    components: { main: [alpha, ...site.packages.slice(2)] },
    date: new Date('2025-06-02T12:00:00Z'),
  });

  const result = await take(site.configFile, { time: '2025-06-03T00:00:00Z' });

  expect(result).toMatchObject({ outcome: 'made', fetched: { files: 1 }, packages: { files: 3 } });
  const diff = await baselineDiff(site.configFile, { from: 'test-1', to: 'test-2' });
  expect(diff.mirrors).toEqual([
    {
      mirror: 'test-stable',
      changes: [{ name: 'alpha', architecture: 'amd64', change: 'upgraded', from: '2.0', to: '10.0' }],
    },
  ]);
});

it('changes nothing at all on a dry run, and foretells the digest', async () => {
  const site = await createOnlineSite();
  const before = await treeOf(site.directory);

  const planned = await take(site.configFile, { dryRun: true });

  expect(await treeOf(site.directory)).toEqual(before);
  expect(planned).toMatchObject({
    outcome: 'planned',
    missing: { files: 4 },
    mirrors: [{ id: 'test-stable', packages: 4 }],
  });
  const made = await take(site.configFile);
  if (planned.outcome !== 'planned' || made.outcome !== 'made') throw new Error('wrong outcome');
  expect(planned.digest).toBe(made.baseline.digest);
});

it.each([
  { lines: ['skip: { sections: [games] }'], left: ['alpha 1.0', 'alpha 2.0', 'beta 1:0.9-1'] },
  { lines: ['skip: { packages: ["al*"] }'], left: ['beta 1:0.9-1', 'gamma 3.0'] },
  { lines: ['include: { packages: [alpha] }'], left: ['alpha 1.0', 'alpha 2.0'] },
  { lines: ['versions: latest'], left: ['alpha 2.0', 'beta 1:0.9-1', 'gamma 3.0'] },
])('takes what $lines leaves', async ({ lines, left }) => {
  const site = await createOnlineSite(lines);

  await take(site.configFile);

  const list = await readFile(join(site.directory, 'state/baselines/test-1/packages.jsonl'), 'utf8');
  const entries = list
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; version: string });
  expect(entries.map(({ name, version }) => `${name} ${version}`)).toEqual(left);
});

it('mirrors source packages, translations and a separate index of architecture all', async () => {
  const site = await createOnlineSite([], {
    architectureAll: 'separate',
    translation: true,
    acquireByHash: true,
  });

  await take(site.configFile);

  expect(await snapshotFiles(site.directory)).toEqual(
    expect.arrayContaining([
      'dists/stable/main/binary-all/Packages.gz',
      'dists/stable/main/i18n/Translation-en.gz',
      'pool/main/b/beta/beta_0.9-1_all.deb',
    ]),
  );
  expect(site.server.requests.some(({ path }) => path.includes('/by-hash/SHA256/'))).toBe(true);
  const shown = await baselineShow(site.configFile);
  expect(shown.baseline.content.mirrors[0]?.indices.map(({ path }) => path)).toEqual([
    'main/binary-all/Packages',
    'main/binary-amd64/Packages',
  ]);
});

it('falls back to plain names where a by-hash file is missing', async () => {
  const site = await createOnlineSite([], { acquireByHash: true });
  const { server } = site;
  await take((await site.another()).configFile);
  const byHash = server.requests.map(({ path }) => path).find((path) => path.includes('/by-hash/')) ?? '';
  server.faults[byHash] = { kind: 'status', status: 404 };

  const result = await take(site.configFile);

  expect(result.outcome).toBe('made');
});

it('verifies what lies on disk, and names the file that changed or went', async () => {
  const site = await createOnlineSite();
  await take(site.configFile);
  expect((await baselineVerify(site.configFile, 'test-1', testContext())).broken).toEqual([]);
  const snapshotDirectory = join(site.directory, 'mirror/test-stable/2025-06-02T00:00:00Z');
  const changed = join(snapshotDirectory, 'pool/main/a/alpha/alpha_1.0_amd64.deb');
  const gone = join(snapshotDirectory, 'dists/stable/InRelease');
  await run('sh', [
    '-c',
    'printf X | dd of="$1" bs=1 seek=100 conv=notrunc status=none && rm "$2"',
    'sh',
    changed,
    gone,
  ]);

  const { broken } = await baselineVerify(site.configFile, 'test-1', testContext());

  expect(broken.map(({ path, found }) => [path, found === null])).toEqual([
    [gone, true],
    [changed, false],
  ]);
});

it('finds a package list that was changed together with baseline.json', async () => {
  const site = await createOnlineSite();
  await take(site.configFile);
  const directory = join(site.directory, 'state/baselines/test-1');
  const list = (await readFile(join(directory, 'packages.jsonl'), 'utf8')).replace(/^.*"gamma".*\n/m, '');
  await writeFile(join(directory, 'packages.jsonl'), list);
  const baseline = JSON.parse(await readFile(join(directory, 'baseline.json'), 'utf8')) as object;
  const packages = { sizeBytes: Buffer.byteLength(list), sha256: sha256Hex(list) };
  await writeFile(join(directory, 'baseline.json'), canonicalJson({ ...baseline, packages }));

  const verification = baselineVerify(site.configFile, 'test-1', testContext());

  await expect(verification).rejects.toMatchObject({ code: 'integrity.packages', exitCode: 5 });
});

it('continues the numbers of its track, from state and baselines alike', async () => {
  const site = await createOnlineSite();
  await take(site.configFile);
  await run('rm', ['-r', join(site.directory, 'state/baselines/test-1')]);

  const result = await take(site.configFile, { time: '2025-06-03T00:00:00Z' });

  expect(result).toMatchObject({ outcome: 'made', baseline: { name: 'test-2' } });
});
