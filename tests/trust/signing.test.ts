import { execFileSync } from 'node:child_process';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { isSignatureGood } from '../../src/trust/adapters/signature-check.ts';
import { createSigningKey, openSigningKey } from '../../src/trust/adapters/signing.ts';
import { parsePublicKey } from '../../src/trust/domain/signing-key.ts';
import { scratchDirectory } from '../support/scratch.ts';

const message = Buffer.from('the root of a bundle\n');

async function keyFile(passphrase?: string) {
  const directory = await scratchDirectory();
  const path = join(directory, 'key.pem');
  return { directory, path, key: await createSigningKey(path, passphrase) };
}

afterEach(() => vi.unstubAllEnvs());

describe('signing keys', () => {
  it('make signatures that openssl checks, and check those of openssl', async () => {
    const { directory, path, key } = await keyFile();
    const at = (name: string): string => join(directory, name);
    const signing = await openSigningKey(path);
    await writeFile(at('message'), message);
    await writeFile(at('ours.sig'), await signing.sign(message));
    await writeFile(at('pub.pem'), key.pem);
    const { stdout } = await run('openssl', [
      ...['pkeyutl', '-verify', '-pubin', '-inkey', at('pub.pem'), '-rawin'],
      ...['-in', at('message'), '-sigfile', at('ours.sig')],
    ]);
    expect(stdout).toContain('Signature Verified Successfully');
    await run('openssl', [
      'pkeyutl',
      '-sign',
      '-inkey',
      path,
      '-rawin',
      '-in',
      at('message'),
      '-out',
      at('theirs.sig'),
    ]);
    expect(isSignatureGood(key, message, await readFile(at('theirs.sig')))).toBe(true);
  });

  it('are told from others by every bit of the message and the signature', async () => {
    const { path, key } = await keyFile();
    const signature = await (await openSigningKey(path)).sign(message);
    expect(signature).toHaveLength(64);
    expect(isSignatureGood(key, message, signature)).toBe(true);
    expect(isSignatureGood(key, Buffer.concat([message, Buffer.from('x')]), signature)).toBe(false);
    expect(isSignatureGood(key, message, signature.subarray(1))).toBe(false);
    expect(isSignatureGood(key, message, Buffer.alloc(64))).toBe(false);
    expect(isSignatureGood((await keyFile()).key, message, signature)).toBe(false);
  });

  it('have the fingerprint that openssl and sha256sum give, and openssl reads and makes them', async () => {
    const { path, key } = await keyFile();
    const digest = execFileSync(
      'sh',
      ['-c', 'openssl pkey -in "$1" -pubout -outform DER | sha256sum', 'sh', path],
      {
        encoding: 'utf8',
      },
    );
    expect(digest.slice(0, 64)).toBe(key.fingerprint);
    const made = join(await scratchDirectory(), 'openssl.pem');
    execFileSync('sh', ['-c', 'umask 077; openssl genpkey -algorithm ed25519 -out "$1"', 'sh', made]);
    const pem = execFileSync('openssl', ['pkey', '-in', made, '-pubout'], { encoding: 'utf8' });
    expect((await openSigningKey(made)).publicKey).toEqual(parsePublicKey(pem, 'openssl'));
  });

  it('are written for their owner alone, and never over another file', async () => {
    const { path } = await keyFile();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const before = await readFile(path, 'utf8');
    expect(before).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    await expect(createSigningKey(path)).rejects.toMatchObject({ code: 'state.exists' });
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it.each([0o640, 0o604, 0o660])('are not used when others may read or write them: mode %o', async (mode) => {
    const { path } = await keyFile();
    await chmod(path, mode);
    await expect(openSigningKey(path)).rejects.toMatchObject({
      code: 'config.signing-key',
      message: expect.stringContaining(mode.toString(8)) as unknown,
    });
  });

  it('may need a passphrase, from the environment or by asking', async () => {
    const { path, key } = await keyFile('open sesame');
    expect(await readFile(path, 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    await run('openssl', ['pkey', '-in', path, '-passin', 'pass:open sesame', '-noout']);
    await expect(openSigningKey(path)).rejects.toMatchObject({
      code: 'config.signing-key',
      message: expect.stringContaining('needs a passphrase') as unknown,
    });
    expect((await openSigningKey(path, async () => 'open sesame')).publicKey).toEqual(key);
    vi.stubEnv('POMMGR_SIGNING_PASSPHRASE', 'open sesame');
    expect((await openSigningKey(path)).publicKey).toEqual(key);
    vi.stubEnv('POMMGR_SIGNING_PASSPHRASE', 'open barley');
    await expect(openSigningKey(path)).rejects.toMatchObject({
      message: expect.stringContaining('does not open') as unknown,
    });
  });

  it('get no passphrase of less than 10 characters', async () => {
    const path = join(await scratchDirectory(), 'key.pem');
    await expect(createSigningKey(path, '九文字のパスワード')).rejects.toMatchObject({
      code: 'usage.passphrase',
      message: expect.stringContaining('expected at least 10 characters, found 9') as unknown,
    });
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('are no other files', async () => {
    const { directory } = await keyFile();
    const path = join(directory, 'other.pem');
    await expect(openSigningKey(path)).rejects.toMatchObject({ code: 'config.signing-key' });
    await writeFile(path, 'no key', { mode: 0o600 });
    await expect(openSigningKey(path)).rejects.toMatchObject({ code: 'config.signing-key' });
    execFileSync('openssl', ['genpkey', '-algorithm', 'x25519', '-out', path]);
    await chmod(path, 0o600);
    await expect(openSigningKey(path)).rejects.toMatchObject({
      message: expect.stringContaining('x25519') as unknown,
    });
  });
});
