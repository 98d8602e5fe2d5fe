/** A host that asks for two keys: whose signatures count, and as how many. */
import { below, topPlace } from '../../src/core/domain/place.ts';
import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSignedDirectory } from '../../src/trust/adapters/signed-directory.ts';
import { writeSignedDirectory } from '../../src/trust/adapters/signed-directory-writer.ts';
import { createSigningKey, openSigningKey } from '../../src/trust/adapters/signing.ts';
import { readHostTrust } from '../../src/trust/adapters/trusted-keys.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { rotateKey, trustKey } from '../../src/trust/workflows/signing-key.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { createHost, createSite, writeBelow } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const context = testContext();

describe('signing.threshold: 2', () => {
  let online: OnlineSide;
  let root: string;

  beforeEach(async () => {
    online = await createOnlineSide();
    root = await scratchDirectory();
    await writeBelow(root, 'etc/pommgr/config.yaml', 'signing: { threshold: 2 }\n');
    await trustKey(online.publicKeyFile, root);
  });

  it('refuses what one trusted key signed, and says how many are needed', async () => {
    await packOnline();
    await expect(verifyAt()).rejects.toMatchObject({
      code: 'trust.threshold',
      exitCode: 4,
      message: expect.stringContaining(
        `signed by 1 of the keys that this machine trusts (${online.key.keyId}), expected 2`,
      ) as unknown,
      details: { expected: 2, found: 1 },
    });
  });

  it('counts a second signature only when its key is trusted', async () => {
    const second = await secondKey();
    await packOnline();
    await expect(verifyAt()).rejects.toMatchObject({ code: 'trust.threshold' });
    await trustKey(second.file, root);
    expect((await verifyAt()).bundles).toMatchObject([
      { signers: [online.key.fingerprint, second.key.fingerprint].toSorted() },
    ]);
  });

  it('counts a key once that is trusted under two names', async () => {
    await cp(online.publicKeyFile, join(root, 'etc/pommgr/trusted-keys.d/site.pem'));
    await packOnline();
    await expect(verifyAt()).rejects.toMatchObject({ code: 'trust.threshold', details: { found: 1 } });
  });

  it('counts a key and those that it handed over to as one, over any number of steps', async () => {
    const { from } = await rotate();
    await rotate();
    await signWith(['./signing-key.pem', from.privateKeyFile]);
    await packOnline();
    await expect(verifyAt()).rejects.toMatchObject({
      code: 'trust.threshold',
      details: { found: 1 },
      hints: expect.arrayContaining([expect.stringContaining('count as one')]) as unknown,
    });
  });

  it('counts the new key in the place of the old one', async () => {
    const second = await secondKey();
    await trustKey(second.file, root);
    const { to } = await rotateKey({
      configFile: online.configFile,
      keyFile: online.privateKeyFile,
      context,
    });
    await packOnline();
    const [bundle] = (await verifyAt()).bundles;
    expect(bundle?.signers.toSorted()).toEqual([second.key.fingerprint, to.fingerprint].toSorted());
    expect(bundle?.newSigners).toMatchObject([{ fingerprint: to.fingerprint }]);
  });

  it('holds for every signed directory of a medium', async () => {
    await secondKey();
    const top = topPlace(online.media);
    const place = { kind: 'tool', directory: below(top, 'tool') } as const;
    const open = async () =>
      openSignedDirectory(place, {
        trusted: await readHostTrust(root),
        rotations: below(top, 'rotations'),
        isName: (name) => name === 'pommgr',
        needed: () => ['pommgr'],
      });
    const keys = [await openSigningKey(online.privateKeyFile)];
    await writeSignedDirectory(place, new Map([['pommgr', Buffer.from('text')]]), keys);
    await expect(open()).rejects.toMatchObject({ code: 'trust.threshold' });
    await trustKey(join(online.directory, 'second.pub.pem'), root);
    keys.push(await openSigningKey(join(online.directory, 'second.pem')));
    await writeSignedDirectory(place, new Map([['pommgr', Buffer.from('text')]]), keys);
    expect((await open()).signers).toHaveLength(2);
  });

  it.each([
    { text: 'signing: { threshold: 0 }', says: 'signing.threshold' },
    { text: 'signing: { threshold: two }', says: 'signing.threshold' },
    { text: 'signing: { thresold: 2 }', says: 'thresold' },
  ])('is not taken for one when the config says "$text"', async ({ text, says }) => {
    await packOnline();
    await writeBelow(root, 'etc/pommgr/config.yaml', `${text}\n`);
    await expect(verifyAt()).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining(says) as unknown,
    });
  });

  const packOnline = () => pack({ configFile: online.configFile, media: online.media, context });
  const verifyAt = () => verify({ media: online.media, root, context });
  const rotate = () => rotateKey({ configFile: online.configFile, context });

  async function signWith(files: readonly string[]): Promise<void> {
    const config = (await readFile(online.configFile, 'utf8')).replace(/^signing:.*\n/m, '');
    await writeFile(online.configFile, `${config}signing: { privateKeys: [${files.join(', ')}] }\n`);
  }

  /** A second key of the config; its public half is in `file`. */
  async function secondKey(): Promise<{ key: SigningPublicKey; file: string }> {
    const key = await createSigningKey(join(online.directory, 'second.pem'));
    const file = join(online.directory, 'second.pub.pem');
    await writeFile(file, key.pem);
    await signWith(['./signing-key.pem', './second.pem']);
    return { key, file };
  }
});

