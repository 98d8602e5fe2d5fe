import { chmod, chown, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { storeAt } from '../../src/store/adapters/store.ts';
import { writeJournal } from '../../src/store/adapters/journal.ts';
import type { SigningKey } from '../../src/trust/adapters/signing.ts';
import { productTools, subscriptionFiles } from '../../src/subscription/domain/product-tool.ts';
import type { SubscriptionInfo } from '../../src/subscription/domain/subscription-info.ts';
import { activate, type ActivateOptions } from '../../src/activation/workflows/activate.ts';
import { locateStore } from '../../src/store/adapters/store.ts';
import { verifyAudit } from '../../src/upkeep/workflows/audit-verify.ts';
import { hostLock } from '../../src/restore/workflows/host-lock.ts';
import { createHost } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import {
  anInfo,
  createInfoSigner,
  createProductHost,
  hostTime,
  serverId,
  machineServerId,
  setMachineId,
  type ProductHost,
} from '../support/product-host.ts';
import { bringSubscriptions, createOperatorKey } from '../support/subscription-medium.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const signer = createInfoSigner();
const signed = (members: Partial<SubscriptionInfo> = {}): SubscriptionInfo => signer.sign(anInfo(members));
let key: SigningKey;
let host: ProductHost;

beforeAll(async () => {
  key = await createOperatorKey();
  host = await createProductHost(['pbs', 'pmg', 'pve'], [key.publicKey]);
  await signer.trustOn(host.root);
});

beforeEach(async () => {
  for (const tool of Object.values(productTools)) {
    for (const file of subscriptionFiles(tool)) await rm(join(host.root, file), { force: true });
  }
  await rm(join(host.root, 'var/lib/pommgr'), { recursive: true, force: true });
  await setMachineId(host.root, false);
  await host.setMode('normal');
});

async function activateAll(options: Partial<ActivateOptions>) {
  return activate({ root: host.root, context: testContext(hostTime), ...options });
}

async function activatePve(options: Partial<ActivateOptions>) {
  const { products } = await activateAll({ products: ['pve'], ...options });
  return products[0]!;
}

/** The info that the product holds. */
async function heldInfo(): Promise<SubscriptionInfo> {
  const [, , data = ''] = (await readFile(join(host.root, 'etc/subscription'), 'utf8')).split('\n');
  return JSON.parse(Buffer.from(data, 'base64').toString()) as SubscriptionInfo;
}

describe('a host with all products', () => {
  test('has each key active afterwards, and a record of it without a key', async () => {
    const media = await bringSubscriptions(key, [
      { info: signed() },
      { product: 'pbs', info: signed({ key: 'pbsb-abcdef0123' }) },
      { product: 'pmg', info: signed({ key: 'pmgs-abcdef4567' }) },
      { name: 'other', serverId: 'F'.repeat(32), info: signed({ serverid: 'F'.repeat(32) }) },
    ]);
    const onMedium = await treeOf(media);

    const report = await activateAll({ media });

    expect(report).toMatchObject({
      error: null,
      products: [
        {
          product: 'pbs',
          outcome: 'activated',
          status: 'active',
          subscription: { maskedKey: 'pbsb-****123' },
        },
        { product: 'pmg', outcome: 'activated', status: 'active', subscription: { plan: 'standard' } },
        {
          product: 'pve',
          outcome: 'activated',
          status: 'active',
          subscription: {
            maskedKey: 'pve2b-****789',
            sockets: 2,
            nextDueDate: '2027-05-01',
            validUntil: '2027-05-01T00:00:00Z',
          },
        },
      ],
    });
    const store = join(host.root, 'var/lib/pommgr');
    const log = await readFile(join(store, 'audit.jsonl'), 'utf8');
    const records = log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(records).toMatchObject(
      ['pbs', 'pmg', 'pve'].map((product) => ({ action: 'activate', product, baseline: null, digest: null })),
    );
    expect(`${log}${JSON.stringify(report)}`).not.toMatch(/0123456789|abcdef|[^0-9A-F][0-9A-F]{32}[^0-9A-F]/);
    expect((await verifyAudit(await locateStore(host.root, undefined))).problems).toEqual([]);
    expect(await treeOf(media)).toEqual(onMedium);
    const secrets = await treeOf(join(store, 'secrets'));
    expect(secrets).toHaveLength(6);
    expect(secrets.filter((line) => !line.startsWith('f 600 '))).toEqual([]);
    expect((await stat(join(store, 'secrets'))).mode & 0o777).toBe(0o700);
  });

  test('goes on with the next product when one fails', async () => {
    const media = await bringSubscriptions(key, [
      { info: signed() },
      { product: 'pbs', info: anInfo({ key: 'pbsb-abcdef0123' }) },
    ]);

    const { products } = await activateAll({ media });

    expect(products.map(({ product, outcome, error }) => [product, outcome, error?.code ?? null])).toEqual([
      ['pbs', 'failed', 'trust.subscription-unsigned'],
      ['pmg', 'failed', 'trust.subscription-product'],
      ['pve', 'activated', null],
    ]);
  });

  test('is only told what would be done in a dry run', async () => {
    const media = await bringSubscriptions(key, [{ info: signed() }]);
    const before = await treeOf(join(host.root, 'etc'));

    expect(await activatePve({ media, dryRun: true })).toMatchObject({
      outcome: 'would-activate',
      status: 'notfound',
      subscription: { maskedKey: 'pve2b-****789' },
      error: null,
    });
    expect(await treeOf(join(host.root, 'etc'))).toEqual(before);
    await expect(stat(join(host.root, 'var/lib/pommgr'))).rejects.toThrow();
  });
});

test('a host on which nothing could be activated is as before, down to the store that it did not have', async () => {
  const before = [await treeOf(join(host.root, 'etc')), await treeOf(join(host.root, 'var'))];
  const media = await bringSubscriptions(key, [{ info: signed() }]);

  for (const mode of ['fail-get', 'fail-set', 'lie']) {
    await host.setMode(mode);
    expect(await activatePve({ media })).toMatchObject({ outcome: 'failed' });
    await host.setMode('normal');
    expect([await treeOf(join(host.root, 'etc')), await treeOf(join(host.root, 'var'))]).toEqual(before);
  }
});

describe('of several infos', () => {
  test('the usable one with the latest due date is taken', async () => {
    const media = await bringSubscriptions(key, [
      { info: signed({ nextduedate: '2027-01-01' }) },
      { info: signed({ nextduedate: '2027-06-01', key: 'pve2s-fedcba9876' }) },
      { info: { ...signed({ nextduedate: '2027-05-01' }), nextduedate: '2028-05-01' } },
    ]);

    expect(await activatePve({ media })).toMatchObject({ outcome: 'activated' });
    expect(await heldInfo()).toMatchObject({ nextduedate: '2027-06-01' });
  });

  test('those of the newest set that names the host count', async () => {
    const media = await bringSubscriptions(key, [{ info: signed({ nextduedate: '2027-06-01' }) }]);
    await bringSubscriptions(key, [{ info: signed({ nextduedate: '2027-03-01' }) }], {
      media,
      created: '2026-11-21T08:00:00Z',
    });
    const others = [{ name: 'other', serverId: 'F'.repeat(32), info: signed({ serverid: 'F'.repeat(32) }) }];
    await bringSubscriptions(key, others, { media, created: '2026-11-22T08:00:00Z' });

    expect(await activatePve({ media })).toMatchObject({ outcome: 'activated' });
    expect(await heldInfo()).toMatchObject({ nextduedate: '2027-03-01' });
  });

  test("those that POM put on its own medium are taken where there is no set, and need no operator's key", async () => {
    const media = await scratchDirectory();
    const subscriptions = [
      signed({ serverid: 'F'.repeat(32) }),
      signed(),
      signed({ key: 'pbsb-0123456789' }),
    ];
    await writeFile(
      join(media, '.mirror-state'),
      JSON.stringify({ mirrors: {}, 'last-sync': 1, subscriptions }),
    );

    expect(await activatePve({ media })).toMatchObject({ outcome: 'activated', status: 'active' });
  });
});

describe('an active key', () => {
  beforeEach(async () => {
    await activatePve({ media: await bringSubscriptions(key, [{ info: signed() }]) });
  });

  test('is left alone when the very same is brought', async () => {
    const before = await treeOf(join(host.root, 'etc'));

    expect(await activatePve({ media: await bringSubscriptions(key, [{ info: signed() }]) })).toMatchObject({
      outcome: 'unchanged',
      status: 'active',
    });
    expect(await treeOf(join(host.root, 'etc'))).toEqual(before);
  });

  test('is never replaced by one that runs out earlier', async () => {
    const worse = signed({ key: 'pve4p-fedcba9876', nextduedate: '2027-04-30' });

    expect(await activatePve({ media: await bringSubscriptions(key, [{ info: worse }]) })).toMatchObject({
      outcome: 'kept',
      subscription: { maskedKey: 'pve2b-****789', nextDueDate: '2027-05-01' },
    });
    expect((await heldInfo()).key).toBe('pve2b-0123456789');
  });

  test('is replaced by one that runs longer, or that was checked later', async () => {
    const checktime = Date.parse('2026-11-20T10:00:00Z') / 1000;
    for (const members of [{ checktime }, { key: 'pve4p-fedcba9876', nextduedate: '2028-05-01' }]) {
      expect(
        await activatePve({ media: await bringSubscriptions(key, [{ info: signed(members) }]) }),
      ).toMatchObject({
        outcome: 'activated',
      });
      expect(await heldInfo()).toMatchObject(members);
    }
  });

  test('comes back byte for byte, with owner and mode, when the product refuses the next', async () => {
    const file = join(host.root, 'etc/subscription');
    await chmod(file, 0o640);
    await chown(file, 0, 33);
    const before = await treeOf(join(host.root, 'etc'));
    expect(before.join('\n')).toContain('apt/auth.conf.d/ceph.conf');
    const media = await bringSubscriptions(key, [{ info: signed({ nextduedate: '2028-05-01' }) }]);
    await host.setMode('lie');

    const { error } = await activatePve({ media });
    await host.setMode('normal');

    expect(error).toMatchObject({ code: 'tool.subscription-inactive' });
    expect(error?.hints[0]).toMatch(/put back/);
    expect(await treeOf(join(host.root, 'etc'))).toEqual(before);
    const { mode, uid, gid } = await stat(file);
    expect({ mode: mode & 0o777, uid, gid }).toEqual({ mode: 0o640, uid: 0, gid: 33 });
  });

  test('can be activated again without the medium, from what the store kept', async () => {
    await rm(join(host.root, 'etc/subscription'));

    expect(await activatePve({})).toMatchObject({ outcome: 'activated', status: 'active' });
  });
});

describe('a server ID', () => {
  test('may be either of the two, and a renewal for the other one is taken', async () => {
    await setMachineId(host.root, true);
    for (const [serverid, nextduedate] of [
      [serverId, '2027-05-01'],
      [machineServerId, '2027-06-01'],
      [serverId, '2027-07-01'],
    ] as const) {
      const info = signed({ serverid, nextduedate });
      const media = await bringSubscriptions(key, [{ serverId: serverid, info }]);
      expect(await activatePve({ media })).toMatchObject({ outcome: 'activated', status: 'active' });
      expect(await heldInfo()).toMatchObject({ serverid, nextduedate });
    }
  });

  test('of another machine, which a clone brings along, is a warning; a key for this host replaces it', async () => {
    const serverid = 'F'.repeat(32);
    const clone = `pve2b-0123456789\nx\n${Buffer.from(JSON.stringify(signed({ serverid }))).toString('base64')}\n`;
    await writeFile(join(host.root, 'etc/subscription'), clone);
    const context = testContext(hostTime);
    const media = await bringSubscriptions(key, [{ info: signed() }]);

    expect(await activatePve({ media, context })).toMatchObject({ outcome: 'activated', status: 'active' });

    expect(context.warnings.join()).toMatch(
      /pvesubscription names the server ID FFFF\*{4}FFFF, which is not one of this host's/,
    );
  });
});

describe('a state that the tools cannot read', () => {
  const foreignKey = Buffer.from(JSON.stringify(signed())).toString('base64');
  test.each([
    ['pve', 'a damaged file', 'damaged\n', 'pve2b-0123456789'],
    ['pbs', 'a damaged file', '\u0000\n\n{\n', 'pbsb-abcdef0123'],
    ['pmg', 'the key of another product', `pve2b-0123456789\nx\n${foreignKey}\n`, 'pmgs-abcdef4567'],
    ['pbs', "the shop's notfound", notFoundState(), 'pbsb-abcdef0123'],
    ['pve', "the shop's notfound", notFoundState(), 'pve2b-0123456789'],
  ] as const)('(%s, %s) is repaired by an activation', async (product, _, state, newKey) => {
    await writeFile(join(host.root, productTools[product].stateFile), state);
    const media = await bringSubscriptions(key, [{ product, info: signed({ key: newKey }) }]);

    const { products } = await activateAll({ products: [product], media });

    expect(products).toMatchObject([{ outcome: 'activated', status: 'active', error: null }]);
  });

  test('keeps no lock from being written, with both server IDs and a warning', async () => {
    await setMachineId(host.root, true);
    await host.setMode('no-pmxcfs');
    await writeFile(join(host.root, 'etc/proxmox-backup/subscription'), 'damaged\n');
    const context = testContext(hostTime);

    const { lock } = await hostLock({ root: host.root, askPassphrase: async () => '', context });

    expect(lock.serverIds).toEqual(
      (['pbs', 'pmg', 'pve'] as const).flatMap((product) => [
        { product, serverId },
        { product, serverId: machineServerId },
      ]),
    );
    expect(lock.cpuSockets).toBe(2);
    expect(context.warnings.join('\n')).toMatch(/proxmox-backup-manager .* exit code 255[\s\S]*computed/);
    expect(context.warnings.join('\n')).toMatch(/pvesubscription get ended with exit code 111/);
  });

  test('without a running cluster file system, the hint names it', async () => {
    await host.setMode('no-pmxcfs');
    const media = await bringSubscriptions(key, [{ info: signed() }]);
    const before = await treeOf(join(host.root, 'etc'));

    const { error } = await activatePve({ media });

    expect(error).toMatchObject({ code: 'tool.subscription' });
    expect(error?.message).toContain('set-offline-key ended with exit code 111');
    expect(error?.hints.join()).toContain('systemctl start pve-cluster');
    expect(await treeOf(join(host.root, 'etc'))).toEqual(before);
  });
});

/** As the products store the answer of the shop for a key that it does not know. */
function notFoundState(): string {
  const data = Buffer.from('{"status":"notfound","key":"pve2b-9999999999"}').toString('base64');
  return `pve2b-9999999999\nx\n${data}\n`;
}

describe('encrypted infos', () => {
  test("are decrypted with the host's own age key, which its lock names", async () => {
    const { lock } = await hostLock({
      root: host.root,
      askPassphrase: async () => '',
      context: testContext(hostTime),
    });
    const media = await bringSubscriptions(key, [{ info: signed(), recipient: lock.ageRecipient! }]);

    expect(await activatePve({ media })).toMatchObject({ outcome: 'activated', status: 'active' });
  });

  test('for another host cannot be read', async () => {
    const other = await createHost([key.publicKey]);
    const { lock } = await hostLock({
      root: other,
      askPassphrase: async () => '',
      context: testContext(hostTime),
    });
    const media = await bringSubscriptions(key, [{ info: signed(), recipient: lock.ageRecipient! }]);

    expect(await activatePve({ media })).toMatchObject({
      outcome: 'failed',
      error: { code: 'state.age-identity' },
    });
  });
});

describe('an interrupted activation', () => {
  test('is undone by the next run, which then goes its way', async () => {
    const first = await bringSubscriptions(key, [{ info: signed() }]);
    await activatePve({ media: first });
    const held = await readFile(join(host.root, 'etc/subscription'));
    const worse = await bringSubscriptions(key, [{ info: signed({ nextduedate: '2028-05-01' }) }]);
    await activatePve({ media: worse });
    const store = storeAt(join(host.root, 'var/lib/pommgr'));
    // As if it had been killed after the product took the info.
    const operation = { kind: 'activate', product: 'pve', records: 2 } as const;
    await writeJournal(store, { schema: 'pommgr/journal/v1', started: hostTime, operation });

    const context = testContext(hostTime);
    const report = await activate({ root: host.root, products: ['pve'], media: first, context });

    expect(report.recovered).toEqual({ operation: 'activate', baseline: null, outcome: 'undone' });
    expect(report.products).toMatchObject([{ outcome: 'unchanged' }]);
    expect(await readFile(join(host.root, 'etc/subscription'))).toEqual(held);
    expect(context.notes.join()).toContain(
      'The activation of a subscription key had been interrupted; it was undone.',
    );
  });
});

test('a host without such a product, or without the named one, has nothing to activate', async () => {
  const plain = await createHost([key.publicKey]);
  const media = await bringSubscriptions(key, []);
  const context = testContext(hostTime);

  await expect(activate({ root: plain, media, context })).rejects.toMatchObject({
    code: 'usage.product',
    message: expect.stringContaining('expected pve, pbs or pmg, found debian') as string,
  });
  await expect(activate({ root: plain, media, context, products: ['pmg'] })).rejects.toMatchObject({
    message: expect.stringContaining('expected pmg, found debian') as string,
  });
  expect(await treeOf(join(plain, 'var/lib'))).not.toContain('d 755 pommgr');
});
