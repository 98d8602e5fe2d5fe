/** Packages that upstream lists and does not have: every way out is named, and each of them works. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packagesFileName } from '../../src/baseline/adapters/baseline-files.ts';
import { baselineShow } from '../../src/baseline/workflows/baseline.ts';
import { baselineVerify } from '../../src/baseline/workflows/baseline-verify.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { snapshot, type SnapshotResult } from '../../src/snapshot/workflows/snapshot.ts';
import type { Fault } from '../support/http-server.ts';
import { createOnlineSite, testContext, type OnlineSite } from '../support/online.ts';
import { buildPackage, buildSource } from '../support/packages.ts';

const old = '/pool/main/a/alpha/alpha_1.0_amd64.deb';
const gamma = '/pool/main/g/gamma/gamma_3.0_amd64.deb';

async function take(site: Pick<OnlineSite, 'configFile'>, context = testContext()): Promise<SnapshotResult> {
  return await snapshot({ configFile: site.configFile, context, force: false, dryRun: false });
}

async function failureOf(site: Pick<OnlineSite, 'configFile'>): Promise<PommgrError> {
  const error = await take(site).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PommgrError)) throw new Error(`expected a PommgrError, found ${String(error)}`);
  return error;
}

async function allowIncomplete({ configFile }: Pick<OnlineSite, 'configFile'>): Promise<void> {
  await writeFile(configFile, `${await readFile(configFile, 'utf8')}allowIncomplete: true\n`);
}

async function listed(site: Pick<OnlineSite, 'configFile'>): Promise<string[]> {
  const { directory } = await baselineShow(site.configFile, 'test-1');
  const text = await readFile(join(directory, packagesFileName), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { filename: string }).filename);
}

const missing: [string, Fault][] = [
  ['404', { kind: 'status', status: 404 }],
  ['403, as S3 says it', { kind: 'status', status: 403 }],
  ['other bytes', { kind: 'wrong-bytes' }],
];

it.each(missing)('are refused together where the server answers %s, with every way out', async (_, fault) => {
  const site = await createOnlineSite();
  site.server.faults[old] = fault;
  site.server.faults[gamma] = fault;

  const { message, hints } = await failureOf(site);

  expect(message).toMatch(/^2 packages could not be fetched as the indices list them:/);
  for (const name of ['alpha 1.0 (amd64)', 'gamma 3.0 (amd64)']) expect(message).toContain(name);
  expect(hints).toEqual([
    expect.stringContaining('again later'),
    expect.stringMatching(/mirror test-stable: skip: \{ packages: \[(?:alpha, gamma|gamma, alpha)\] \}$/),
    expect.stringContaining('allowIncomplete: true'),
  ]);
});

it('that are outdated can be left out by versions: latest, which is named then only', async () => {
  const site = await createOnlineSite();
  site.server.faults[old] = { kind: 'status', status: 404 };
  expect((await failureOf(site)).hints).toContainEqual(expect.stringContaining('versions: latest'));

  for (const lines of [['versions: latest'], ['skip: { packages: [alpha] }']]) {
    expect((await take(await site.another(lines))).outcome).toBe('made');
  }
});

it.each(missing)('are left out of the baseline by allowIncomplete (%s)', async (_, fault) => {
  const site = await createOnlineSite();
  site.server.faults[old] = fault;
  await allowIncomplete(site);

  const result = await take(site);

  expect(result).toMatchObject({
    outcome: 'made',
    packages: { files: 3 },
    baseline: { incomplete: [{ mirror: 'test-stable', kind: 'package', name: old.slice(1) }] },
  });
  expect(await listed(site)).not.toContain(old.slice(1));
  expect((await baselineVerify(site.configFile, 'test-1', testContext())).broken).toEqual([]);
});

it('what stays missing makes no new baseline at each run, and what comes back does', async () => {
  const site = await createOnlineSite();
  site.server.faults[old] = { kind: 'status', status: 404 };
  await allowIncomplete(site);
  expect((await take(site)).outcome).toBe('made');

  const before = await readdir(join(site.directory, 'mirror/test-stable'));
  expect(await take(site)).toMatchObject({ outcome: 'unchanged', baseline: { name: 'test-1' } });
  expect(await readdir(join(site.directory, 'mirror/test-stable'))).toEqual(before);

  site.server.faults[gamma] = { kind: 'status', status: 404 };
  expect((await take(site)).outcome).toBe('unchanged');
  delete site.server.faults[old];
  const complete = await take(site);
  expect(complete).toMatchObject({ outcome: 'made', baseline: { name: 'test-2' }, packages: { files: 4 } });
  expect(complete).not.toHaveProperty('baseline.incomplete');
  expect((await take(site)).outcome).toBe('unchanged');
});

it('with allowIncomplete an index that upstream does not have is left out too', async () => {
  const sources = { main: [await buildSource({ name: 'alpha', version: '1.0' })] };
  const site = await createOnlineSite(['types: [deb, deb-src]'], { sources });
  await allowIncomplete(site);
  for (const ending of ['', '.gz', '.xz'])
    site.server.faults[`/dists/stable/main/source/Sources${ending}`] = { kind: 'status', status: 404 };

  expect(await take(site)).toMatchObject({
    outcome: 'made',
    packages: { files: 4 },
    baseline: { incomplete: [{ mirror: 'test-stable', kind: 'index', name: 'main/source/Sources' }] },
  });
});

it('a failure of the network is no missing package, allowIncomplete or not', async () => {
  const site = await createOnlineSite();
  await allowIncomplete(site);
  site.server.faults[old] = { kind: 'truncate', afterBytes: 5 };

  expect((await failureOf(site)).code).toBe('network.connection');
});

/** The suite with beta listed twice under one file name; the server has the second. */
async function publishTwice(site: OnlineSite): Promise<void> {
  const twin = await buildPackage({
    name: 'beta',
    version: '1:0.9-1',
    architecture: 'all',
    files: { '/usr/share/beta/other': 'other content\n' },
  });
  await site.publish({ components: { main: [...site.packages, twin] } });
}

it('that stand twice under one file name are refused with every way out, or taken as far as they are there', async () => {
  const site = await createOnlineSite();
  await publishTwice(site);

  const { code, message, hints } = await failureOf(site);

  expect(code).toBe('integrity.conflict');
  expect(message).toMatch(/beta_.*as beta 1:0\.9-1 \(all\) with SHA-256 \w{64} and as beta 1:0\.9-1/);
  expect(hints).toEqual([
    expect.stringContaining('skip: { packages: [beta] }'),
    expect.stringContaining('allowIncomplete: true'),
    expect.stringContaining('operator'),
  ]);
  expect((await take(await site.another(['skip: { packages: [beta] }']))).outcome).toBe('made');
  const other = await site.another();
  await allowIncomplete(other);
  expect(await take(other)).toMatchObject({
    outcome: 'made',
    packages: { files: 4 },
    baseline: { incomplete: [{ kind: 'package', name: expect.stringContaining('beta_') as string }] },
  });
  expect((await baselineVerify(other.configFile, 'test-1', testContext())).broken).toEqual([]);
});
