/** The chain manifest -> signatures -> bundle.json is read with one set of limits, and messages name its source. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { readSignedSource } from '../../src/medium/adapters/signed-bundle.ts';

const trusted = {
  directory: '/etc/pommgr/trusted-keys.d',
  distrusted: [],
  threshold: 1,
  keys: [
    {
      keyId: '0123456789abcdef',
      fingerprint: 'a'.repeat(64),
      file: '/etc/pommgr/trusted-keys.d/a.pem',
      pem: generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
  ],
};

test('a wrong signature is told by the address that it came from, and is read to 64 bytes at most', async () => {
  const asked: [string, number][] = [];
  const source = {
    where: 'http://store.example/baselines/site-1',
    signatureFiles: ['SHA256SUMS.0123456789abcdef.sig'],
    hint: 'Ask its host.',
    read: async (file: string, maxBytes: number) => {
      asked.push([file, maxBytes]);
      return Buffer.alloc(64);
    },
  };

  await expect(readSignedSource(source, trusted)).rejects.toMatchObject({
    code: 'trust.signature',
    message: expect.stringContaining(`${source.where}/SHA256SUMS.0123456789abcdef.sig is not the signature`),
  });
  expect(asked).toEqual([
    ['SHA256SUMS', 1024 * 1024],
    ['SHA256SUMS.0123456789abcdef.sig', 64],
  ]);
});
