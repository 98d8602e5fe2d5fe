import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readKeyring, verifyDetached, verifyInline } from '../../src/upstream/adapters/openpgp.ts';
import { run } from '../../src/core/adapters/process.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import {
  createSigningIdentity,
  signDetached,
  signInline,
  writeKeyring,
  writeRevokedKeyring,
  type SigningIdentity,
} from '../support/gpg.ts';
import { scratchDirectory } from '../support/scratch.ts';

const now = new Date('2025-06-10T00:00:00Z');
const signedAt = new Date('2025-06-01T00:00:00Z');
const options = { where: 'mirror demo: InRelease', now };
const text = 'Origin: Fixture\nSuite: stable\nSHA256:\n 00 1 main/binary-amd64/Packages\n';

let alice: SigningIdentity;
let bob: SigningIdentity;
let stranger: SigningIdentity;
let expired: SigningIdentity;
let scratch: string;

beforeAll(async () => {
  alice = await createSigningIdentity({ name: 'Alice' });
  bob = await createSigningIdentity({ name: 'Bob', algorithm: 'rsa2048' });
  stranger = await createSigningIdentity({ name: 'Stranger' });
  expired = await createSigningIdentity({ name: 'Expired', expires: new Date('2025-06-05T00:00:00Z') });
  scratch = await scratchDirectory();
});

/** What the real gpgv writes, and whether it is content. */
async function gpgv(signed: Uint8Array, keyring: string) {
  const [input, output] = [join(scratch, 'InRelease'), join(scratch, 'Release')];
  await writeFile(input, signed);
  await rm(output, { force: true });
  const args = ['--keyring', keyring, '--output', output, input];
  const { exitCode } = await run('gpgv', args, { accept: [0, 1, 2] });
  return { exitCode, output: exitCode === 0 ? await readFile(output) : undefined };
}

async function refusal(work: Promise<unknown>): Promise<PommgrError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof PommgrError) return error;
  throw new Error(`expected a PommgrError, found ${String(error)}`);
}

describe('readKeyring', () => {
  test.each(['binary', 'armored'] as const)('reads several certificates from one %s file', async (form) => {
    const path = join(scratch, `two.${form}`);
    await writeKeyring(path, [alice, bob], { armored: form === 'armored' });

    const keyring = await readKeyring(path);

    expect(keyring.certificates).toHaveLength(2);
  });

  test('counts a certificate that is there twice once', async () => {
    const path = join(scratch, 'twice.gpg');
    await writeKeyring(path, [alice, alice]);

    expect((await readKeyring(path)).certificates).toHaveLength(1);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('<html>')],
    ['a keybox', Buffer.concat([Buffer.from('00000020010100024b425866', 'hex'), Buffer.alloc(20)])],
  ])('refuses a file with %s in it', async (_, content) => {
    const path = join(scratch, 'no-keyring');
    await writeFile(path, content);

    expect(await refusal(readKeyring(path))).toMatchObject({ code: 'config.keyring' });
  });

  test('names a file that is not there', async () => {
    const error = await refusal(readKeyring(join(scratch, 'absent.gpg')));

    expect(error.code).toBe('config.keyring');
    expect(error.message).toContain('absent.gpg cannot be read (ENOENT)');
  });
});

