import { link, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import PoolGc from '../../src/commands/pool/gc.ts';
import PoolVerify from '../../src/commands/pool/verify.ts';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { withLock } from '../../src/core/adapters/file-lock.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { poolGc } from '../../src/mirror/workflows/pool-gc.ts';
import { poolVerify } from '../../src/mirror/workflows/pool-verify.ts';
import { baselineVerify } from '../../src/baseline/workflows/baseline-verify.ts';
import { testContext } from '../support/online.ts';
import { createPomSite, type PomSite } from '../support/pom-site.ts';
import { runCommand } from '../support/run-command.ts';
import { flipBit } from '../support/attack.ts';
import { treeOf } from '../support/tree.ts';

let first: PomSite;
let site: PomSite;

beforeAll(async () => {
  first = await createPomSite(['pom: { lockWaitSeconds: 0 }']);
  const context = testContext('2025-06-02T00:00:00Z');
  await snapshot({ configFile: first.configFile, context, force: true, dryRun: false });
});

beforeEach(async () => {
  site = await first.copy();
});

function pool(...parts: string[]): string {
  return join(site.baseDir, '.pool', ...parts);
}

/** Adds a pool file under both of its names. */
async function addToPool(text: string): Promise<string> {
  const digest = (algorithm: string): string => createHash(algorithm).update(text).digest('hex');
  const path = pool('sha256', digest('sha256'));
  await writeFile(path, text);
  await link(path, pool('sha512', digest('sha512')));
  return path;
}

function collect(options: { dryRun?: boolean; time?: string } = {}) {
  const { dryRun = false, time = '2025-06-03T00:00:00Z' } = options;
  return poolGc({ configFile: site.configFile, dryRun, context: testContext(time) });
}

async function treeWithoutLocks(): Promise<string[]> {
  return (await treeOf(site.baseDir)).filter((line) => !line.includes('/.lock'));
}

describe('pool gc', () => {
  it('finds nothing in a sound base-dir', async () => {
    const before = await treeWithoutLocks();
    expect(await collect()).toMatchObject({
      outcome: 'removed',
      unlinked: { files: 0 },
      unfinishedSnapshots: [],
      partial: { files: 0 },
      strangers: [],
    });
    expect(await treeWithoutLocks()).toEqual(before);
  });

  it('removes what nothing links, what killed runs left, and old downloads; first it only says so', async () => {
    const before = await treeWithoutLocks();
    await addToPool('nobody links me');
    const unfinished = join(site.baseDir, 'test-stable', '2025-06-01T00:00:00Z.tmp');
    await mkdir(join(unfinished, 'pool'), { recursive: true });
    await link(await addToPool('only an unfinished snapshot links me'), join(unfinished, 'pool/file'));
    const temporary = pool('sha512', `${'0'.repeat(128)}.tmp_w0C2Ex`);
    await writeFile(temporary, 'cut');
    const partial = join(site.baseDir, '.pommgr/partial');
    await mkdir(partial, { recursive: true });
    await writeFile(join(partial, 'old'), 'old');
    await utimes(join(partial, 'old'), 0, Date.parse('2025-05-26T00:00:00Z') / 1000);
    await writeFile(join(partial, 'young'), 'young');
    await utimes(join(partial, 'young'), 0, Date.parse('2025-06-02T00:00:00Z') / 1000);
    const dirty = await treeWithoutLocks();

    const planned = await collect({ dryRun: true });
    expect(await treeWithoutLocks()).toEqual(dirty);
    const removed = await collect();

    expect(removed).toMatchObject({
      unlinked: { files: 2, sizeBytes: 51 },
      unfinishedSnapshots: [unfinished],
      partial: { files: 2, sizeBytes: 6 },
    });
    expect({ ...planned, outcome: 'removed' }).toEqual(removed);
    expect(await readdir(partial)).toEqual(['young']);
    await rm(join(partial, 'young'));
    expect(await treeWithoutLocks()).toEqual(before);
    expect(await baselineVerify(site.configFile, 'test-1', testContext())).toMatchObject({ broken: [] });
  });

  it('leaves alone what is no pool file, and names it', async () => {
    const strangers = [pool('README'), pool('sha256', 'x'.repeat(64)), pool('sha256', '0'.repeat(63))];
    for (const path of strangers) await writeFile(path, '');
    expect((await collect()).strangers.toSorted()).toEqual(strangers.toSorted());
    expect(await readdir(pool('sha256'))).toContain('x'.repeat(64));
  });

  it.each([
    { name: 'the pool', lock: () => pool('.lock') },
    { name: 'the state', lock: () => join(site.directory, 'state/.lock') },
  ])('does nothing while another run holds the lock on $name', async ({ lock }) => {
    const path = await addToPool('nobody links me');
    await expect(withLock(lock(), 'x', () => collect())).rejects.toMatchObject({ code: 'state.locked' });
    expect(await readFile(path, 'utf8')).toBe('nobody links me');
  });

  it.each([
    { what: 'on this base-dir', config: () => site.baseDir, isRefused: true },
    { what: 'with a config that cannot be read', config: () => undefined, isRefused: true },
    { what: 'elsewhere', config: () => '/srv/another', isRefused: false },
  ])('looks for a POM that runs between two locks: one $what', async ({ config, isRefused }) => {
    await addToPool('nobody links me');
    const program = join(site.directory, 'proxmox-offline-mirror');
    const configFile = join(site.directory, 'other.cfg');
    const baseDir = config();
    if (baseDir !== undefined) await writeFile(configFile, `mirror: x\n\tbase-dir ${baseDir}\n`);
    await writeFile(program, '#!/bin/sh\nread -r line\n', { mode: 0o755 });
    const args = ['mirror', 'snapshot', 'create', 'x', '--config', 'other.cfg'];
    const child = spawn(program, args, { cwd: site.directory, stdio: ['pipe', 'ignore', 'ignore'] });
    await new Promise((resolve) => child.once('spawn', resolve));
    try {
      if (isRefused) {
        await expect(collect()).rejects.toMatchObject({
          code: 'state.locked',
          details: { process: child.pid },
        });
      } else expect((await collect()).unlinked.files).toBe(1);
    } finally {
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill();
      await gone;
    }
  });

  it('says what it did', async () => {
    await addToPool('nobody links me');
    const { stdout, exitCode } = await runCommand(PoolGc, ['--config', site.configFile]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Files that nothing uses: 1 file, 15 B\n[^]*All of it was removed\.\n$/);
  });
});

describe('pool verify', () => {
  it('finds a sound pool sound, and reads each inode once', async () => {
    const inodes = new Set(
      (await treeOf(pool())).filter((line) => line.startsWith('f ')).map((line) => line.split(' ')[3]),
    );
    const result = await poolVerify(site.configFile, testContext());
    expect(result).toMatchObject({ broken: [], strangers: [] });
    // The lock file is empty and no pool file.
    expect(result.files).toBe(inodes.size - 1);
  });

  it('names each name that a changed file belies, and ends with 1', async () => {
    const both = await addToPool('text with two names');
    const [release = ''] = (await readdir(pool('sha512'))).filter((name) => !name.includes('.'));
    await flipBit(both, 0);
    await flipBit(pool('sha512', release), -1);
    const { broken } = await poolVerify(site.configFile, testContext());
    const paths = broken.map(({ path }) => path);
    expect(paths).toContain(both);
    expect(paths).toContain(pool('sha512', release));
    for (const { expected, path, found } of broken) {
      expect(path.endsWith(expected)).toBe(true);
      expect(found).toHaveLength(expected.length);
    }
  });

  it('sets what is wrong aside by name, says so, ends with 1, and leaves the pool sound', async () => {
    const both = await addToPool('text with two names');
    const other = (await readdir(pool('sha512'))).length;
    await flipBit(both, 0);

    const { stdout, stderr, exitCode } = await runCommand(PoolVerify, ['--config', site.configFile]);

    expect(exitCode).toBe(1);
    expect(stdout).toContain(`changed  ${both}`);
    const kept = join(site.baseDir, '.pommgr/set-aside', basename(both));
    expect(stderr).toContain(`${both} is damaged`);
    expect(stderr).toContain(`set aside as ${kept}`);
    expect(await pathExists(both)).toBe(false);
    expect(await pathExists(kept)).toBe(true);
    expect((await readdir(pool('sha512'))).length).toBe(other - 1);
    expect((await poolVerify(site.configFile, testContext())).broken).toEqual([]);
  });

  it('finds a right file under a wrong name of the other digest', async () => {
    const path = await addToPool('misnamed');
    const wrong = pool('sha512', 'f'.repeat(128));
    await link(path, wrong);
    const { broken } = await poolVerify(site.configFile, testContext());
    expect(broken).toMatchObject([{ path: wrong, algorithm: 'sha512' }]);
  });
});
