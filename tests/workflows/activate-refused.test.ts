/** Bad subscription infos and tools that misbehave: each is refused, and the host stays as it was. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SigningKey } from '../../src/trust/adapters/signing.ts';
import type { SubscriptionInfo } from '../../src/subscription/domain/subscription-info.ts';
import { activate, type ActivateOptions } from '../../src/activation/workflows/activate.ts';
import { testContext } from '../support/online.ts';
import {
  addPackage,
  anInfo,
  createInfoSigner,
  createProductHost,
  hostTime,
  serverId,
  type InfoSigner,
  type ProductHost,
  type SignerKind,
} from '../support/product-host.ts';
import {
  bringSubscriptions,
  createOperatorKey,
  type BroughtSubscription,
} from '../support/subscription-medium.ts';
import { treeOf } from '../support/tree.ts';

const otherServer = 'F'.repeat(32);
const kinds: SignerKind[] = ['ed25519', 'rsa', 'ec'];
let host: ProductHost;
let key: SigningKey;
const signers = Object.fromEntries(kinds.map((kind) => [kind, createInfoSigner(kind)])) as Record<
  SignerKind,
  InfoSigner
>;

beforeAll(async () => {
  key = await createOperatorKey();
  host = await createProductHost(['pve'], [key.publicKey]);
});

beforeEach(async () => {
  await signers.ed25519.trustOn(host.root);
  await host.setMode('normal');
  await host.setSockets(2);
  await addPackage(host.root, 'pve-manager', '7.2-11');
});

/** What a host has besides its programs and the store. */
async function hostTree(): Promise<string[]> {
  const trees = ['etc', 'var'].map((name) => treeOf(join(host.root, name)));
  return (await Promise.all(trees)).flat().filter((line) => !line.includes(' lib/pommgr'));
}

async function activateWith(media: string, options: Partial<ActivateOptions> = {}) {
  const context = testContext(hostTime);
  const { products } = await activate({ root: host.root, media, context, limitSeconds: 30, ...options });
  expect(products).toHaveLength(1);
  return products[0]!;
}

/** Brings it, activates, expects the failure and a host on which nothing was changed. */
async function expectRefused(
  brought: readonly BroughtSubscription[],
  expected: { code: string; says: RegExp },
): Promise<void> {
  const media = await bringSubscriptions(key, brought);
  const before = await hostTree();

  const { outcome, error } = await activateWith(media);

  expect({ outcome, code: error?.code }).toEqual({ outcome: 'failed', code: expected.code });
  expect(error?.message).toMatch(expected.says);
  expect(error?.hints.join('')).not.toBe('');
  expect(JSON.stringify(error)).not.toMatch(/0123456789|eyJ|[0-9A-F]{32}/);
  expect(await hostTree()).toEqual(before);
}

describe.each(kinds)('infos signed with %s', (kind) => {
  const signed = (members: Partial<SubscriptionInfo> = {}): SubscriptionInfo =>
    signers[kind].sign(anInfo(members));

  beforeEach(() => signers[kind].trustOn(host.root));

  test('are refused when a byte of the text or of the signature was changed', async () => {
    const good = signed();
    const { signature = '' } = good;
    const other = signature?.startsWith('0') === true ? '1' : '0';
    const says = /signature is not good/;

    await expectRefused([{ info: { ...good, nextduedate: '2027-05-02' } }], {
      code: 'trust.subscription-signature',
      says,
    });
    await expectRefused([{ info: { ...good, signature: `${other}${signature?.slice(1)}` } }], {
      code: 'trust.subscription-signature',
      says,
    });
  });

  test('are refused when another key of the kind signed them', async () => {
    const info = createInfoSigner(kind).sign(anInfo());

    await expectRefused([{ info }], { code: 'trust.subscription-signature', says: /signature is not good/ });
  });

  test('are activated when they are good', async () => {
    const media = await bringSubscriptions(key, [{ info: signed() }]);

    expect(await activateWith(media)).toMatchObject({ outcome: 'activated', status: 'active', error: null });

    for (const file of ['etc/subscription', 'etc/apt/auth.conf.d/pve.conf']) await rm(join(host.root, file));
  });
});

