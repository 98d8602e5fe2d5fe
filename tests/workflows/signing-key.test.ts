import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import {
  createKey,
  distrustKey,
  listKeys,
  rotateKey,
  showKeys,
  trustKey,
} from '../../src/trust/workflows/signing-key.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const context = testContext('2026-11-02T03:04:05Z');
let online: OnlineSide;
let root: string;

beforeEach(async () => {
  online = await createOnlineSide();
  root = await scratchDirectory();
});

describe('trust and distrust', () => {
  it('are listed, and trusting twice changes nothing', async () => {
    const { keyId, fingerprint } = online.key;
    expect(await listKeys({ root })).toMatchObject({ keys: [], distrusted: [] });
    expect(await trustKey(online.publicKeyFile, root)).toEqual({ outcome: 'trusted', keyId, fingerprint });
    expect(await trustKey(online.publicKeyFile, root)).toMatchObject({ outcome: 'unchanged' });
    const file = join(root, 'etc/pommgr/trusted-keys.d', `${keyId}.pem`);
    expect(await listKeys({ root })).toMatchObject({ keys: [{ keyId, fingerprint, file }], distrusted: [] });
    expect(await distrustKey(keyId, { root })).toEqual({ outcome: 'distrusted', keyId, fingerprint });
    expect(await listKeys({ root })).toMatchObject({ keys: [], distrusted: [fingerprint] });
    await trustKey(online.publicKeyFile, root);
    expect(await listKeys({ root })).toMatchObject({ keys: [{ fingerprint }], distrusted: [] });
    expect(await distrustKey(fingerprint, { root })).toMatchObject({ outcome: 'distrusted' });
  });

  it('refuse a private key, other text, and a key that is not there', async () => {
    await expect(trustKey(online.privateKeyFile, root)).rejects.toMatchObject({
      code: 'config.signing-key',
      message: expect.stringContaining('private key') as unknown,
    });
    await expect(trustKey(online.configFile, root)).rejects.toMatchObject({ code: 'config.signing-key' });
    await expect(distrustKey('0123456789abcdef', { root })).rejects.toMatchObject({
      code: 'usage.signing-key',
    });
    expect(await readdir(root)).toEqual([]);
  });
});

describe('create and show', () => {
  it('write the key that the config names, and never over another', async () => {
    await rm(online.privateKeyFile);
    const choice = { configFile: online.configFile };
    const { isEncrypted, ...created } = await createKey(choice);
    expect(isEncrypted).toBe(false);
    expect(created).toMatchObject({
      privateKeyFile: online.privateKeyFile,
      publicKeyFile: online.publicKeyFile,
    });
    expect((await stat(created.privateKeyFile)).mode & 0o777).toBe(0o600);
    expect(await showKeys(choice)).toEqual({ keys: [created] });
    await expect(createKey(choice)).rejects.toMatchObject({ code: 'state.exists', exitCode: 8 });
    expect(await showKeys(choice)).toEqual({ keys: [created] });
  });

  it('want one key where one is meant', async () => {
    await writeFile(
      online.configFile,
      `${await readFile(online.configFile, 'utf8')}signing: { privateKeys: [./a.pem, ./b.pem] }\n`,
    );
    await expect(createKey({ configFile: online.configFile })).rejects.toMatchObject({
      code: 'usage.signing-key',
    });
    const keyFile = join(online.directory, 'a.pem');
    expect(await createKey({ configFile: online.configFile, keyFile })).toMatchObject({
      privateKeyFile: keyFile,
    });
  });
});

