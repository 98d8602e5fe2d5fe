/** The quick answer of `snapshot`: given where a whole check would give it, and only there. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { run } from '../../src/core/adapters/process.ts';
import { findUnchanged, type LastCheck } from '../../src/snapshot/adapters/last-check.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { createOnlineSite, testContext, type OnlineSite } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';

let site: OnlineSite;
let note: string;

beforeEach(async () => {
  const signer = await createSigningIdentity({ name: 'Upstream' });
  site = await createOnlineSite([], { signers: [signer] });
  await writeFile(
    site.configFile,
    (await readFile(site.configFile, 'utf8')).replace(/keyring: .*/, 'keyring: ./key.gpg'),
  );
  await writeFile(join(site.directory, 'key.gpg'), await readFile(signer.binaryKeyring));
  note = join(site.directory, 'state/last-check.json');
  await take();
});

let takes = 0;

function take() {
  // Snapshots are named by the second.
  takes += 1;
  const timestamp = new Date(Date.now() + takes * 2000);
  const context = { ...testContext(), now: () => new Date(), timestamp: () => timestamp };
  return snapshot({ configFile: site.configFile, context, dryRun: false, force: false });
}

function find(environment: NodeJS.ProcessEnv = {}) {
  return findUnchanged(site.configFile, environment);
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}

async function editNote(change: Partial<LastCheck>): Promise<void> {
  await edit(note, (text) => JSON.stringify({ ...(JSON.parse(text) as LastCheck), ...change }));
}

test('names the baseline after one request for each mirror', async () => {
  const before = site.server.requests.length;
  expect(await find()).toMatchObject({ name: 'test-1' });
  expect(site.server.requests.slice(before).map(({ path }) => path)).toEqual(['/dists/stable/InRelease']);
});

test('is what the program answers with, in the words of a whole check', async () => {
  const program = fileURLToPath(new URL('../../bin/pommgr.js', import.meta.url));
  const environment = { http_proxy: '', https_proxy: '', all_proxy: '', HTTP_PROXY: '', HTTPS_PROXY: '' };
  const args = [program, 'snapshot', '--config', site.configFile, '-q'];
  const quick = await run(process.execPath, args, { env: environment });
  await rm(note);
  const whole = await run(process.execPath, args, { env: environment });
  expect(quick).toEqual(whole);
  expect(quick.stdout).toMatch(/^Upstream did not change since test-1 /);
});

describe('is not given', () => {
  test.each<[string, () => unknown, NodeJS.ProcessEnv?]>([
    [
      'where upstream has something new',
      async () =>
        site.publish({
          components: { main: [...site.packages, await buildPackage({ name: 'new', version: '1' })] },
          date: new Date('2025-06-03T00:00:00Z'),
        }),
    ],
    ['where the server does not answer', () => site.server.close()],
    [
      'where it answers with something else',
      () => Object.assign(site.server.faults, { '/dists/stable/InRelease': { kind: 'status', status: 503 } }),
    ],
    [
      'after a redirect',
      () =>
        Object.assign(site.server.faults, {
          '/dists/stable/InRelease': { kind: 'redirect', to: '/dists/stable/Release' },
        }),
    ],
    ['where the config changed', () => edit(site.configFile, (text) => `${text}\n# x\n`)],
    ['where a keyring changed', () => writeFile(join(site.directory, 'key.gpg'), '')],
    [
      'where the baseline changed',
      () => edit(join(site.directory, 'state/baselines/test-1/baseline.json'), (text) => `${text} `),
    ],
    [
      'where the baseline is gone',
      () => rm(join(site.directory, 'state/baselines/test-1'), { recursive: true }),
    ],
    ['where there is a later one', () => mkdir(join(site.directory, 'state/baselines/test-10'))],
    ['once a judgement by time may be another', () => editNote({ goodUntil: new Date().toISOString() })],
    ['where the clock went back', () => editNote({ checked: new Date(Date.now() + 60_000).toISOString() })],
    ['for what another version noted', () => editNote({ schema: 'pommgr/last-check/v2' as never })],
    ['without a note', () => rm(note)],
    [
      'where a damaged file was set aside',
      () => mkdir(join(site.directory, 'mirror/.pommgr/set-aside/00'), { recursive: true }),
    ],
    ['for a note that is no JSON', () => writeFile(note, 'x')],
    ['through a proxy', () => undefined, { http_proxy: 'http://127.0.0.1:1' }],
  ])('%s', async (_what, change, environment) => {
    await change();
    expect(await find(environment)).toBeUndefined();
  });

  test('after a run that warned, which every later one is to say again', async () => {
    await site.publish({ notAutomatic: true, date: new Date('2025-06-04T00:00:00Z') });
    await take();
    expect(await pathExists(note)).toBe(false);
  });
});

test('holds no longer than a Valid-Until or the expiry of a key', async () => {
  const validUntil = new Date(Date.now() + 3600_000);
  await site.publish({ validUntil, date: new Date('2025-06-05T00:00:00Z') });
  await take();
  const { goodUntil } = JSON.parse(await readFile(note, 'utf8')) as LastCheck;
  expect(Math.abs(Date.parse(goodUntil) - validUntil.getTime())).toBeLessThan(1000);
});
