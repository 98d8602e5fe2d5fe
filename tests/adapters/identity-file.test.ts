import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { findIdentity, identityPath, readIdentity, writeIdentity } from '../../src/adapters/identity-file.ts';
import { scratchDirectory } from '../support/scratch.ts';

const files = [
  { path: '/etc/ssh/ssh_host_ed25519_key', mode: 0o600, uid: 0, gid: 0, content: 'c2VjcmV0IGtleQo=' },
  { path: '/etc/machine-id', mode: 0o444, uid: 0, gid: 0, content: 'YWJj' },
];
const about = { hostName: 'pve1', created: '2026-11-22T00:00:00Z' };
let directory: string;
let path: string;
let text: string;

beforeAll(async () => {
  directory = join(await scratchDirectory(), 'safe');
  path = identityPath(directory, 'pve1');
  await writeIdentity(path, { ...about, passphrase: 'correct horse', files });
  text = await readFile(path, 'utf8');
});

describe('a saved identity', () => {
  test('opens with its passphrase, and is for its owner only', async () => {
    expect(await readIdentity(path, 'correct horse')).toEqual(files);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test('shows nothing of what is in it', () => {
    for (const part of ['c2VjcmV0', 'secret', 'ssh_host', 'correct horse']) expect(text).not.toContain(part);
    expect(text).toContain('"hostName":"pve1"');
  });

  test.each<[string, (text: string) => string]>([
    ['another host name', (t) => t.replace('"pve1"', '"pve2"')],
    ['another time', (t) => t.replace('2026', '2027')],
    [
      'another ciphertext',
      (t) => t.replace(/("ciphertext":".{4})(.)/, (_, a: string, b: string) => a + (b === 'A' ? 'B' : 'A')),
    ],
    ['a cut ciphertext', (t) => t.replace(/"ciphertext":"[^"]*"/, '"ciphertext":"AAAA"')],
  ])('does not open with %s', async (_, change) => {
    const changed = join(await scratchDirectory(), 'x.identity.json');
    await writeFile(changed, change(text));

    await expect(readIdentity(changed, 'correct horse')).rejects.toMatchObject({
      code: 'integrity.identity',
    });
  });

  test('does not open with another passphrase, or when it asks for more work', async () => {
    await expect(readIdentity(path, 'wrong')).rejects.toMatchObject({ code: 'integrity.identity' });
    const changed = join(await scratchDirectory(), 'x.identity.json');
    await writeFile(changed, text.replace('131072', '1073741824'));
    await expect(readIdentity(changed, 'correct horse')).rejects.toMatchObject({ code: 'config.document' });
  });

  test('may not name other places than those of an identity', async () => {
    const evil = join(await scratchDirectory(), 'x.identity.json');
    const [file] = files;
    await writeIdentity(evil, {
      ...about,
      passphrase: 'p',
      files: [{ ...file!, path: '/etc/ssh/ssh_host_/../../shadow' }],
    });

    await expect(readIdentity(evil, 'p')).rejects.toMatchObject({ code: 'config.document' });
  });
});

describe('findIdentity', () => {
  test('takes that of the host, or the only one', async () => {
    expect(await findIdentity(directory, 'pve1')).toBe(path);
    expect(await findIdentity(directory, 'reinstalled')).toBe(path);
    const two = await scratchDirectory();
    for (const name of ['a', 'b']) await writeFile(identityPath(two, name), text);
    expect(await findIdentity(two, 'b')).toBe(identityPath(two, 'b'));
    await expect(findIdentity(two, 'c')).rejects.toMatchObject({ code: 'usage.identity' });
  });

  test('says so when there is none', async () => {
    await expect(findIdentity(await scratchDirectory(), 'a')).rejects.toMatchObject({
      code: 'usage.identity',
    });
  });
});