describe('a host that asks for two keys', () => {
  it('keeps to it for what it has stored, over a rotation, and takes a signature that was added later', async () => {
    const site = await createSite();
    const second = await createSigningKey(join(site.directory, 'second.pem'));
    const root = await createHost([site.key, second]);
    const both = 'signing: { privateKeys: [./signing-key.pem, ./second.pem] }\n';
    const config = await readFile(site.configFile, 'utf8');
    await writeFile(site.configFile, `${config}${both}`);
    const media = await site.bring();
    const bundle = join(media, 'bundles/test-1');
    const withheld = join(site.directory, 'withheld');
    await cp(join(bundle, `SHA256SUMS.${second.keyId}.sig`), withheld);
    await rm(join(bundle, `SHA256SUMS.${second.keyId}.sig`));
    await apply({ media, root, context });
    const threshold = 'signing: { threshold: 2 }\n';
    await writeBelow(root, 'etc/pommgr/config.yaml', threshold);

    await expect(apply({ media, root, context })).rejects.toMatchObject({ code: 'trust.threshold' });
    expect(await keyComplaints(root)).toEqual([expect.stringContaining('expected 2')]);

    await cp(withheld, join(bundle, `SHA256SUMS.${second.keyId}.sig`));
    expect(await apply({ media, root, context })).toMatchObject({ outcome: 'unchanged' });
    expect(await keyComplaints(root)).toEqual([]);
  });

  it('gives no second seat to a key that it took from a rotation', async () => {
    const site = await createSite();
    const second = await createSigningKey(join(site.directory, 'second.pem'));
    const root = await createHost([site.key, second]);
    await writeBelow(root, 'etc/pommgr/config.yaml', 'signing: { threshold: 2 }\n');
    const config = await readFile(site.configFile, 'utf8');
    const sign = (files: string) =>
      writeFile(site.configFile, `${config}signing: { privateKeys: [${files}] }\n`);
    const keyFile = join(site.directory, 'signing-key.pem');
    const { from, to } = await rotateKey({ configFile: site.configFile, keyFile, context });
    await sign('./signing-key.pem, ./second.pem');
    expect(await apply({ media: await site.bring(), root, context })).toMatchObject({
      outcome: 'applied',
      newSigners: [{ fingerprint: to.fingerprint }],
    });
    expect((await readdir(join(root, 'etc/pommgr/trusted-keys.d'))).length).toBe(4);

    // Both are trusted by now, but whoever held the old key could have made the new one.
    await sign(`./signing-key.pem, ${from.privateKeyFile}`);
    await expect(apply({ media: await site.bring(), root, context })).rejects.toMatchObject({
      code: 'trust.threshold',
      details: { found: 1 },
    });
    await sign(`${from.privateKeyFile}, ./second.pem`);
    expect(await apply({ media: await site.bring(), root, context })).toMatchObject({ outcome: 'applied' });
  });
});

async function keyComplaints(root: string): Promise<string[]> {
  const { checks } = await doctor({
    root,
    deep: false,
    repair: false,
    context: testContext('2025-06-04T00:00:00Z'),
  });
  return checks.flatMap(({ name, problems }) => (name === 'keys' ? problems.map(({ what }) => what) : []));
}
