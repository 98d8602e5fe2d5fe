import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import Pack from '../../src/commands/pack.ts';
import SubscriptionPack from '../../src/commands/subscription/pack.ts';
import { toolVersion } from '../../src/core/adapters/tool-version.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { mountMedium, unmountMedium } from '../support/mounted-medium.ts';
import { writeBelow } from '../support/offline.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';

let online: OnlineSide;

beforeAll(async () => {
  online = await createOnlineSide();
});

afterEach(() => vi.unstubAllEnvs());

describe('pack', () => {
  it('shows what it would do, does it, and then has nothing to do', async () => {
    const argv = ['--config', online.configFile, '--media', online.media, '--allow-local'];
    const version = toolVersion();
    const payload = await scratchDirectory();
    await writeBelow(payload, join(version, 'linux-x64/node'), 'node');
    await writeBelow(payload, join(version, 'linux-x64/pommgr.mjs'), 'pommgr');
    vi.stubEnv('POMMGR_RUNTIME', payload);
    const planned = await runCommand(Pack, [...argv, '--dry-run']);
    expect(planned.stdout).toContain('Would pack site-1.');
    expect(planned.stdout).toMatch(/^Runtime: +\S+ for linux-x64, 10 B, would be written$/m);
    expect(await readdir(online.media)).toEqual([]);
    const packed = await runCommand(Pack, argv);
    expect(packed.exitCode).toBe(0);
    expect(packed.stdout).toMatch(/^Packed site-1 into this directory\.[^]*Signed by: +[0-9a-f]{64}\n/);
    expect(packed.stdout).toMatch(/^Runtime: +\S+ for linux-x64, 10 B$/m);
    const again = await runCommand(Pack, [...argv, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({
      schema: 'pommgr/pack-result/v1',
      result: { outcome: 'unchanged', bundle: 'site-1', runtime: { outcome: 'unchanged', version } },
      warnings: [],
    });
    const without = await runCommand(Pack, [...argv, '--no-runtime']);
    expect(without.stdout).toMatch(/nothing was written\.\n[^]*^Runtime: +none: left out$/m);
  });

  it('ends with 2 for a volume size that is too small, and names the least', async () => {
    const argv = [
      '--config',
      online.configFile,
      '--media',
      online.media,
      '--volume-size',
      '1000',
      '--allow-local',
    ];
    const { stderr, exitCode } = await runCommand(Pack, argv);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/-> Give --volume-size \d+ or more/);
  });

  it.each([
    { way: 'a bundle', flags: [] },
    { way: 'a dry run', flags: ['--dry-run'] },
    { way: 'a set', flags: ['--resume'] },
    { way: 'subscription keys', flags: [], command: SubscriptionPack },
  ])('refuses a mount point where nothing is mounted: $way', async ({ flags, command = Pack }) => {
    const media = await mountMedium();
    unmountMedium(media);
    const argv = ['--config', online.configFile, '--media', media, '--json', ...flags];
    const { stdout, exitCode } = await runCommand(command, argv);
    expect(exitCode).toBe(9);
    const { error } = JSON.parse(stdout) as { error: { hints: string[] } };
    expect(error).toMatchObject({ code: 'refused.local-medium', details: { media, sameFileSystemAs: '/' } });
    expect(error.hints.join(' ')).toMatch(/mount \/dev\/sdX1 [^]*--allow-local/);
    expect(await readdir(media)).toEqual([]);
  });

  it('takes a directory beside the config that a relative path names', async () => {
    await mkdir(join(online.directory, 'beside'));
    const before = process.cwd();
    process.chdir(online.directory);
    try {
      const argv = ['--config', online.configFile, '--no-runtime', '--media'];
      const taken = await runCommand(Pack, [...argv, 'beside']);
      expect(taken.exitCode, taken.stderr).toBe(0);
      const above = await runCommand(Pack, [...argv, '..']);
      expect(above).toMatchObject({ exitCode: 9 });
    } finally {
      process.chdir(before);
    }
  });

  it('refuses the file system of the mirrors, and takes one of its own', async () => {
    const disk = await mountMedium();
    const media = join(disk, 'media');
    await mkdir(media);
    const own = await readFile(online.configFile, 'utf8');
    const configFile = join(online.directory, 'other-disk.yaml');
    await mkdir(join(disk, 'mirror'));
    await writeFile(configFile, `${own}baseDir: ${join(disk, 'mirror')}\n`);
    const refused = await runCommand(Pack, ['--config', configFile, '--media', media]);
    expect(refused).toMatchObject({ exitCode: 9 });
    expect(refused.stderr).toContain(`same file system as the mirrors (baseDir, ${join(disk, 'mirror')})`);
    expect(await readdir(media)).toEqual([]);
    const taken = await runCommand(Pack, ['--config', online.configFile, '--media', media]);
    expect(taken.exitCode, taken.stderr).toBe(0);
    expect(taken.stdout).toContain('Packed site-1. Unmount the medium before you take it out.');
  });
});
