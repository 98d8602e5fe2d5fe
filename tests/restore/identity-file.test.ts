import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  findIdentity,
  identityPath,
  readIdentity,
  writeIdentity,
} from '../../src/restore/adapters/identity-file.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from '../support/scratch.ts';

const files = [
  { path: '/etc/ssh/ssh_host_ed25519_key', mode: 0o600, uid: 0, gid: 0, content: 'c2VjcmV0IGtleQo=' },
  { path: '/etc/machine-id', mode: 0o444, uid: 0, gid: 0, content: 'YWJj' },
];
const about = { hostName: 'pve1', created: '2026-11-22T00:00:00Z' };
let directory: string;
let path: string;
let bytes: Buffer;

beforeAll(async () => {
  directory = join(await scratchDirectory(), 'safe');
  path = identityPath(directory, 'pve1');
  await writeIdentity(path, { ...about, passphrase: 'correct horse', files });
  bytes = await readFile(path);
});

/** Debian's age asks a terminal for the passphrase. */
async function age(command: string, answers: string): Promise<void> {
  await run('script', ['--quiet', '--return', '--command', command, '/dev/null'], { input: answers });
}

describe('a saved identity', () => {
  test('opens with its passphrase, and is for its owner only', async () => {
    expect(path).toMatch(/\/pve1\.identity\.age$/);
    expect(await readIdentity(path, 'correct horse')).toEqual(files);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test("opens with age's own program, without pommgr", async () => {
    const plain = join(await scratchDirectory(), 'plain');
    await age(`age --decrypt --output ${plain} ${path}`, 'correct horse\n');
    expect(JSON.parse(await readFile(plain, 'utf8'))).toEqual({
      schema: 'pommgr/host-identity/v1',
      ...about,
      files,
    });
  });

  test("may have been encrypted by age's own program", async () => {
    const scratch = await scratchDirectory();
    const plain = join(scratch, 'plain');
    await writeFile(plain, JSON.stringify({ schema: 'pommgr/host-identity/v1', ...about, files }));
    const file = join(scratch, 'x.identity.age');
    await age(`age --encrypt --passphrase --output ${file} ${plain}`, 'another horse\nanother horse\n');
    expect(await readIdentity(file, 'another horse')).toEqual(files);
  });

  test('shows nothing of what is in it', () => {
    const text = bytes.toString('latin1');
    expect(text).toMatch(/^age-encryption\.org\/v1\n-> scrypt \S+ 17\n/);
    for (const part of ['c2VjcmV0', 'secret', 'ssh_host', 'correct horse', 'pve1']) {
      expect(text).not.toContain(part);
    }
  });

  test.each<[string, (data: Buffer) => Buffer]>([
    [
      'another byte at its end',
      (data) => Buffer.concat([data.subarray(0, -1), Buffer.from([data.at(-1)! ^ 1])]),
    ],
    ['its end cut off', (data) => data.subarray(0, -20)],
    ['nothing in it', () => Buffer.alloc(0)],
    [
      'another work factor',
      (data) => Buffer.from(data.toString('latin1').replace(' 17\n', ' 30\n'), 'latin1'),
    ],
  ])('does not open with %s', async (_, change) => {
    const changed = join(await scratchDirectory(), 'x.identity.age');
    await writeFile(changed, change(bytes));

    await expect(readIdentity(changed, 'correct horse')).rejects.toMatchObject({
      code: 'integrity.identity',
      hints: [expect.stringContaining('age -d')],
    });
  });

  test('does not open with another passphrase', async () => {
    await expect(readIdentity(path, 'wrong')).rejects.toMatchObject({ code: 'integrity.identity' });
  });

  test('may not name other places than those of an identity', async () => {
    const evil = join(await scratchDirectory(), 'x.identity.age');
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
    for (const name of ['a', 'b']) await writeFile(identityPath(two, name), bytes);
    expect(await findIdentity(two, 'b')).toBe(identityPath(two, 'b'));
    await expect(findIdentity(two, 'c')).rejects.toMatchObject({ code: 'usage.identity' });
  });

  test('says so when there is none', async () => {
    await expect(findIdentity(await scratchDirectory(), 'a')).rejects.toMatchObject({
      code: 'usage.identity',
    });
  });
});
