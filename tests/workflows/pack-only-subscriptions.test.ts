/** The hosts' subscription keys on a medium: what is packed, encrypted, replaced, verified and refused. */
import { below, pathOf } from '../../src/core/domain/place.ts';
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { openSubscriptions, readInfo } from '../../src/subscription/adapters/subscription-medium.ts';
import { chooseTrust, type TrustedKeys } from '../../src/trust/adapters/trusted-keys.ts';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import type { SubscriptionSet } from '../../src/subscription/domain/subscription-set.ts';
import { subscriptionMediumStatus } from '../../src/activation/workflows/subscription-medium-status.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import {
  packSubscriptions,
  type PackSubscriptionsResult,
} from '../../src/subscription/workflows/pack-subscriptions.ts';
import { lockWith } from '../support/host-lock-text.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import {
  createSubscriptionSite,
  hostLines,
  infoOf,
  keys,
  mirrorInfo,
  now,
  serverIds,
  signLock,
  type SubscriptionSite,
} from '../support/subscription-site.ts';
import { treeOf } from '../support/tree.ts';

let site: SubscriptionSite;
let media: string;
let trusted: TrustedKeys;

beforeAll(async () => {
  site = await createSubscriptionSite();
  trusted = await chooseTrust([site.publicKeyFile], await scratchDirectory());
});

beforeEach(async () => {
  media = await scratchDirectory();
  await writeFile(site.pomConfig, '');
  await site.configure(hostLines());
  await site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1'));
  await site.addKey(keys.pbs1, serverIds.pbs1, infoOf(site, 'pbs1'));
  await site.addKey(keys.mirror, serverIds.stranger, mirrorInfo());
});

async function packAt(time = now, options: { dryRun?: boolean } = {}) {
  const context = testContext(time);
  const result: PackSubscriptionsResult = await packSubscriptions({
    configFile: site.configFile,
    media,
    allowLocal: true,
    context,
    ...options,
  });
  return { ...result.subscriptions, warnings: context.warnings };
}

async function check() {
  return await verify({
    ...{ media, keyFiles: [site.publicKeyFile], root: await scratchDirectory() },
    context: testContext(now),
  });
}

async function sets(): Promise<string[]> {
  return (await readdir(join(media, 'subscriptions'))).toSorted();
}

test("packs the site's hosts in a signed directory that verify accepts without any bundle", async () => {
  const { outcome, hosts, directory, warnings } = await packAt();
  expect(outcome).toBe('packed');
  expect(directory).toBe(join(media, 'subscriptions/20261202T193320Z'));
  expect(hosts).toEqual([
    { name: 'pbs1', product: 'pbs', infos: 1, isEncrypted: false, validUntil: '2027-11-22T19:33:20Z' },
    { name: 'pve1', product: 'pve', infos: 1, isEncrypted: false, validUntil: '2027-11-22T19:33:20Z' },
  ]);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('Not encrypted on the medium: pbs1 (pbs), pve1 (pve).');
  const { bundles, subscriptions, strangers } = await check();
  expect({ bundles, strangers }).toEqual({ bundles: [], strangers: [] });
  expect(subscriptions).toMatchObject([{ name: '20261202T193320Z', hosts: 2, infos: 2, isEncrypted: false }]);
});

test("keeps POM's very bytes, and tells of them without a key", async () => {
  const odd = `${infoOf(site, 'pve1').replace('"status"', ' "status"')}\n`;
  await site.removeKey(keys.pve1);
  await site.addKey(keys.pve1, serverIds.pve1, odd);
  await packAt();
  const [opened] = await openSubscriptions(media, trusted);
  if (opened === undefined) throw new Error('nothing there');
  const [pbs, pve] = opened.set.hosts;
  expect(pve?.infos).toMatchObject([
    {
      file: 'infos/0002.json',
      encryption: 'none',
      recipients: [],
      maskedKey: 'pve2s-****a11',
      plan: 'standard',
      sockets: 2,
      status: 'active',
      checkTime: '2026-11-22T19:33:20Z',
      nextDueDate: '2028-01-01',
      validUntil: '2027-11-22T19:33:20Z',
      serverId: serverIds.pve1,
    },
  ]);
  const [info] = pve?.infos ?? [];
  if (info === undefined) throw new Error('no info');
  expect(await readInfo(opened, info)).toBe(odd);
  expect(pbs).toMatchObject({ name: 'pbs1', owner: 'own', serverIds: [serverIds.pbs1] });
  expect(canonicalJson(opened.set)).not.toContain(keys.pve1);
});

