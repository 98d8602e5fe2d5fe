import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import Apply from '../../src/commands/apply.ts';
import Status from '../../src/commands/status.ts';
import { onlineStatus } from '../../src/host/workflows/status.ts';
import { createHost, createSite, writeBelow, type Site } from '../support/offline.ts';
import { runCommand } from '../support/run-command.ts';

let site: Site;
let media: string;
let root: string;

beforeAll(async () => {
  site = await createSite();
  media = await site.bring();
  root = await createHost([site.key]);
});

test('apply says what it did, and status what is applied', async () => {
  const before = await runCommand(Status, ['--root', root, '--json']);
  expect(JSON.parse(before.stdout)).toMatchObject({ result: { host: null } });

  const applied = await runCommand(Apply, ['--media', media, '--root', root]);
  expect(applied.exitCode).toBe(0);
  expect(applied.stdout).toMatch(/^Applied test-1: the apt of /);
  expect(applied.stdout).toContain('/etc/apt/sources.list -> /etc/apt/sources.list.pommgr.disabled');
  expect(applied.stdout).toContain('apt-get dist-upgrade would change nothing.');

  const again = await runCommand(Apply, ['--media', media, '--root', root, '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({
    schema: 'pommgr/apply-result/v1',
    result: { outcome: 'unchanged', baseline: { name: 'test-1' } },
    warnings: [],
  });

  const status = await runCommand(Status, ['--root', root, '--config', site.configFile]);
  expect(status).toMatchObject({ exitCode: 0 });
  expect(status.stdout).toMatch(/Last baseline: +test-1/);
  expect(status.stdout).toMatch(/Applied: +test-1/);
});

test('status answers no when the last baseline is older than the config allows', async () => {
  const bounded = join(site.directory, 'bounded.yaml');
  const text = await readFile(site.configFile, 'utf8');
  const created = Date.parse((await onlineStatus(site.configFile, new Date()))?.baseline?.created ?? '');
  const after = (seconds: number) => new Date(created + seconds * 1000);
  await writeFile(bounded, `${text}\nstatus: { maxAgeDays: 3 }\n`);
  const day = 86_400;
  expect(await onlineStatus(bounded, after(3 * day))).toMatchObject({ maxAgeDays: 3, tooOld: false });
  expect(await onlineStatus(bounded, after(3 * day + 1))).toMatchObject({ tooOld: true });
  expect(await onlineStatus(site.configFile, after(1000 * day))).toMatchObject({
    maxAgeDays: null,
    tooOld: false,
  });

  const root = await createHost([site.key]);
  await writeFile(bounded, `${text}\nstateDir: ./none\nstatus: { maxAgeDays: 3 }\n`);
  const none = await runCommand(Status, ['--root', root, '--config', bounded]);
  expect(none.stdout).toContain('Problem: There is no baseline yet: status.maxAgeDays of the config is 3.');
  expect(none.exitCode).toBe(1);
});

test('status answers no while there are sources of others', async () => {
  await writeBelow(root, 'etc/apt/sources.list', 'deb http://192.0.2.9/again bookworm main\n');

  const status = await runCommand(Status, ['--root', root]);

  expect(status.exitCode).toBe(1);
  expect(status.stdout).toContain('  /etc/apt/sources.list');
});

test('a refusal has its exit code and says what to do', async () => {
  const stranger = await createHost([]);

  const refused = await runCommand(Apply, ['--media', media, '--root', stranger, '--json']);

  expect(refused.exitCode).toBe(4);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'trust.no-keys' } });
  const missing = await runCommand(Apply, ['--media', join(media, 'nothing'), '--root', stranger]);
  expect(missing.exitCode).toBe(2);
});