describe('verifyInline', () => {
  test.each([
    ['plain text', text],
    ['dashes at the start of lines', '- one\n-----BEGIN NOTHING-----\n-\nplain\n'],
    ['white space at the end of lines', 'one  \ntwo\t \n \nthree\n'],
    ['CRLF line ends', 'one\r\ntwo \r\nthree\r\n'],
    ['carriage returns inside lines', 'one\rtwo\r\r\nthree\n'],
    ['no line end at the end', 'one\ntwo'],
    ['blank lines at both ends', '\n\none\n\n\n'],
    ['bytes that are no UTF-8', Buffer.from('4f726967696e3a20ff80fe0a', 'hex')],
  ])('gives the bytes that gpgv writes: %s', async (_, content) => {
    const signed = await signInline(content, [alice], { signedAt });

    const verified = await verifyInline(signed, await readKeyring(alice.binaryKeyring), options);

    const reference = await gpgv(signed, alice.binaryKeyring);
    expect(reference.exitCode).toBe(0);
    expect(Buffer.from(verified.text)).toEqual(reference.output);
  });

  test('gives the same for a file whose own line ends were made CRLF', async () => {
    const signed = Buffer.from(
      (await signInline(text, [alice], { signedAt })).toString().replaceAll('\n', '\r\n'),
    );

    const verified = await verifyInline(signed, await readKeyring(alice.binaryKeyring), options);

    expect(Buffer.from(verified.text)).toEqual((await gpgv(signed, alice.binaryKeyring)).output);
  });

  test('names each signer whose certificate it has, and gives those certificates alone', async () => {
    const keyringPath = join(scratch, 'all.gpg');
    await writeKeyring(keyringPath, [expired, stranger, bob, alice]);
    const signed = await signInline(text, [bob, alice], { signedAt });

    const verified = await verifyInline(signed, await readKeyring(keyringPath), options);

    const used = join(scratch, 'used.gpg');
    await writeFile(used, verified.certificates);
    const { stdout } = await run('gpg', ['--show-keys', '--with-colons', used]);
    const expected = [alice.fingerprint, bob.fingerprint].toSorted();
    expect(verified.signers).toEqual(expected);
    expect(stdout.match(/(?<=^fpr:.*:)[0-9A-F]{40}/gm)).toEqual(expected);
    expect((await gpgv(signed, used)).exitCode).toBe(0);
  });

  test('gives the same certificates whatever the order and form of the keyring', async () => {
    const signed = await signInline(text, [alice, bob], { signedAt });
    const certificates: string[] = [];
    for (const [identities, armored] of [
      [[alice, bob], false],
      [[bob, alice], true],
    ] as const) {
      const path = join(scratch, 'order.gpg');
      await writeKeyring(path, identities, { armored });
      const verified = await verifyInline(signed, await readKeyring(path), options);
      certificates.push(Buffer.from(verified.certificates).toString('hex'));
    }

    expect(certificates[0]).toBe(certificates[1]);
  });

  test('is content with one signature by a configured key among others', async () => {
    const signed = await signInline(text, [stranger, alice], { signedAt });

    const verified = await verifyInline(signed, await readKeyring(alice.armoredKeyring), options);

    expect(verified.signers).toEqual([alice.fingerprint]);
  });

  test('says which keys signed and which it knows when there is none', async () => {
    const signed = await signInline(text, [stranger], { signedAt });

    const error = await refusal(verifyInline(signed, await readKeyring(alice.binaryKeyring), options));

    expect(error).toMatchObject({ code: 'trust.signature', exitCode: 4 });
    expect(error.message).toContain('mirror demo: InRelease has no valid signature');
    expect(error.message).toContain(`${stranger.fingerprint.slice(-16)}: not a configured key`);
    expect(error.message).toContain(alice.fingerprint);
  });

  test('refuses a changed text, and a signature that spoils a good one beside it', async () => {
    const keyringPath = join(scratch, 'both.gpg');
    await writeKeyring(keyringPath, [alice, bob]);
    const keyring = await readKeyring(keyringPath);
    const changed = Buffer.from(
      (await signInline(text, [alice], { signedAt })).toString().replace('stable', 'staple'),
    );
    const release = Buffer.from(text);
    const mixed = Buffer.concat([
      await signDetached(text, [alice], { signedAt }),
      await signDetached('something else', [bob], { signedAt }),
    ]);

    const changedError = await refusal(verifyInline(changed, keyring, options));
    const mixedError = await refusal(verifyDetached(release, keyring, { ...options, signature: mixed }));

    expect(changedError.message).toContain('does not fit its text');
    expect(mixedError).toMatchObject({ code: 'trust.signature' });
    expect(mixedError.message).toContain(`${bob.fingerprint.slice(-16)}: does not fit the text`);
  });

  test.each(['MD5', 'SHA1', 'SHA224'])('refuses a signature over %s', async (digestAlgorithm) => {
    const signed = await signInline(text, [bob], { signedAt, digestAlgorithm });

    const error = await refusal(verifyInline(signed, await readKeyring(bob.binaryKeyring), options));

    expect(error.message).toMatch(/not acceptable \(Insecure .*hash algorithm/);
  });

  test('refuses a key that has expired since, and says when', async () => {
    const signed = await signInline(text, [expired], { signedAt });
    const keyring = await readKeyring(expired.binaryKeyring);

    const before = await verifyInline(signed, keyring, { ...options, now: new Date('2025-06-04T00:00:00Z') });
    const error = await refusal(verifyInline(signed, keyring, options));

    expect(before.signers).toEqual([expired.fingerprint]);
    expect(error.message).toContain('its key expired at 2025-06-05T00:00:00Z');
  });

  test('refuses a signature from the future with a hint at the clock, but for ten seconds', async () => {
    const signed = await signInline(text, [alice], { signedAt });
    const keyring = await readKeyring(alice.binaryKeyring);

    const error = await refusal(
      verifyInline(signed, keyring, { ...options, now: new Date('2025-05-31T23:59:49Z') }),
    );
    const near = await verifyInline(signed, keyring, { ...options, now: new Date('2025-05-31T23:59:50Z') });

    expect(error.message).toContain('made at 2025-06-01T00:00:00Z, which is in the future');
    expect(error.hints.join()).toContain('clock');
    expect(near.signers).toEqual([alice.fingerprint]);
  });

  test('refuses a key of 1024 bits', async () => {
    const weak = await createSigningIdentity({ name: 'Weak', algorithm: 'rsa1024' });
    const signed = await signInline(text, [weak], { signedAt });

    const error = await refusal(verifyInline(signed, await readKeyring(weak.binaryKeyring), options));

    expect(error.message).toContain('its key is RSA 1024, which is not accepted');
  });

  test('refuses a revoked key', async () => {
    const revoked = await createSigningIdentity({ name: 'Revoked' });
    const signed = await signInline(text, [revoked], { signedAt });
    const keyringPath = join(scratch, 'revoked.gpg');
    await writeRevokedKeyring(keyringPath, revoked);

    const error = await refusal(verifyInline(signed, await readKeyring(keyringPath), options));

    expect(error.message).toMatch(/not acceptable \(.*revoked/);
  });

  test.each<[string, (signed: string) => string]>([
    ['text before the block', (signed) => `Origin: Evil\n\n${signed}`],
    ['a blank line before the block', (signed) => `\n${signed}`],
    ['text after the block', (signed) => `${signed}Origin: Evil\n`],
    ['a second block', (signed) => `${signed}${signed}`],
    ['no signature', (signed) => signed.slice(0, signed.indexOf('-----BEGIN PGP SIGNATURE'))],
    ['a cut signature', (signed) => signed.slice(0, -60)],
    ['an empty line behind it', (signed) => `${signed}\n`],
    ['an empty line before it', (signed) => `\n${signed}`],
    ['no blank line', (signed) => signed.replace('\n\n', '\n')],
    ['an unescaped dash', (signed) => signed.replace('Origin', '-Origin')],
    ['a web page', () => '<html>please log in</html>'],
    ['nothing', () => ''],
  ])('refuses %s', async (_, spoil) => {
    const signed = await signInline(text, [alice], { signedAt });
    const spoilt = Buffer.from(spoil(signed.toString()));

    const error = await refusal(verifyInline(spoilt, await readKeyring(alice.binaryKeyring), options));

    expect(error.code).toBe('trust.signature');
  });
});

describe('verifyDetached', () => {
  test('gives the text as it is, for one armored block or several', async () => {
    const keyringPath = join(scratch, 'detached.gpg');
    await writeKeyring(keyringPath, [alice, bob]);
    const keyring = await readKeyring(keyringPath);
    const release = Buffer.from('one  \r\n- two');
    const one = await signDetached(release, [alice, bob], { signedAt });
    const several = Buffer.concat([
      await signDetached(release, [alice], { signedAt }),
      await signDetached(release, [bob], { signedAt }),
    ]);

    for (const signature of [one, several]) {
      const verified = await verifyDetached(release, keyring, { ...options, signature });
      expect(Buffer.from(verified.text)).toEqual(release);
      expect(verified.signers).toEqual([alice.fingerprint, bob.fingerprint].toSorted());
    }
  });

  test.each([
    ['a web page', 'not a signature'],
    ['an empty file', ''],
    ['text beside the signature', undefined],
  ])('refuses %s in place of the signature', async (_, content) => {
    const good = await signDetached(text, [alice], { signedAt });
    const signature = Buffer.from(content ?? `${good.toString()}stray\n`);
    const keyring = await readKeyring(alice.binaryKeyring);

    const error = await refusal(verifyDetached(Buffer.from(text), keyring, { ...options, signature }));

    expect(error.code).toBe('trust.signature');
  });
});