describe('encryption', () => {
  test("is to the recipient of the host's lock, whose server IDs count, too", async () => {
    const identity = await generateX25519Identity();
    const lock = join(site.directory, 'pve1.lock.json');
    const recipient = await identityToRecipient(identity);
    await writeFile(lock, lockWith({ recipient, serverIds: [{ product: 'pve', serverId: 'E'.repeat(32) }] }));
    await site.configure(hostLines({ pve1: ['lock: ./pve1.lock.json'] }));
    await expect(packAt()).rejects.toMatchObject({ code: 'trust.host-lock', exitCode: 4 });
    await signLock(site, lock);
    const { hosts } = await packAt();
    expect(hosts.map(({ isEncrypted }) => isEncrypted)).toEqual([false, true]);

    const [opened] = await openSubscriptions(media, trusted);
    const pve = opened?.set.hosts[1];
    const [info] = pve?.infos ?? [];
    if (opened === undefined || info === undefined) throw new Error('nothing there');
    expect(pve?.serverIds).toEqual([serverIds.pve1, 'E'.repeat(32)]);
    expect(info).toMatchObject({ file: 'infos/0002.age', encryption: 'age', recipients: [recipient] });
    const file = await readFile(pathOf(below(opened.signed.directory, info.file)));
    expect(file.includes(keys.pve1) || file.includes(serverIds.pve1)).toBe(false);
    expect(await readInfo(opened, info, [await generateX25519Identity(), identity])).toBe(
      infoOf(site, 'pve1'),
    );
    for (const others of [[], [await generateX25519Identity()]]) {
      await expect(readInfo(opened, info, others)).rejects.toMatchObject({ code: 'state.age-identity' });
    }
    const notOne = readInfo(opened, info, ['AGE-SECRET-KEY-1QQQQ']);
    await expect(notOne).rejects.toMatchObject({ code: 'config.age-identity' });
    await expect(notOne).rejects.not.toThrow('QQQQ');
    // What the signed document says is enough to tell how long it holds.
    const status = await subscriptionMediumStatus({
      ...{ media, keyFiles: [site.publicKeyFile], root: join(site.directory, 'machine') },
      ...{ signingKey: undefined, warnDays: undefined, showKeys: true, context: testContext(now) },
    });
    expect(status.subscriptions).toMatchObject([
      { host: 'pbs1', signature: 'good', key: keys.pbs1, daysLeft: 355 },
      { host: 'pve1', signature: 'packed', maskedKey: 'pve2s-****a11', daysLeft: 355 },
    ]);
    expect(status.isGood).toBe(true);
    expect((await packAt('2026-12-03T00:00:00Z')).outcome).toBe('unchanged');
  });

  test('needs a lock that fits', async () => {
    await writeFile(join(site.directory, 'other.json'), lockWith({ serverIds: [] }));
    await site.configure(['site:', '  hosts:', '    - { name: pve1, product: pve, lock: ./other.json }']);
    await expect(packAt()).rejects.toMatchObject({ code: 'config.lock' });
  });
});

