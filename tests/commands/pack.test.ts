import { readdir } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import Pack from '../../src/commands/pack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { runCommand } from '../support/run-command.ts';

let online: OnlineSide;

beforeAll(async () => {
  online = await createOnlineSide();
});

describe('pack', () => {
  it('shows what it would do, does it, and then has nothing to do', async () => {
    const argv = ['--config', online.configFile, '--media', online.media];
    const planned = await runCommand(Pack, [...argv, '--dry-run']);
    expect(planned.stdout).toContain('Would pack site-1.');
    expect(await readdir(online.media)).toEqual([]);
    const packed = await runCommand(Pack, argv);
    expect(packed.exitCode).toBe(0);
    expect(packed.stdout).toMatch(/^Packed site-1\.[^]*Signed by: +[0-9a-f]{64}\n/);
    const again = await runCommand(Pack, [...argv, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({
      schema: 'pommgr/pack-result/v1',
      result: { outcome: 'unchanged', bundle: 'site-1' },
      warnings: [],
    });
  });

  it('ends with 2 for a volume size that is too small, and names the least', async () => {
    const argv = ['--config', online.configFile, '--media', online.media, '--volume-size', '1000'];
    const { stderr, exitCode } = await runCommand(Pack, argv);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/-> Give --volume-size \d+ or more/);
  });
});
