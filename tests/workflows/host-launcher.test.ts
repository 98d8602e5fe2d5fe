import { mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { detach } from '../../src/host/workflows/detach.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { trustKeyOnHost } from '../../src/trust/workflows/signing-key.ts';
import { createHost, createSite, writeBelow, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const launcher = '/usr/local/sbin/pommgr-media';
const copies = '/var/lib/pommgr/runtime';
let site: Site;
let media: string;
let publicKeyFile: string;
let text: string;
let root: string;

beforeAll(async () => {
  site = await createSite();
  media = await site.bring();
  publicKeyFile = join(site.directory, 'signing-key.pub.pem');
  await writeFile(publicKeyFile, site.key.pem);
  text = await readFile('templates/launcher.sh', 'utf8');
});

beforeEach(async () => {
  root = await createHost([site.key]);
  await mkdir(join(root, 'usr/local/sbin'), { recursive: true });
});

const applyHere = (storeOnly = false) => {
  const context = testContext();
  return apply({ media, root, storeOnly, context }).then(() => context.notes.join('\n'));
};
const trustHere = (withLauncher = true) => trustKeyOnHost(publicKeyFile, { root, withLauncher });

async function launcherProblems(): Promise<string[]> {
  const { checks } = await doctor({ root, deep: false, repair: false, context: testContext() });
  return checks.flatMap(({ name, problems }) =>
    name === 'launcher' ? problems.map(({ what }) => what) : [],
  );
}

async function expectInstalled(): Promise<void> {
  expect(await readFile(join(root, launcher), 'utf8')).toBe(text);
  expect((await stat(join(root, launcher))).mode & 0o7777).toBe(0o755);
  expect(await readdir(join(root, 'usr/local/sbin'))).toEqual(['pommgr-media']);
}

describe('the launcher on a host', () => {
  it('is installed by the first apply, and left alone by the next', async () => {
    expect(await applyHere()).toContain(`Installed ${launcher}`);
    await expectInstalled();
    const { ino } = await stat(join(root, launcher));
    expect(await applyHere()).not.toContain(launcher);
    expect((await stat(join(root, launcher))).ino).toBe(ino);
    expect(await launcherProblems()).toEqual([]);
  });

  it('is installed by an import, but not by a dry run', async () => {
    await apply({ media, root, dryRun: true, context: testContext() });
    expect(await readdir(join(root, 'usr/local/sbin'))).toEqual([]);
    await applyHere(true);
    await expectInstalled();
  });

  it('is installed by trusting a key, unless that is not wanted', async () => {
    expect(await trustHere(false)).toMatchObject({ launcher: null });
    expect(await readdir(join(root, 'usr/local/sbin'))).toEqual([]);
    expect(await trustHere()).toMatchObject({ launcher });
    await expectInstalled();
    expect(await trustHere()).toMatchObject({ outcome: 'unchanged', launcher: null });
  });

  it('is not brought to where there is no place for it', async () => {
    const elsewhere = await scratchDirectory();
    const report = await trustKeyOnHost(publicKeyFile, { root: elsewhere, withLauncher: true });
    expect(report).toMatchObject({ outcome: 'trusted', launcher: null });
    expect(await readdir(elsewhere)).toEqual(['etc']);
  });

  it('is renewed where it is of another version, with what a killed run left', async () => {
    await writeFile(join(root, launcher), `${text}# of another version\n`);
    await writeFile(join(root, 'usr/local/sbin/.pommgr-media.0123456789ab.tmp'), 'half');
    expect(await applyHere()).toContain(`Installed ${launcher}`);
    await expectInstalled();
  });

  it('takes no place of a file of somebody else, which doctor names', async () => {
    for (const put of [
      () => writeFile(join(root, launcher), '#!/bin/sh\necho mine\n'),
      () => symlink('/bin/true', join(root, launcher)),
      () => mkdir(join(root, launcher)),
    ]) {
      await rm(join(root, launcher), { recursive: true, force: true });
      await put();
      const before = await treeOf(join(root, 'usr'));
      expect(await applyHere()).not.toContain(launcher);
      expect(await treeOf(join(root, 'usr'))).toEqual(before);
      expect(await launcherProblems()).toEqual([`${launcher} is not pommgr's launcher.`]);
    }
  });

  it('is looked at by doctor', async () => {
    await applyHere();
    await writeFile(join(root, launcher), text.replace('check_signatures "$1" || return 1', ':'));
    expect(await launcherProblems()).toEqual([
      expect.stringContaining('another version, or changed') as unknown,
    ]);
  });

  it('goes with its copies on a purge, which lists both', async () => {
    await applyHere();
    await writeBelow(root, join(copies, 'a'.repeat(64), 'PURPOSE'), 'pommgr-signed/v1 runtime 1.0.0\n');
    const options = { root, context: testContext() };
    const removed = [launcher, copies];
    expect(await detach({ ...options, purge: true, dryRun: true })).toMatchObject({ removed });
    await expectInstalled();
    expect(await detach({ ...options, purge: false })).toMatchObject({ removed: [] });
    await expectInstalled();
    expect(await detach({ ...options, purge: true })).toMatchObject({ removed, purged: true });
    expect(await readdir(join(root, 'usr/local/sbin'))).toEqual([]);
    expect(await readdir(join(root, 'var/lib'))).not.toContain('pommgr');
  });

  it('is left by a purge where it is of somebody else', async () => {
    await writeFile(join(root, launcher), 'mine');
    await applyHere();
    const report = await detach({ root, purge: true, context: testContext() });
    expect(report).toMatchObject({ removed: [], purged: true });
    expect(await readFile(join(root, launcher), 'utf8')).toBe('mine');
  });
});
