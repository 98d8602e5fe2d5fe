/** A file of the pool that proves wrong is set aside by name, said, and fetched again by the next snapshot. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { baselineShow } from '../../src/baseline/workflows/baseline.ts';
import { baselineVerify } from '../../src/baseline/workflows/baseline-verify.ts';
import { packAsAsked } from '../../src/bundle/workflows/pack-as-asked.ts';
import { lockFile } from '../../src/core/adapters/file-lock.ts';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { poolVerify } from '../../src/mirror/workflows/pool-verify.ts';
import { snapshot, type SnapshotResult } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { flipBit } from '../support/attack.ts';
import { createOnlineSite, testContext, type OnlineSite } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

async function take(site: OnlineSite, second: number, force = false): Promise<SnapshotResult> {
  const context = testContext(`2025-06-02T00:00:0${second}Z`);
  return await snapshot({ configFile: site.configFile, context, force, dryRun: false });
}

const poolPath = (site: OnlineSite, sha256: string): string =>
  join(site.directory, 'mirror/.pool/sha256', sha256);
const keptPath = (site: OnlineSite, path: string): string =>
  join(site.directory, 'mirror/.pommgr/set-aside', basename(path));

/** The pool's name of alpha 2.0. */
async function packageIn(site: OnlineSite): Promise<string> {
  const alpha = site.packages.find(({ fileName }) => fileName.startsWith('alpha_2.0'));
  return poolPath(site, sha256Hex(await readFile(alpha?.path ?? '')));
}

async function pack(site: OnlineSite, context = testContext()): Promise<unknown> {
  const media = [await scratchDirectory()];
  return await packAsAsked({
    mode: 'bundle',
    configFile: site.configFile,
    media,
    context,
    allowLocal: true,
    resume: false,
  });
}

const finders = [
  [
    'pool verify',
    (site: OnlineSite, context: ReturnType<typeof testContext>) => poolVerify(site.configFile, context),
  ],
  [
    'baseline verify',
    (site: OnlineSite, context: ReturnType<typeof testContext>) =>
      baselineVerify(site.configFile, 'test-1', context),
  ],
  ['pack', (site: OnlineSite, context: ReturnType<typeof testContext>) => pack(site, context).catch(String)],
] as const;

it.each(finders)('after %s found it', async (_, find) => {
  const site = await createOnlineSite();
  await createSigningKey(join(site.directory, 'signing-key.pem'));
  await take(site, 0);
  const path = await packageIn(site);
  await flipBit(path, 100);
  expect((await take(site, 1)).outcome).toBe('unchanged');
  const context = testContext();

  await find(site, context);

  expect(context.warnings).toEqual([expect.stringContaining(`${path} is damaged`)]);
  expect(context.warnings[0]).toContain(keptPath(site, path));
  expect([await pathExists(path), await pathExists(keptPath(site, path))]).toEqual([false, true]);

  const again = await take(site, 2);

  expect(again).toMatchObject({ outcome: 'made', fetched: { files: 1 } });
  expect(sha256Hex(await readFile(path))).toBe(basename(path));
  expect((await baselineVerify(site.configFile, 'test-2', testContext())).broken).toEqual([]);
  expect((await baselineShow(site.configFile, 'test-2')).baseline.digest).toBe(
    (await baselineShow(site.configFile, 'test-1')).baseline.digest,
  );
  await pack(site);
  expect((await take(site, 3)).outcome).toBe('unchanged');
});

it.each(['Packages.gz', 'Packages'])('heals a damaged %s that it reads itself', async (name) => {
  const site = await createOnlineSite();
  await take(site, 0);
  const { baseline } = await baselineShow(site.configFile, 'test-1');
  const index = baseline.snapshots[0]?.files.find(({ path }) => path.endsWith(`/${name}`));
  const path = poolPath(site, index?.sha256 ?? '');
  const bytes = await readFile(path);
  await flipBit(path, bytes.length - 3);
  await site.publish({ date: new Date('2025-06-01T12:00:00Z') });

  const context = testContext('2025-06-02T00:00:05Z');
  const result = await snapshot({ configFile: site.configFile, context, force: false, dryRun: false });

  expect(result.outcome).toBe('made');
  expect(await readFile(path)).toEqual(bytes);
  expect((await baselineVerify(site.configFile, 'test-2', testContext())).broken).toEqual([]);
});

it('leaves a pool alone that another run works on, and says so', async () => {
  const site = await createOnlineSite();
  await take(site, 0);
  const path = await packageIn(site);
  await flipBit(path, 100);
  await writeFile(site.configFile, `${await readFile(site.configFile, 'utf8')}pom: { lockWaitSeconds: 0 }\n`);
  const lock = await lockFile(join(site.directory, 'mirror/.pool/.lock'), 'the test');
  const context = testContext();

  const { broken } = await poolVerify(site.configFile, context);
  await lock.release();

  expect(broken).toHaveLength(1);
  expect(context.warnings).toEqual([expect.stringContaining('could not be set aside (Another run')]);
  expect(await pathExists(path)).toBe(true);
});
