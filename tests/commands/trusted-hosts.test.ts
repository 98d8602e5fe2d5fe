import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import Distrust from '../../src/commands/host/distrust.ts';
import List from '../../src/commands/host/list.ts';
import Trust from '../../src/commands/host/trust.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { runCommand } from '../support/run-command.ts';

let online: OnlineSide;

beforeAll(async () => {
  online = await createOnlineSide();
});

describe('site', () => {
  it('goes from trust to distrust and back', async () => {
    const config = ['--config', online.configFile];
    const key = await createSigningKey(join(online.directory, 'host.pem'));
    const file = join(online.directory, 'host.pub.pem');
    await writeFile(file, key.pem);
    const list = async (): Promise<string> => (await runCommand(List, config)).stdout;

    expect(await list()).toContain('No host is trusted');
    expect((await runCommand(Trust, [...config, file])).stdout).toContain(key.fingerprint);
    expect((await runCommand(Trust, [...config, file])).stdout).toContain('counted already');
    expect(await list()).toMatch(new RegExp(`${key.keyId} +trusted +${key.fingerprint}`));
    expect(await readdir(join(online.stateDir, 'trusted-hosts.d'))).toEqual([`${key.keyId}.pem`]);

    expect((await runCommand(Distrust, [...config, key.fingerprint])).exitCode).toBe(0);
    expect(await list()).toMatch(new RegExp(`distrusted +${key.fingerprint}`));
    expect((await runCommand(Distrust, [...config, key.keyId])).exitCode).toBe(2);
    expect((await runCommand(Trust, [...config, file])).exitCode).toBe(0);
    expect(await list()).toMatch(new RegExp(`${key.keyId} +trusted`));
  });

  it.each([
    { what: 'a private key', file: () => online.privateKeyFile, exitCode: 3 },
    { what: 'another file', file: () => online.configFile, exitCode: 3 },
    { what: 'a file that is not there', file: () => join(online.directory, 'none.pem'), exitCode: 3 },
  ])('refuses $what, and says what it wants', async ({ file, exitCode }) => {
    await mkdir(join(online.stateDir, 'trusted-hosts.d'), { recursive: true });
    const outcome = await runCommand(Trust, ['--config', online.configFile, file()]);
    expect(outcome.exitCode).toBe(exitCode);
    if (exitCode === 3) expect(outcome.stderr).toContain('apply --receipt DIR');
  });
});