describe('a medium that has subscriptions already', () => {
  test('is left alone when they say the same', async () => {
    await packAt();
    const before = await treeOf(media);
    expect((await packAt('2026-12-05T00:00:00Z')).outcome).toBe('unchanged');
    expect(await treeOf(media)).toEqual(before);
  });

  test('gets new ones when a key was refreshed, and loses the old', async () => {
    await packAt();
    const checktime = Date.parse('2026-12-04T00:00:00Z') / 1000;
    await site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1', { checktime }));
    const { outcome, removed } = await packAt('2026-12-05T00:00:00Z');
    expect(outcome).toBe('packed');
    expect(removed).toEqual([join(media, 'subscriptions/20261202T193320Z')]);
    expect(await sets()).toEqual(['20261205T000000Z']);
    await check();
  });

  test('keeps an older set that names another host', async () => {
    await packAt();
    await site.configure([
      'site:',
      '  hosts:',
      `    - { name: pve1, product: pve, serverIds: [${serverIds.pve1}] }`,
    ]);
    const { outcome, removed } = await packAt('2026-12-05T00:00:00Z');
    expect({ outcome, removed }).toEqual({ outcome: 'packed', removed: [] });
    expect(await sets()).toEqual(['20261202T193320Z', '20261205T000000Z']);
    const status = await subscriptionMediumStatus({
      ...{ media, keyFiles: [site.publicKeyFile], root: '/', signingKey: site.signingKey },
      ...{ warnDays: undefined, showKeys: false, context: testContext(now) },
    });
    expect(status.subscriptions.map(({ host }) => host)).toEqual(['pbs1', 'pve1']);
  });

  test('keeps those of another signer, which count for nothing', async () => {
    await packAt();
    const other = await createSubscriptionsOfAnotherSigner();
    const before = await treeOf(other);
    await site.removeKey(keys.pbs1);
    const { removed } = await packAt('2026-12-05T00:00:00Z');
    expect(removed).toEqual([join(media, 'subscriptions/20261202T193320Z')]);
    expect(await treeOf(other)).toEqual(before);
    expect((await openSubscriptions(media, trusted)).map(({ name }) => name)).toEqual(['20261205T000000Z']);
    await expect(check()).rejects.toMatchObject({ code: 'trust.unknown-signer' });
  });

  test('is refused when ours are damaged, and says which directory to remove', async () => {
    const { directory } = await packAt();
    await writeFile(join(directory ?? '', 'infos/0001.json'), '{}');
    await expect(packAt('2026-12-05T00:00:00Z')).rejects.toMatchObject({
      code: 'refused.exists',
      hints: [`Remove ${directory}, then run the same command again.`],
    });
  });

  test('loses what a run that was killed left', async () => {
    await mkdir(join(media, 'subscriptions/.20260101T000000Z.tmp/infos'), { recursive: true });
    await packAt();
    expect(await sets()).toEqual(['20261202T193320Z']);
  });

  /** By the same hosts' config, a second before ours. */
  async function createSubscriptionsOfAnotherSigner(): Promise<string> {
    const elsewhere = await scratchDirectory();
    await createSigningKey(join(elsewhere, 'signing-key.pem'));
    const config = await readFile(site.configFile, 'utf8');
    await writeFile(join(elsewhere, 'pommgr.yaml'), config);
    const context = testContext('2026-12-02T19:33:19Z');
    const otherMedia = await scratchDirectory();
    await packSubscriptions({
      configFile: join(elsewhere, 'pommgr.yaml'),
      media: otherMedia,
      allowLocal: true,
      context,
    });
    const to = join(media, 'subscriptions/20261202T193319Z');
    await cp(join(otherMedia, 'subscriptions/20261202T193319Z'), to, { recursive: true });
    return to;
  }
});

