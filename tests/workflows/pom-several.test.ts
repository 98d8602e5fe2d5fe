/** Several mirrors in one run of the pom engine, an interruption while POM works, and hosts with what POM left out. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { lockFile } from '../../src/core/adapters/file-lock.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { aptWithoutNetwork, createHost } from '../support/offline.ts';
import { createOnlineSite, testContext, type OnlineSite } from '../support/online.ts';
import { createPomEngineSite, pom, takeSnapshot, usePom } from '../support/pom-engine-site.ts';
import { scratchDirectory } from '../support/scratch.ts';

const gamma = '/pool/main/g/gamma/gamma_3.0_amd64.deb';

/** A site with the mirrors `test-stable` and `other-stable`, each behind a server of its own. */
async function createTwoMirrorSite(): Promise<{ site: OnlineSite; other: OnlineSite }> {
  const [site, other] = [
    await createPomEngineSite(),
    await createOnlineSite(['skip: { sections: [games] }']),
  ];
  const theirs = (await readFile(other.configFile, 'utf8')).replaceAll('test-stable', 'other-stable');
  const entry = theirs.slice(theirs.indexOf('  - id:'), theirs.indexOf('targets:'));
  const text = (await readFile(site.configFile, 'utf8'))
    .replace('targets:', `${entry}targets:`)
    .replace('mirrors: [test-stable]', 'mirrors: [test-stable, other-stable]');
  await writeFile(site.configFile, text);
  return { site, other };
}

async function failure(work: Promise<unknown>): Promise<PommgrError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PommgrError) return error;
  throw new Error('expected a PommgrError', { cause: error });
}

async function snapshotsOf(site: OnlineSite, mirror: string): Promise<string[]> {
  const list = await pom(site.configFile, 'mirror', 'snapshot', 'list', mirror, '--output-format', 'json');
  return (JSON.parse(list) as Record<string, string[]>)[mirror] ?? [];
}

it('makes a snapshot of each mirror, and one baseline of them as the builtin engine would', async () => {
  const { site } = await createTwoMirrorSite();

  const made = await takeSnapshot(site.configFile);

  expect(made).toMatchObject({
    outcome: 'made',
    mirrors: [
      { id: 'other-stable', packages: 3 },
      { id: 'test-stable', packages: 4 },
    ],
  });
  for (const mirror of ['other-stable', 'test-stable']) {
    expect(await snapshotsOf(site, mirror)).toHaveLength(1);
  }
  const builtin = join(await scratchDirectory(), 'pommgr.yaml');
  const text = await readFile(site.configFile, 'utf8');
  await writeFile(builtin, text.replace('engine: pom', 'engine: builtin'));
  const digestOf = (result: unknown): unknown => (result as { baseline: { digest: string } }).baseline.digest;
  expect(digestOf(await takeSnapshot(builtin))).toBe(digestOf(made));
});

it('leaves no snapshot of the first mirror where that of the second fails', async () => {
  const { site, other } = await createTwoMirrorSite();
  await usePom(site.configFile, { settings: { prefetch: false } });
  // other-stable comes first.
  site.server.faults[gamma] = { kind: 'status', status: 404 };

  const error = await failure(takeSnapshot(site.configFile));

  expect(error.exitCode).toBe(7);
  expect(error.message).toContain('gamma_3.0_amd64.deb');
  expect(other.server.requests.length).toBeGreaterThan(0);
  expect(await snapshotsOf(site, 'other-stable')).toEqual([]);
  expect(await readdir(join(site.directory, 'state/baselines'))).toEqual([]);
  delete site.server.faults[gamma];
  expect(await takeSnapshot(site.configFile)).toMatchObject({
    outcome: 'made',
    baseline: { name: 'test-1' },
  });
});

it('ends POM when it is interrupted, and the next run goes on', async () => {
  const site = await createPomEngineSite([], { settings: { prefetch: false } });
  const interruption = new AbortController();
  const context = { ...testContext(), signal: interruption.signal };
  site.server.faults[gamma] = { kind: 'stall', afterBytes: 10 };

  const running = failure(snapshot({ configFile: site.configFile, context, force: false, dryRun: false }));
  await vi.waitFor(() => expect(site.server.requests.map(({ path }) => path)).toContain(gamma), {
    timeout: 30_000,
    interval: 20,
  });
  interruption.abort();

  expect(await running).toMatchObject({ code: 'interrupted.signal', exitCode: 130 });
  const lock = await lockFile(join(site.directory, 'mirror/.pool/.lock'), 'the pool');
  await lock.release();
  expect(await readdir(join(site.directory, 'state/baselines'))).toEqual([]);
  delete site.server.faults[gamma];
  expect(await takeSnapshot(site.configFile)).toMatchObject({
    outcome: 'made',
    baseline: { name: 'test-1' },
  });
});

it('lets a host apply a baseline that lacks a package, which apt then does not see', async () => {
  const site = await createPomEngineSite([], { lines: ['allowIncomplete: true'] });
  site.server.faults[gamma] = { kind: 'wrong-bytes' };
  const key = await createSigningKey(join(site.directory, 'signing-key.pem'));
  await takeSnapshot(site.configFile);
  const media = await scratchDirectory();
  await pack({ configFile: site.configFile, media, context: testContext() });
  const root = await createHost([key]);

  const report = await apply({ media, root, context: testContext() });

  expect(report).toMatchObject({ outcome: 'applied', baseline: { name: 'test-1' } });
  const policy = await aptWithoutNetwork(root, ['apt-cache', 'policy', 'alpha', 'gamma']);
  expect(policy).toMatch(/^alpha:\n.*\n {2}Candidate: 2\.0$/m);
  expect(policy).toMatch(/^gamma:\n.*\n {2}Candidate: \(none\)$/m);
});
