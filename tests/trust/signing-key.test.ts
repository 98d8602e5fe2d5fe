import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  createRotation,
  keyIdsOfRotationSignature,
  readRotation,
  rotationSignatureName,
} from '../../src/trust/domain/rotation.ts';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import {
  describePublicKey,
  isRootSignatureName,
  keyIdOfRootSignature,
  parsePublicKey,
  rootSignatureName,
} from '../../src/trust/domain/signing-key.ts';

const newKey = () => describePublicKey(generateKeyPairSync('ed25519').publicKey);

describe('a public signing key', () => {
  it('is read back as it was written, also with other line breaks', () => {
    const key = newKey();
    expect(parsePublicKey(key.pem, 'key')).toEqual(key);
    expect(parsePublicKey(key.pem.replaceAll('\n', '\r\n'), 'key')).toEqual(key);
    expect(key.keyId).toBe(key.fingerprint.slice(0, 16));
  });

  it.each([
    ['text', 'no key'],
    [
      'a private key',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ],
    [
      'an X25519 key',
      generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ],
  ])('is not %s', (_what, pem) => {
    expect(() => parsePublicKey(pem, 'key')).toThrow(expect.objectContaining({ code: 'config.signing-key' }));
  });

  it('has its id in the name of its signatures', () => {
    const name = rootSignatureName('0123456789abcdef');
    expect(name).toBe('SHA256SUMS.0123456789abcdef.sig');
    expect(isRootSignatureName(name)).toBe(true);
    expect(keyIdOfRootSignature(name)).toBe('0123456789abcdef');
    for (const other of [
      'SHA256SUMS',
      'SHA256SUMS.sig',
      'SHA256SUMS.0123456789ABCDEF.sig',
      `x${name}`,
      `${name}x`,
    ]) {
      expect(isRootSignatureName(other)).toBe(false);
    }
  });
});

describe('a rotation', () => {
  const from = newKey();
  const to = newKey();
  const rotation = createRotation(from, to, '2026-11-01T00:00:00Z');
  const names = { oldFingerprint: from.fingerprint, newKeyId: to.keyId };

  it('gives the new key', () => {
    expect(readRotation(canonicalJson(rotation), names, 'rotation')).toEqual(to);
  });

  it.each([
    ['another old key', { ...rotation, oldFingerprint: to.fingerprint }, 'trust.rotation'],
    ['another new fingerprint', { ...rotation, newFingerprint: from.fingerprint }, 'trust.rotation'],
    ['another new key', { ...rotation, newPublicKey: newKey().pem }, 'trust.rotation'],
    ['no key', { ...rotation, newPublicKey: 'no key' }, 'config.signing-key'],
    ['a newer schema', { ...rotation, schema: 'pommgr/key-rotation/v2' }, 'config.version'],
    ['more members', { ...rotation, more: true }, 'config.document'],
  ])('with %s is refused', (_what, changed, code) => {
    expect(() => readRotation(canonicalJson(changed), names, 'rotation')).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('for another key id than its file name says is refused', () => {
    expect(() =>
      readRotation(canonicalJson(rotation), { ...names, newKeyId: from.keyId }, 'rotation'),
    ).toThrow(expect.objectContaining({ code: 'trust.rotation', exitCode: 4 }));
  });

  it('has both ids in the name of its signature', () => {
    const name = rotationSignatureName(to.keyId, from.keyId);
    expect(keyIdsOfRotationSignature(name)).toEqual({ newKeyId: to.keyId, oldKeyId: from.keyId });
    expect(keyIdsOfRotationSignature('../x.json.y.sig')).toBeUndefined();
  });
});
