import { rm } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import Create from '../../src/commands/signing-key/create.ts';
import Distrust from '../../src/commands/signing-key/distrust.ts';
import List from '../../src/commands/signing-key/list.ts';
import Rotate from '../../src/commands/signing-key/rotate.ts';
import Show from '../../src/commands/signing-key/show.ts';
import Trust from '../../src/commands/signing-key/trust.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';

let online: OnlineSide;

beforeAll(async () => {
  online = await createOnlineSide();
  await rm(online.privateKeyFile);
});

describe('signing-key', () => {
  it('goes from create to rotate, and from trust to distrust', async () => {
    const config = ['--config', online.configFile];
    const root = ['--root', await scratchDirectory()];
    const created = await runCommand(Create, config);
    const fingerprint = /Fingerprint: +([0-9a-f]{64})/.exec(created.stdout)?.[1] ?? '';
    expect(fingerprint).not.toBe('');
    expect((await runCommand(Show, config)).stdout).toMatch(new RegExp(`${fingerprint}[^]*BEGIN PUBLIC KEY`));
    expect((await runCommand(Create, config)).exitCode).toBe(8);

    expect((await runCommand(List, root)).stdout).toContain('No key is trusted');
    expect((await runCommand(Trust, [...root, online.publicKeyFile])).stdout).toContain(fingerprint);
    expect((await runCommand(List, root)).stdout).toMatch(new RegExp(`trusted +${fingerprint}`));

    const rotated = await runCommand(Rotate, config);
    expect(rotated.stdout).toMatch(new RegExp(`Old key: +${fingerprint}\nNew key: +[0-9a-f]{64}\n`));

    expect((await runCommand(Distrust, [...root, fingerprint.slice(0, 16)])).exitCode).toBe(0);
    expect((await runCommand(List, root)).stdout).toMatch(new RegExp(`distrusted +${fingerprint}`));
    expect((await runCommand(Distrust, [...root, fingerprint])).exitCode).toBe(2);
  });

  it('never prints a private key', async () => {
    const config = ['--config', online.configFile];
    for (const outcome of [await runCommand(Show, config), await runCommand(Show, [...config, '--json'])]) {
      expect(outcome.exitCode).toBe(0);
      expect(outcome.stdout + outcome.stderr).not.toContain('PRIVATE');
    }
  });
});