describe('what is packed', () => {
  test.each([
    ['unsigned', { signature: undefined }],
    ['over', { nextduedate: '2026-12-01' }],
    ['of another server', { serverid: 'D'.repeat(32) }],
    ['not active', { status: 'suspended' }],
  ])('leaves out an info that is %s, and says so', async (_, changes) => {
    const info = JSON.parse(infoOf(site, 'pve1', changes)) as object;
    await site.addKey(keys.pve1, serverIds.pve1, JSON.stringify({ ...info, ...changes }));
    const { outcome, hosts, warnings } = await packAt();
    expect(outcome).toBe('packed');
    expect(hosts.map(({ name, infos }) => [name, infos])).toEqual([
      ['pbs1', 1],
      ['pve1', 0],
    ]);
    expect(warnings[0]).toMatch(/^pve1 \(pve\) has no usable key: pve2s-\*{4}a11\. /);
  });

  test('says which hosts have no key at all', async () => {
    await site.removeKey(keys.pve1);
    expect((await packAt()).warnings[0]).toBe('pve1 (pve) has no usable key: POM knows none for it.');
  });

  test('says which keys run out before the next visit', async () => {
    await site.configure([...hostLines(), '  visitEveryDays: 90']);
    await site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1', { nextduedate: '2027-03-01' }));
    const { warnings, nextVisit } = await packAt();
    expect(nextVisit).toBe('2027-03-02');
    expect(warnings[0]).toBe(
      'pve1 (pve): the key pve2s-****a11 runs out on 2027-03-01, before the next planned visit (2027-03-02).',
    );
  });

  test('is every key but the mirror’s with include: all', async () => {
    await site.addKey(keys.stranger, serverIds.stranger, infoOf(site, 'stranger'));
    await include('all');
    const { hosts } = await packAt();
    expect(hosts.map(({ name }) => name)).toEqual(['pbs1', 'pve-cccccccc', 'pve1']);
    const [opened] = await openSubscriptions(media, trusted);
    expect(opened?.set.hosts[1]).toMatchObject({ owner: null, serverIds: [serverIds.stranger] });
  });

  test('is nothing with include: none, which --keys-only refuses', async () => {
    await include('none');
    await expect(packAt()).rejects.toMatchObject({ code: 'config.subscriptions', exitCode: 3 });
  });

  test('needs a usable info', async () => {
    await writeFile(site.pomConfig, '');
    await expect(packAt()).rejects.toMatchObject({ code: 'config.subscriptions' });
    expect(await readdir(media)).toEqual([]);
  });

  test('goes unchecked without the public key, with a warning', async () => {
    const text = await readFile(site.configFile, 'utf8');
    await writeFile(site.configFile, text.replace(/^subscription: .*$/m, ''));
    const { hosts, warnings } = await packAt();
    expect(hosts.map(({ infos }) => infos)).toEqual([1, 1]);
    expect(warnings[0]).toMatch(/^The infos' signatures were not checked\./);
  });

  async function include(what: string): Promise<void> {
    const text = await readFile(site.configFile, 'utf8');
    await writeFile(site.configFile, text.replace('signingKey:', `include: ${what}, signingKey:`));
  }
});

test('a dry run writes nothing', async () => {
  expect((await packAt(now, { dryRun: true })).outcome).toBe('planned');
  expect(await readdir(media)).toEqual([]);
});

describe('verify refuses', () => {
  const cases: [string, string, (set: string) => Promise<void>][] = [
    ['a changed info', 'integrity.digest', (set) => writeFile(join(set, 'infos/0001.json'), '{}')],
    ['a missing info', 'integrity.missing', (set) => rm(join(set, 'infos/0001.json'))],
    ['an added info', 'integrity.extra', (set) => writeFile(join(set, 'infos/0003.json'), '{}')],
    ['an added file', 'integrity.extra', (set) => writeFile(join(set, '../notes.txt'), '')],
    [
      'a changed document',
      'integrity.digest',
      (set) => edit(join(set, 'subscriptions.json'), 'own', 'reseller'),
    ],
    ['a changed root', 'trust.signature', (set) => edit(join(set, 'SHA256SUMS'), '0001', '0009')],
    ['a missing root', 'integrity.missing', (set) => rm(join(set, 'SHA256SUMS'))],
    ['no signature', 'trust.unsigned', (set) => rm(join(set, `SHA256SUMS.${site.key.keyId}.sig`))],
    [
      'a file in its place',
      'integrity.file-type',
      async (set) => {
        await rm(set, { recursive: true });
        await writeFile(set, '');
      },
    ],
    [
      'a file in place of all',
      'integrity.extra',
      async (set) => {
        await rm(join(set, '..'), { recursive: true });
        await writeFile(join(set, '..'), '');
      },
    ],
  ];
  test.each(cases)('%s', async (_, code, spoil) => {
    const { directory } = await packAt();
    await spoil(directory ?? '');
    await expect(check()).rejects.toMatchObject({ code });
  });

  test('and passes over what a run that was killed left', async () => {
    const { directory } = await packAt();
    await rename(directory ?? '', join(media, 'subscriptions/.20261202T193320Z.tmp'));
    await packAt('2026-12-05T00:00:00Z');
    await mkdir(join(media, 'subscriptions/.20261202T193320Z.tmp'));
    expect((await check()).strangers).toEqual(['subscriptions/.20261202T193320Z.tmp']);
  });

  async function edit(path: string, from: string, to: string): Promise<void> {
    await writeFile(path, (await readFile(path, 'utf8')).replace(from, to));
  }
});

test('writes a document that says what its schema says, sorted', async () => {
  const { directory } = await packAt();
  const text = await readFile(join(directory ?? '', 'subscriptions.json'), 'utf8');
  const set = JSON.parse(text) as SubscriptionSet;
  expect(text).toBe(canonicalJson(set));
  expect(set).toMatchObject({ schema: 'pommgr/subscriptions/v1', created: now, nextVisit: null });
});