describe('rotate', () => {
  it('makes a key that a host accepts which trusts the old one, also over two steps', async () => {
    await trustKey(online.publicKeyFile, root);
    const first = await rotate();
    const second = await rotate();
    expect(second.from.fingerprint).toBe(first.to.fingerprint);
    await packOnline();
    const { bundles } = await verifyAt(root);
    expect(bundles).toMatchObject([
      {
        signers: [second.to.fingerprint],
        newSigners: [{ fingerprint: second.to.fingerprint, vouchedBy: first.to.fingerprint }],
      },
    ]);
    await trustKey(second.to.publicKeyFile, root);
    expect((await verifyAt(root)).bundles).toMatchObject([{ newSigners: [] }]);
  });

  it('keeps both halves of the old key under names of their own', async () => {
    const { from, to } = await rotate();
    expect(await showKeys({ configFile: undefined, keyFile: from.privateKeyFile })).toMatchObject({
      keys: [{ fingerprint: online.key.fingerprint }],
    });
    expect(await showKeys({ configFile: online.configFile })).toMatchObject({
      keys: [{ fingerprint: to.fingerprint }],
    });
    expect(await readFile(to.publicKeyFile, 'utf8')).toBe(to.pem);
    const oldPublicKey = from.privateKeyFile.replace(/\.pem$/, '.pub.pem');
    expect(await readFile(oldPublicKey, 'utf8')).toBe(online.key.pem);
  });

  it('is finished by the next run when it was interrupted', async () => {
    const begun = await createSigningKey(`${online.privateKeyFile}.new`);
    expect((await rotate()).to.fingerprint).toBe(begun.fingerprint);
    expect((await readdir(online.directory)).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('brings no key back that a host distrusts', async () => {
    await trustKey(online.publicKeyFile, root);
    const { to } = await rotate();
    await packOnline();
    await trustKey(to.publicKeyFile, root);
    await distrustKey(to.keyId, { root });
    await expect(verifyAt(root)).rejects.toMatchObject({ code: 'trust.unknown-signer', exitCode: 4 });
  });

  it.each([
    {
      what: 'a changed statement',
      code: 'trust.signature',
      attack: async (directory: string, newKeyId: string) => {
        const path = join(directory, `${newKeyId}.json`);
        await writeFile(path, (await readFile(path, 'utf8')).replace('2026', '2027'));
      },
    },
    {
      what: 'no statement',
      code: 'integrity.missing',
      attack: async (directory: string, newKeyId: string) => await rm(join(directory, `${newKeyId}.json`)),
    },
    {
      what: 'a statement that nobody signed',
      code: 'trust.unknown-signer',
      attack: async (directory: string) => {
        for (const name of await readdir(directory))
          if (name.endsWith('.sig')) await rm(join(directory, name));
      },
    },
    {
      what: 'a statement by a key that nobody trusts',
      code: 'trust.unknown-signer',
      attack: async () => await distrustKey(online.key.keyId, { root }),
    },
  ])('is not believed with $what', async ({ code, attack }) => {
    await trustKey(online.publicKeyFile, root);
    const { to } = await rotate();
    await packOnline();
    const stranger = await createSigningKey(join(root, 'stranger.pem'));
    await writeFile(join(root, 'stranger.pub.pem'), stranger.pem);
    await trustKey(join(root, 'stranger.pub.pem'), root);
    await attack(join(online.media, 'rotations'), to.keyId);
    await expect(verifyAt(root)).rejects.toMatchObject({ code });
  });

  it('is not believed for another key than the one that the old key named', async () => {
    await trustKey(online.publicKeyFile, root);
    const { to } = await rotate();
    await packOnline();
    const rotations = join(online.media, 'rotations');
    const impostor = await createSigningKey(join(root, 'impostor.pem'));
    // The statement for the real key under the impostor's name, and the impostor's name on the root's signature.
    for (const name of await readdir(rotations)) {
      const content = await readFile(join(rotations, name));
      await writeFile(join(rotations, name.replace(to.keyId, impostor.keyId)), content);
    }
    const bundle = join(online.media, 'bundles/site-1');
    const signature = await readFile(join(bundle, `SHA256SUMS.${to.keyId}.sig`));
    await writeFile(join(bundle, `SHA256SUMS.${impostor.keyId}.sig`), signature);
    await expect(verifyAt(root)).rejects.toMatchObject({ code: 'trust.rotation', exitCode: 4 });
  });

  const rotate = () => rotateKey({ configFile: online.configFile, context });
  const packOnline = () => pack({ configFile: online.configFile, media: online.media, context });
  const verifyAt = (where: string) => verify({ media: online.media, root: where, context });
});
