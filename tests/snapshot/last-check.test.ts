/** The quick answer of `snapshot`: given where a whole check would give it, and only there. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { run } from '../../src/core/adapters/process.ts';
import { findUnchanged, type LastCheck } from '../../src/snapshot/adapters/last-check.ts';
import { snapshotAndRetain } from '../../src/snapshot/workflows/snapshot-and-retain.ts';
import { toolVersion } from '../../src/core/adapters/tool-version.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { createOnlineSite, testContext, type OnlineSite } from '../support/online.ts';
import { startForwardProxy } from '../support/http-proxy.ts';
import { buildPackage } from '../support/packages.ts';
import { createRepository } from '../support/repository.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createThinSite } from '../support/thin-site.ts';

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
  return snapshotAndRetain({ configFile: site.configFile, context, dryRun: false, force: false });
}

async function find(environment: NodeJS.ProcessEnv = {}) {
  return (await findUnchanged(site.configFile, { environment, tool: toolVersion() }))?.baseline;
}

async function addToConfig(lines: string): Promise<void> {
  await edit(site.configFile, (text) => `${text}${lines}\n`);
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

test('is the document of a whole check with --json', async () => {
  await addToConfig('retention: { keep: 1 }');
  await take();
  const program = fileURLToPath(new URL('../../bin/pommgr.js', import.meta.url));
  const environment = { http_proxy: '', https_proxy: '', all_proxy: '', HTTP_PROXY: '', HTTPS_PROXY: '' };
  const ask = async (): Promise<unknown> => {
    const args = [program, 'snapshot', '--config', site.configFile, '--json', '-q'];
    return JSON.parse((await run(process.execPath, args, { env: environment })).stdout);
  };
  const quick = await ask();
  await rm(note);
  expect(quick).toEqual(await ask());
  expect(quick).toMatchObject({ result: { outcome: 'unchanged', baseline: { name: 'test-1' } } });
});

describe('is given too', () => {
  test('with a login, until its file changes or the server refuses it', async () => {
    const login = join(site.directory, 'login');
    await writeFile(login, `machine ${site.server.url} login u password secret-one\n`, { mode: 0o600 });
    await edit(site.configFile, (text) => text.replace('    suite: stable\n', '$&    authFile: ./login\n'));
    site.server.faults['*'] = { kind: 'login', user: 'u', password: 'secret-one' };
    await take();
    expect(await find()).toMatchObject({ name: 'test-1' });
    expect(await readFile(note, 'utf8')).not.toMatch(/secret/);

    site.server.faults['*'] = { kind: 'login', user: 'u', password: 'another' };
    expect(await find()).toBeUndefined();
    site.server.faults['*'] = { kind: 'login', user: 'u', password: 'secret-one' };
    await chmod(login, 0o644);
    expect(await find()).toBeUndefined();
  });

  test('with a detached signature, until there is an inline one', async () => {
    const date = new Date('2025-06-03T00:00:00Z');
    await site.publish({ releaseForms: ['Release.gpg'], date });
    await take();
    expect(await find()).toMatchObject({ name: 'test-2' });
    const asked = site.server.requests.slice(-3).map(({ path }) => path.split('/').at(-1));
    expect(new Set(asked)).toEqual(new Set(['InRelease', 'Release', 'Release.gpg']));
    await site.publish({ date });
    expect(await find()).toBeUndefined();
  });

  test('through a proxy, as long as it answers', async () => {
    const proxy = await startForwardProxy(site.server.url);
    const environment = { http_proxy: proxy.url.replace('http://', 'http://u:p@') };
    expect(await find(environment)).toMatchObject({ name: 'test-1' });
    expect(proxy.requests).toEqual([`${site.server.url}/dists/stable/InRelease`]);
    expect(proxy.logins).toEqual([`Basic ${Buffer.from('u:p').toString('base64')}`]);
    await proxy.close();
    expect(await find(environment)).toBeUndefined();
  });

  test('with a closure, until a host lock changes or comes', async () => {
    const thin = await createThinSite({ hosts: ['./*.lock.json'] });
    await thin.addLock('mail', [{ name: 'base', version: '1.0' }]);
    site = thin;
    note = join(site.directory, 'state/last-check.json');
    await take();
    expect(await find()).toMatchObject({ name: 'test-1' });
    await thin.addLock('web', [{ name: 'base', version: '1.1' }]);
    expect(await find()).toBeUndefined();
    await rm(join(site.directory, 'web.lock.json'));
    expect(await find()).toMatchObject({ name: 'test-1' });
    await edit(join(site.directory, 'mail.lock.json'), (text) => text.replace('"1.0"', '"1.1"'));
    expect(await find()).toBeUndefined();
  });

  test('with retention, while there is nothing to remove', async () => {
    await addToConfig('retention: { keep: 1 }');
    await take();
    expect(await find()).toMatchObject({ name: 'test-1' });
    await mkdir(join(site.directory, 'state/baselines/test-0'));
    expect(await find()).toBeUndefined();
  });

  test('for a repository on this machine', async () => {
    const upstream = await scratchDirectory();
    const signer = await createSigningIdentity({ name: 'Local' });
    await createRepository({ directory: upstream, components: { main: site.packages }, signers: [signer] });
    await edit(site.configFile, (text) => text.replace(/uri: .*/, `uri: file://${upstream}`));
    await writeFile(join(site.directory, 'key.gpg'), await readFile(signer.binaryKeyring));
    await take();
    expect(await find()).toBeDefined();
    await edit(join(upstream, 'dists/stable/InRelease'), (text) => `${text}\n`);
    expect(await find()).toBeUndefined();
  });
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
    ['for what another version noted', () => editNote({ tool: '0.0.1' })],
    ['for a note of another form', () => editNote({ schema: 'pommgr/last-check/v1' as never })],
    ['where a host reported', () => mkdir(join(site.directory, 'state/receipts'), { recursive: true })],
    [
      'where an engine is gone that was there',
      () =>
        editNote({ program: { name: 'proxmox-offline-mirror', path: '/usr/bin/proxmox-offline-mirror' } }),
      { PATH: '/nonexistent' },
    ],
    ['without a note', () => rm(note)],
    [
      'where a damaged file was set aside',
      () => mkdir(join(site.directory, 'mirror/.pommgr/set-aside/00'), { recursive: true }),
    ],
    ['for a note that is no JSON', () => writeFile(note, 'x')],
    ['through a proxy that does not answer', () => undefined, { http_proxy: 'http://127.0.0.1:1' }],
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