describe('an info', () => {
  const signed = (members: Partial<SubscriptionInfo> = {}): SubscriptionInfo =>
    signers.ed25519.sign(anInfo(members));

  test('for another server is refused', async () => {
    await expectRefused([{ info: signed({ serverid: otherServer }), serverId: otherServer }], {
      code: 'trust.subscription-server',
      says: /expected its server ID, found 1 for other servers/,
    });
    await expectRefused([{ info: signed({ serverid: otherServer }) }], {
      code: 'trust.subscription-server',
      says: /made for another server/,
    });
  });

  test('that is expired is refused: past its due date, or checked more than a year ago', async () => {
    const expected = { code: 'trust.subscription-expired', says: /valid until 2026-11-/ };

    await expectRefused([{ info: signed({ nextduedate: '2026-11-22' }) }], expected);
    const checktime = Date.parse('2025-11-21T10:00:00Z') / 1000;
    await expectRefused([{ info: signed({ checktime }) }], expected);
  });

  test('that is not yet valid is refused: checked in the future of this clock', async () => {
    const checktime = Date.parse('2026-11-22T12:00:00Z') / 1000;

    await expectRefused([{ info: signed({ checktime }) }], {
      code: 'trust.subscription-not-yet-valid',
      says: /checked in the future, 2026-11-22T12:00:00Z; the clock here says 2026-11-22T10:00:00Z/,
    });
  });

  test('for another product is refused', async () => {
    const info = signed({ key: 'pbsb-0123456789' });

    await expectRefused([{ info }], {
      code: 'trust.subscription-product',
      says: /for pbs, expected one for pve/,
    });
    await expectRefused([{ product: 'pbs', info }], {
      code: 'trust.subscription-product',
      says: /are for pbs: expected one for pve/,
    });
  });

  test('that is unsigned, or whose signature nobody can check, is refused', async () => {
    await expectRefused([{ info: anInfo() }], {
      code: 'trust.subscription-unsigned',
      says: /not signed by Proxmox/,
    });
    await rm(join(host.root, 'usr/share/keyrings/proxmox-offline-signing-key.pub'));
    await expectRefused([{ info: signed() }], {
      code: 'trust.subscription-signature-unchecked',
      says: /public key is not here/,
    });
  });

  test.each(['suspended', 'invalid', 'new'])('with the status %s is refused', async (status) => {
    await expectRefused([{ info: signed({ status }) }], {
      code: 'trust.subscription-status',
      says: new RegExp(`status is ${status}, expected active`),
    });
  });

  test('that is malformed JSON, or no info, is refused', async () => {
    const code = 'config.subscription-info';
    await expectRefused([{ info: '{"status":"active","key":"pve2b-0123456789"' }], {
      code,
      says: /not valid JSON/,
    });
    await expectRefused([{ info: '[]' }], { code, says: /is not a subscription info/ });
    await expectRefused([{ info: JSON.stringify(signed({ nextduedate: 'soon' })) }], {
      code,
      says: /nextduedate/,
    });
  });

  test('for fewer sockets than the host has is refused', async () => {
    await host.setSockets(4);

    await expectRefused([{ info: signed() }], {
      code: 'trust.subscription-sockets',
      says: /covers 2 CPU sockets, the host has 4/,
    });
  });

  test('for fewer sockets is refused also where the product does not know yet how many there are', async () => {
    await host.setSockets(8);
    const media = await bringSubscriptions(key, [{ info: signed({ key: 'pve4b-0123456789' }) }]);

    const { outcome, error } = await activateWith(media, { dryRun: true });

    expect({ outcome, code: error?.code }).toEqual({ outcome: 'failed', code: 'trust.subscription-sockets' });
  });

  test.each([
    ['pve2b-arm-0123456789', 'architecture', /key for arm64 hosts, this one is amd64/],
    ['pve3b-0123456789', 'key-shape', /does not have the form/],
    ['pve16b-0123456789', 'key-shape', /does not have the form/],
    ['pve2b-012345678G', 'key-shape', /does not have the form/],
  ])('with the key %s is refused, as the product would refuse it', async (keyText, code, says) => {
    await expectRefused([{ info: signed({ key: keyText }) }], { code: `trust.subscription-${code}`, says });
  });

  test('with the server ID in lower-case letters is refused, for the product compares every letter', async () => {
    await expectRefused([{ info: signed({ serverid: serverId.toLowerCase() }) }], {
      code: 'trust.subscription-server',
      says: /in lower-case letters/,
    });
  });

  test('that is due on a date like 2027-5-1 is taken', async () => {
    const media = await bringSubscriptions(key, [{ info: signed({ nextduedate: '2027-5-1' }) }]);

    const activation = await activateWith(media, { dryRun: true });

    expect(activation).toMatchObject({
      outcome: 'would-activate',
      subscription: { nextDueDate: '2027-05-01', validUntil: '2027-05-01T00:00:00Z' },
    });
  });

  test('is refused when there are two of different keys that run equally long', async () => {
    await expectRefused([{ info: signed() }, { info: signed({ key: 'pve2s-abcdef0123' }) }], {
      code: 'trust.subscription-choice',
      says: /pve2b-\*{4}789 and pve2s-\*{4}123; expected one/,
    });
  });

  test('is missed on a medium that holds none', async () => {
    await expectRefused([], {
      code: 'trust.subscription-missing',
      says: /expected one for this host, found none/,
    });
  });
});

