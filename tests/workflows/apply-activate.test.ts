/** `apply --activate`: the keys after the switch, and never instead of it. */
import { activateAfter } from '../../src/activation/workflows/activate-after.ts';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import Apply from '../../src/commands/apply.ts';
import { openSigningKey } from '../../src/trust/adapters/signing.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { createSite, readAudit, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import {
  addPackage,
  anInfo,
  createInfoSigner,
  createProductHost,
  hostTime,
} from '../support/product-host.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { bringSubscriptions } from '../support/subscription-medium.ts';
import { treeOf } from '../support/tree.ts';

const signer = createInfoSigner();
const context = testContext(hostTime);
let site: Site;
let bundle: string;

beforeAll(async () => {
  site = await createSite();
  const config = await readFile(site.configFile, 'utf8');
  await writeFile(site.configFile, config.replace('products: [debian]', 'products: [pve]'));
  bundle = await site.bring();
});

/** A medium with the bundle and this info. */
async function mediumWith(info: string | ReturnType<typeof anInfo>): Promise<string> {
  const media = join(await scratchDirectory(), 'medium');
  await cp(bundle, media, { recursive: true });
  const key = await openSigningKey(join(site.directory, 'signing-key.pem'));
  return bringSubscriptions(key, [{ info }], { media });
}

async function newHost() {
  const host = await createProductHost(['pve'], [site.key]);
  await signer.trustOn(host.root);
  await addPackage(host.root, 'pve-manager', '8.4.1');
  return host;
}

describe('a host with the medium of a bundle and a good info', () => {
  test('sees the baseline and has its key active', async () => {
    const { root } = await newHost();
    const media = await mediumWith(signer.sign(anInfo()));

    const dry = await apply({ media, root, activate: activateAfter, dryRun: true, context });
    expect(dry).toMatchObject({
      outcome: 'would-apply',
      activation: { products: [{ outcome: 'would-activate' }] },
    });
    const report = await apply({ media, root, activate: activateAfter, context });

    expect(report).toMatchObject({
      outcome: 'applied',
      activation: {
        media,
        error: null,
        products: [{ product: 'pve', outcome: 'activated', status: 'active' }],
      },
    });
    expect((await readAudit(root)).map(({ action, baseline }) => [action, baseline])).toEqual([
      ['import', 'test-1'],
      ['apply', 'test-1'],
      ['activate', 'test-1'],
    ]);
    expect(await apply({ media, root, activate: activateAfter, context })).toMatchObject({
      outcome: 'unchanged',
      activation: { products: [{ outcome: 'unchanged' }] },
    });
    expect(await apply({ media, root, context })).toMatchObject({ activation: null });
  });
});

describe('when the activation fails', () => {
  test('the switch stays, and the exit code tells', async () => {
    const host = await newHost();
    const media = await mediumWith(anInfo());

    const outcome = await runCommand(Apply, ['--media', media, '--root', host.root, '--activate', '--quiet']);

    expect(outcome.exitCode).toBe(4);
    expect(outcome.stdout).toMatch(/^Applied test-1:[\s\S]*pve: not activated\.$/m);
    expect(outcome.stderr).toMatch(/not signed by Proxmox/);
    expect(await readFile(join(host.root, 'var/lib/pommgr/current/pommgr.sources'), 'utf8')).toContain(
      'test-1',
    );
    expect((await treeOf(join(host.root, 'etc'))).join('\n')).not.toContain('./subscription ');
    const json = await runCommand(Apply, ['--media', media, '--root', host.root, '--activate', '--json']);
    expect(json.exitCode).toBe(4);
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { code: 'trust.subscription-unsigned', details: { result: { outcome: 'unchanged' } } },
    });
  });

  test('it is said for a medium without subscriptions; it cannot be asked for without a switch', async () => {
    const host = await newHost();
    expect(await apply({ media: bundle, root: host.root, activate: activateAfter, context })).toMatchObject({
      outcome: 'applied',
      activation: { products: [{ outcome: 'failed', error: { code: 'trust.subscription-missing' } }] },
    });
    const wrong = await runCommand(Apply, [
      '--media',
      bundle,
      '--root',
      host.root,
      '--activate',
      '--store-only',
    ]);
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
