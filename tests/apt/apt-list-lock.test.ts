/** apt's own lock on its lists: held against a real `apt-get update`, and waited for while one runs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { lockAptLists } from '../../src/apt/adapters/apt-list-lock.ts';
import { openAptRoot, type AptRoot } from '../../src/apt/adapters/apt-root.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { detach } from '../../src/host/workflows/detach.ts';
import { workOnStore } from '../../src/host/workflows/work-on-store.ts';
import { writeJournal } from '../../src/store/adapters/journal.ts';
import { readStoreState, storeAt } from '../../src/store/adapters/store.ts';
import { aptWithoutNetwork, createSite, createHost, writeBelow, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

let site: Site;
let medium: string;
let server: Server;
/** Requests that are not answered yet. */
let waiting: ServerResponse[] = [];
let asked = (): void => {};
let root: string;
let aptRoot: AptRoot;

beforeAll(async () => {
  site = await createSite();
  medium = await site.bring();
  server = createServer((_, response) => {
    waiting.push(response);
    asked();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(async () => {
  waiting = [];
  root = await createHost([site.key]);
  const { port } = server.address() as AddressInfo;
  await writeBelow(root, 'etc/apt/sources.list', `deb http://127.0.0.1:${port}/ stable main\n`);
  await writeBelow(root, 'etc/apt/sources.list.d/vendor.sources', '\n');
  aptRoot = await openAptRoot(root);
});

/** An `apt-get update` of another program, as soon as it waits for the server. */
async function slowUpdate(): Promise<{ process: ChildProcess; ended: Promise<void>; answer(): void }> {
  const configuration = join(await scratchDirectory(), 'apt.conf');
  const lines = [`Dir "${root}/";`, 'APT::Sandbox::User "root";', 'Acquire::Retries "0";'];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  const reached = new Promise<void>((resolve) => (asked = resolve));
  const process = spawn('apt-get', ['update'], {
    env: { ...globalThis.process.env, APT_CONFIG: configuration, http_proxy: '' },
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => process.once('close', () => resolve()));
  await reached;
  const answer = (): void => {
    asked = () => {
      for (const response of waiting.splice(0)) response.writeHead(404).end();
    };
    asked();
  };
  return { process, ended, answer };
}

test('who holds it is said, and it is waited for only so long', async () => {
  const update = await slowUpdate();
  const context = testContext();
  await expect(lockAptLists(aptRoot, { context, waitSeconds: 1 })).rejects.toMatchObject({
    code: 'state.apt-locked',
    message: `apt-get update (process ${update.process.pid}) holds ${root}/var/lib/apt/lists/lock, also after 1 seconds.`,
  });
  update.answer();
  await update.ended;
  const lock = await lockAptLists(aptRoot, { context, waitSeconds: 1 });
  await lock.release();
});

test('no other apt can take it, until it is released', async () => {
  const lock = await lockAptLists(aptRoot, { context: testContext() });
  const update = () => aptWithoutNetwork(root, ['apt-get', 'update'], [0, 100]);
  expect(await update()).toMatch(/Could not get lock .*lists\/lock\. It is held by process \d+ \(perl\)/);
  await lock.release();
  expect(await update()).not.toContain('Could not get lock');
});

test('an update that began before apply does not take away the lists of the baseline', async () => {
  const update = await slowUpdate();
  const context = testContext();
  const waited = new Promise<void>((resolve) => {
    const { progress } = context;
    const { note } = progress;
    progress.note = (text) => {
      note(text);
      if (text.startsWith('Waiting for apt-get update')) resolve();
    };
  });
  const applying = apply({ media: medium, root, context });
  await Promise.race([waited, applying]);
  update.answer();
  await update.ended;
  expect(await applying).toMatchObject({ outcome: 'applied' });
  expect((await hostStatus({ root }))?.problems).toEqual([]);
  const { checks } = await doctor({ root, deep: false, repair: false, context });
  expect(checks.flatMap(({ problems }) => problems)).toEqual([]);
});

test('detach, and the next run after an interrupted one, wait for it before they remove lists', async () => {
  const context = testContext();
  await apply({ media: medium, root, context });
  const store = storeAt(join(root, 'var/lib/pommgr'));
  const { applied } = await readStoreState(store);
  const whileLocked = async (work: () => Promise<unknown>): Promise<string[]> => {
    const lock = await lockAptLists(aptRoot, { context: testContext() });
    const before = context.notes.length;
    const working = work();
    const ended = vi.waitFor(
      () => expect(context.notes.slice(before).join()).toContain('Waiting for perl'),
      5000,
    );
    await Promise.race([ended, working]);
    await lock.release();
    await working;
    return context.notes.slice(before);
  };
  const operation = { kind: 'detach' as const, applied, setAside: [], kept: [], purge: false };
  await writeJournal(store, { schema: 'pommgr/journal/v1', started: '2025-06-02T00:00:00Z', operation });
  const noted = await whileLocked(() => workOnStore({ root, context }, () => Promise.resolve()));
  expect(noted.join()).toMatch(
    /Waiting for perl.*The detach from test-1 had been interrupted; it was undone/s,
  );
  expect((await whileLocked(() => detach({ root, purge: false, context }))).join()).toContain('Waiting for');
  const lists = await readdir(join(root, 'var/lib/apt/lists'));
  expect(lists.filter((name) => name.includes('baselines'))).toEqual([]);
});
