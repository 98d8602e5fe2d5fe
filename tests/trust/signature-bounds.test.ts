/** Signatures, statements about new keys and their chains: as many as are allowed count, one more is refused. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { below, topPlace } from '../../src/core/domain/place.ts';
import { checkRootSignatures, signedRootAt } from '../../src/trust/adapters/bundle-signers.ts';
import { createRotation, rotationFileName, rotationSignatureName } from '../../src/trust/domain/rotation.ts';
import {
  describePublicKey,
  rootSignatureName,
  type SigningPublicKey,
} from '../../src/trust/domain/signing-key.ts';
import { scratchDirectory } from '../support/scratch.ts';

interface Key {
  publicKey: SigningPublicKey;
  privateKey: KeyObject;
}

const root = Buffer.from('a list of digests\n');
let keys: Key[];
let top: string;

beforeAll(() => {
  keys = Array.from({ length: 66 }, () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    return { publicKey: describePublicKey(publicKey), privateKey };
  });
});

beforeEach(async () => {
  top = await scratchDirectory();
  await mkdir(join(top, 'rotations'));
});

/** Signs with these keys, and asks a machine that trusts the first key of all. */
async function signersOf(signing: readonly Key[]): Promise<string[]> {
  const signatureFiles: string[] = [];
  for (const { publicKey, privateKey } of signing) {
    signatureFiles.push(rootSignatureName(publicKey.keyId));
    await writeFile(join(top, rootSignatureName(publicKey.keyId)), sign(null, root, privateKey));
  }
  const directory = topPlace(top);
  const rotations = below(directory, 'rotations');
  const signed = signedRootAt(directory, { root, signatureFiles, rotations });
  const trusted = keys.slice(0, 1).map(({ publicKey }) => ({ ...publicKey, file: '' }));
  const { signers } = await checkRootSignatures(signed, {
    ...{ directory: '', keys: trusted, distrusted: [], threshold: 1 },
  });
  return signers.map(({ keyId }) => keyId);
}

/** Each of the first `steps` keys hands over to the next; returns the last. */
async function rotate(steps: number): Promise<Key> {
  for (const [index, from] of keys.slice(0, steps).entries()) {
    const to = keys[index + 1];
    if (to === undefined) throw new Error('too few keys');
    const text = JSON.stringify(createRotation(from.publicKey, to.publicKey, '2025-06-01T00:00:00Z'));
    const at = (name: string): string => join(top, 'rotations', name);
    await writeFile(at(rotationFileName(to.publicKey.keyId)), text);
    const name = rotationSignatureName(to.publicKey.keyId, from.publicKey.keyId);
    await writeFile(at(name), sign(null, Buffer.from(text), from.privateKey));
  }
  return keys[steps] ?? Promise.reject(new Error('too few keys'));
}

test('64 signatures are read, and 65 refused', async () => {
  expect(await signersOf(keys.slice(0, 64))).toEqual([keys[0]?.publicKey.keyId]);
  await expect(signersOf(keys.slice(0, 65))).rejects.toMatchObject({ code: 'trust.signatures' });
});

test('a signer 64 rotations away counts, one 65 away is refused', async () => {
  const last = await rotate(64);
  expect(await signersOf([last])).toEqual([last.publicKey.keyId]);
  const beyond = await rotate(65);
  await expect(signersOf([beyond])).rejects.toMatchObject({ code: 'trust.rotations' });
});

test('1000 files of statements are read, and 1001 refused', async () => {
  const last = await rotate(1);
  for (let count = 2; count < 1000; count += 1) await writeFile(join(top, 'rotations', `${count}`), '');
  expect(await signersOf([last])).toEqual([last.publicKey.keyId]);
  await writeFile(join(top, 'rotations/one-more'), '');
  await expect(signersOf([last])).rejects.toMatchObject({ code: 'trust.rotations' });
});
