/** `subscription activate` and `subscription steps` as a user runs them. */
import { setClock } from '../support/clock.ts';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import SubscriptionActivate from '../../src/commands/subscription/activate.ts';
import SubscriptionSteps from '../../src/commands/subscription/steps.ts';
import type { SigningKey } from '../../src/trust/adapters/signing.ts';
import {
  anInfo,
  createInfoSigner,
  createProductHost,
  hostTime,
  type ProductHost,
} from '../support/product-host.ts';
import { runCommand } from '../support/run-command.ts';
import { bringSubscriptions, createOperatorKey } from '../support/subscription-medium.ts';

const signer = createInfoSigner();
let key: SigningKey;
let host: ProductHost;
let media: string;

beforeAll(async () => {
  setClock(hostTime);
  key = await createOperatorKey();
  host = await createProductHost(['pmg', 'pve'], [key.publicKey]);
  await signer.trustOn(host.root);
  media = await bringSubscriptions(key, [
    { name: 'node-1', info: signer.sign(anInfo()) },
    { name: 'node-1', product: 'pmg', info: anInfo({ key: 'pmgs-abcdef4567' }) },
  ]);
});

afterAll(() => {
  vi.useRealTimers();
});

async function activate(...argv: string[]) {
  return runCommand(SubscriptionActivate, ['--root', host.root, '--quiet', ...argv]);
}

describe('subscription activate', () => {
  test('says what it would do, what it did, and that it was done', async () => {
    const line = 'pve2b-****789 (basic, due 2027-05-01, valid here until 2027-05-01)';
    const argv = ['--media', media, '--product', 'pve'];

    expect(await activate(...argv, '--dry-run')).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `pve: would activate ${line}. Nothing was changed: this was a dry run.\n`,
    });
    expect((await activate(...argv)).stdout).toBe(`pve: activated ${line}. The product says: active.\n`);
    expect((await activate(...argv)).stdout).toBe(`pve: ${line} is active already; nothing was changed.\n`);
    const { stdout, exitCode } = await activate('--product', 'pve', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'pommgr/subscription-activate-result/v1',
      result: { media: null, products: [{ product: 'pve', outcome: 'unchanged', status: 'active' }] },
    });
  });

  test('exits with the code of what went wrong, and names the product', async () => {
    await rm(join(host.root, 'etc/subscription'), { force: true });

    const outcome = await activate('--media', media);

    expect(outcome.exitCode).toBe(4);
    expect(outcome.stdout).toMatch(/^pmg: not activated\.\npve: activated pve2b-/);
    expect(outcome.stderr).toMatch(/pmg: .*infos\/0002\.json cannot be used: It is not signed by Proxmox\./);
    expect(`${outcome.stdout}${outcome.stderr}`).not.toMatch(/0123456789|abcdef4567/);
    const json = await activate('--media', media, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: {
        code: 'trust.subscription-unsigned',
        details: { result: { products: [{ outcome: 'failed' }, { outcome: 'unchanged' }] } },
      },
    });
  });

  test('knows three products', async () => {
    expect(await activate('--product', 'pdm')).toMatchObject({ exitCode: 2 });
    expect(await activate('--product', 'pbs', '--media', media)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('expected pbs, found pmg, pve') as string,
    });
  });
});

describe('subscription steps', () => {
  test('writes them in the format and language that are asked for', async () => {
    const argv = ['--media', media, '--root', host.root, '--quiet'];
    const text = await runCommand(SubscriptionSteps, [...argv, '--host', 'node-1']);
    const html = await runCommand(SubscriptionSteps, [...argv, '--format', 'html', '--lang', 'ja']);

    expect(text).toMatchObject({ exitCode: 0, stderr: '' });
    expect(text.stdout).toMatch(/^Subscription keys: the steps for each host\n=+\n/);
    expect(text.stdout).toContain(`cd ${media}/subscriptions/20261120T080000Z`);
    expect(html.stdout).toMatch(/^<!DOCTYPE html>\n<html lang="ja">[\s\S]*<\/html>\n$/);
    const json = await runCommand(SubscriptionSteps, [...argv, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 'pommgr/subscription-steps-result/v1',
      result: { host: null, format: 'text', lang: 'en', text: expect.stringContaining('node-1') as string },
    });
    const none = await runCommand(SubscriptionSteps, [...argv, '--host', 'node-2']);
    expect(none).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Expected one of: node-1.') as string,
    });
  });

  test('changes nothing on the medium', async () => {
    await expect(readFile(join(media, 'STEPS.txt'))).rejects.toThrow();
  });
});