describe('a good info', () => {
  let media: string;

  beforeAll(async () => {
    media = await bringSubscriptions(key, [{ info: signers.ed25519.sign(anInfo()) }]);
  });

  async function expectUndone(
    expected: { code: string; says: RegExp },
    options: Partial<ActivateOptions> = {},
  ): Promise<void> {
    const before = await hostTree();

    const { outcome, error } = await activateWith(media, options);

    expect({ outcome, code: error?.code }).toEqual({ outcome: 'failed', code: expected.code });
    expect(error?.message).toMatch(expected.says);
    expect(JSON.stringify(error)).not.toMatch(/0123456789|eyJ|[0-9A-F]{32}/);
    expect(await hostTree()).toEqual(before);
    expect((await treeOf(join(host.root, 'var/lib/pommgr'))).join('\n')).not.toContain('journal.json');
  }

  test('does not help where the tool is missing', async () => {
    const tool = join(host.root, 'usr/bin/pvesubscription');
    await rename(tool, `${tool}.hidden`);
    try {
      await expectUndone({
        code: 'tool.missing',
        says: /pvesubscription is missing, although this is a pve host/,
      });
    } finally {
      await rename(`${tool}.hidden`, tool);
    }
  });

  test('is undone when the tool exits 0 and leaves it invalid', async () => {
    await host.setMode('lie');
    await expectUndone({
      code: 'tool.subscription-inactive',
      says: /it is invalid: Signature validation failed\. Expected it to be active\.$/,
    });
  });

  test('is undone when the product knows another signing key than the one that was named', async () => {
    await signers.rsa.trustOn(host.root);
    const before = await hostTree();
    const file = join(media, 'proxmox.pub');
    await writeFile(file, signers.ed25519.pem);

    const { error } = await activateWith(media, { signingKey: file });

    expect(error).toMatchObject({ code: 'tool.subscription-inactive' });
    expect(await hostTree()).toEqual(before);
  });

  test.each(['hang-get', 'hang-set'])('is undone when the tool hangs (%s)', async (mode) => {
    await host.setMode(mode);
    await expectUndone(
      { code: 'tool.timeout', says: /took longer than 3 s and was ended/ },
      { limitSeconds: 3 },
    );
  });

  test.each(['fail-get', 'fail-set'])('is undone when the tool fails (%s)', async (mode) => {
    await host.setMode(mode);
    await expectUndone({ code: 'tool.subscription', says: /ended with exit code 255/ });
  });

  test('is refused by a host whose product is too old', async () => {
    await addPackage(host.root, 'pve-manager', '7.2-9');
    await expectUndone({ code: 'refused.version', says: /pve-manager 7\.2-11 or newer, found 7\.2-9/ });
  });

  test('needs the set to be signed by a key that the host trusts', async () => {
    const strange = await bringSubscriptions(await createOperatorKey(), [
      { info: signers.ed25519.sign(anInfo()) },
    ]);
    await expect(activateWith(strange)).rejects.toMatchObject({ code: 'trust.unknown-signer' });
  });
});
