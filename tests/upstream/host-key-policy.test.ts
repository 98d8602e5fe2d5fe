import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { hostKeyWarnings, type SignedBy, type SignerKey } from '../../src/upstream/domain/host-key-policy.ts';
import { readKeyring, verifyDetached, verifyInline } from '../../src/upstream/adapters/openpgp.ts';
import { createSigningIdentity, signDetached, signInline } from '../support/gpg.ts';
import { scratchDirectory } from '../support/scratch.ts';

const now = new Date('2026-11-28T00:00:00Z');
const strong: SignerKey = { fingerprint: 'A'.repeat(40), algorithms: ['RSA 4096'], bindings: [['strong']] };

function warnings(codename: string, signed: Partial<SignedBy>): string[] {
  const good = { signerKeys: [strong], isFirstBlockGood: true, hasRefusedSignature: false };
  return hostKeyWarnings('repo', { ...good, ...signed }, { codename, now });
}

describe('what hosts of trixie refuse', () => {
  test.each([
    [{ bindings: [['SHA-1']] }, 'refuse this repository since 2026-02-01', 'SHA-1 self-signatures alone'],
    [{ bindings: [['strong'], ['SHA-1']] }, 'since 2026-02-01', 'SHA-1'],
    [{ algorithms: ['DSA 3072'] }, 'since 2024-02-01', 'is DSA 3072'],
    [{ algorithms: ['ed25519', 'RSA 1024'] }, 'since 2014-02-01', 'is RSA 1024'],
  ])('%j', (change, since, why) => {
    const [text, ...others] = warnings('trixie', { signerKeys: [{ ...strong, ...change }] });
    expect(others).toEqual([]);
    expect(text).toContain(since);
    expect(text).toContain(why);
    expect(text).toContain('apt-sequoia.config');
    expect(warnings('bookworm', { signerKeys: [{ ...strong, ...change }] })).toEqual([]);
  });

  test.each([
    [{ bindings: [['SHA-1', 'strong']] }],
    [{ algorithms: ['RSA 2048'] }],
    [{ algorithms: ['brainpoolP256r1'] }],
    [{ algorithms: ['nistP256', 'ed25519Legacy'] }],
  ])('nothing of %j', (change) => {
    expect(warnings('trixie', { signerKeys: [{ ...strong, ...change }] })).toEqual([]);
  });

  test('one signer that they believe is enough', () => {
    expect(warnings('trixie', { signerKeys: [{ ...strong, bindings: [['SHA-1']] }, strong] })).toEqual([]);
  });

  test('a date of the coming year is told before it comes', () => {
    const signed = {
      signerKeys: [{ ...strong, algorithms: ['RSA 2048'] }],
      isFirstBlockGood: true,
      hasRefusedSignature: false,
    };
    const at = (time: string) => hostKeyWarnings('repo', signed, { codename: 'trixie', now: new Date(time) });
    expect(at('2029-02-01T00:00:00Z')).toEqual([expect.stringContaining('from 2030-02-01 on')]);
    expect(at('2029-01-31T00:00:00Z')).toEqual([]);
  });

  test('a first signature block by another key', () => {
    expect(warnings('trixie', { isFirstBlockGood: false })).toEqual([
      expect.stringContaining('the first of its signature blocks'),
    ]);
    expect(warnings('bookworm', { isFirstBlockGood: false })).toEqual([]);
  });
});

test('hosts of bookworm refuse a file with a signature that counts for nothing', () => {
  expect(warnings('bookworm', { hasRefusedSignature: true })).toEqual([
    expect.stringContaining('expired or made with a weak hash'),
  ]);
  expect(warnings('trixie', { hasRefusedSignature: true })).toEqual([]);
});

describe('keyring files', () => {
  const text = Buffer.from('Origin: Demo\n');
  const options = { where: 'InRelease', now };

  it('are read binary, armored, indented, one after the other, mixed, and with a revocation between them', async () => {
    const [alice, bob] = [
      await createSigningIdentity({ name: 'Ring A' }),
      await createSigningIdentity({ name: 'Ring B' }),
    ];
    const armored = await Promise.all(
      [alice, bob].map(({ armoredKeyring }) => readFile(armoredKeyring, 'latin1')),
    );
    const binary = await Promise.all(
      [alice, bob].map(({ binaryKeyring }) => readFile(binaryKeyring, 'latin1')),
    );
    const [a = '', b = ''] = armored;
    const [binaryA = '', binaryB = ''] = binary;
    const empty = a.replace(/\n\n[^]*?\n-----END/, '\n\niQA=\n-----END');
    const forms = {
      binary: binaryB + binaryA,
      armored: b + a,
      'binary before armored': binaryB + a,
      'armored before binary': b + binaryA,
      indented: (b + a).replaceAll(/^/gm, '  '),
      'carriage returns': (b + a).replaceAll('\n', '\r\n'),
      'text around': `A key.\n${b}Another:\n${a}The end.\n`,
      'a block of something else': b + empty + a,
    };
    const path = join(await scratchDirectory(), 'key');
    for (const [form, content] of Object.entries(forms)) {
      await writeFile(path, content, 'latin1');
      const found = (await readKeyring(path)).certificates.map((key) => key.getFingerprint().toUpperCase());
      expect([form, ...found.toSorted()]).toEqual([form, ...[alice.fingerprint, bob.fingerprint].toSorted()]);
    }
  });

  it('several signature blocks in one file: one that is good is enough, and which it is is told', async () => {
    const [alice, bob] = [
      await createSigningIdentity({ name: 'Block A' }),
      await createSigningIdentity({ name: 'Block B' }),
    ];
    const keyring = await readKeyring(alice.binaryKeyring);
    const [ofAlice, ofBob] = [await signInline(text, [alice]), await signInline(text, [bob])].map(String);
    const blockOf = (signed = ''): string => signed.slice(signed.indexOf('-----BEGIN PGP SIGNATURE'));
    const later = { ...options, now: new Date(Date.now() + 1000) };

    const first = await verifyInline(Buffer.from((ofAlice ?? '') + blockOf(ofBob)), keyring, later);
    const second = await verifyInline(Buffer.from((ofBob ?? '') + blockOf(ofAlice)), keyring, later);
    const signature = Buffer.concat([await signDetached(text, [bob]), await signDetached(text, [alice])]);
    const detached = await verifyDetached(text, keyring, { ...later, signature });

    expect([first, second, detached].map(({ isFirstBlockGood }) => isFirstBlockGood)).toEqual([
      true,
      false,
      false,
    ]);
    expect([first, second, detached].flatMap(({ signers }) => signers)).toEqual(
      Array(3).fill(alice.fingerprint),
    );
  });
});
