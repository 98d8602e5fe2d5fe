/** Whom a host's subscription keys are encrypted to: believed only where a trusted host signed it, of one lock each. */
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { namedOf } from '../../src/core/domain/named.ts';
import { writeReceipt } from '../../src/hosts/adapters/receipt-files.ts';
import { openSiteLocks } from '../../src/subscription/workflows/read-site-locks.ts';
import { createSigningKey, openSigningKey, type SigningKey } from '../../src/trust/adapters/signing.ts';
import { addTrustedKey, trustedHostsDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import { lockWith } from '../support/host-lock-text.ts';
import { scratchDirectory } from '../support/scratch.ts';

let host: SigningKey;
let stranger: SigningKey;
let text: string;
let other: string;
let stateDir: string;
let file: string;

async function newKey(): Promise<SigningKey> {
  const path = join(await scratchDirectory(), 'key.pem');
  await createSigningKey(path);
  return openSigningKey(path);
}

async function newLock(): Promise<string> {
  return lockWith({ recipient: await identityToRecipient(await generateX25519Identity()), serverIds: [] });
}

beforeAll(async () => {
  host = await newKey();
  stranger = await newKey();
  text = await newLock();
  other = await newLock();
});

beforeEach(async () => {
  const directory = await scratchDirectory();
  stateDir = join(directory, 'state');
  file = join(directory, 'host.lock.json');
  await writeFile(file, text);
  await addTrustedKey(trustedHostsDirectory(stateDir), host.publicKey);
});

async function read(...files: string[]): Promise<(string | undefined)[]> {
  const readLock = await openSiteLocks({ stateDir });
  const recipients: (string | undefined)[] = [];
  for (const one of files) recipients.push((await readLock(one)).ageRecipient);
  return recipients;
}

const refused = { code: 'trust.host-lock', exitCode: 4 };
const signWith = async (key: SigningKey, of = text): Promise<void> =>
  writeFile(`${file}.sig`, await key.sign(Buffer.from(of)));

test('a lock that a trusted host signed counts, for each product of the host', async () => {
  await signWith(host);
  const [recipient, again] = await read(file, file);
  expect(recipient).toMatch(/^age1/);
  expect(again).toBe(recipient);
});

test.each([
  ['no signature', () => Promise.resolve()],
  ['a signature by a host that is not trusted', () => signWith(stranger)],
  ['a signature of another lock', () => signWith(host, other)],
  ['bytes that are no signature', () => writeFile(`${file}.sig`, 'x')],
])('%s is not enough', async (_, make) => {
  await make();
  await expect(read(file)).rejects.toMatchObject(refused);
});

test.each([
  ['a directory', (path: string) => mkdir(path)],
  ['a long file', (path: string) => writeFile(path, Buffer.alloc(65))],
])('%s as a signature is refused', async (_, make) => {
  await make(`${file}.sig`);
  await expect(read(file)).rejects.toThrow(/expected (?:a regular file|at most 64)/);
});

test('a lock that was changed after it was signed does not count', async () => {
  await signWith(host);
  await writeFile(file, other);
  await expect(read(file)).rejects.toMatchObject(refused);
});

test('one host does not sign for two', async () => {
  await signWith(host);
  const second = `${file}.2.json`;
  await writeFile(second, other);
  await writeFile(`${second}.sig`, await host.sign(Buffer.from(other)));
  await expect(read(file, second)).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('expected one lock of each host'),
  });
});

test("a lock without a signature counts where the host's own report names the same key", async () => {
  const lock = Buffer.from(text);
  const receipt = {
    schema: 'pommgr/receipt/v1' as const,
    ...{ host: { name: 'host', id: host.publicKey.fingerprint }, time: '2026-11-01T00:00:00Z', track: null },
    ...{ applied: null, baselines: [], highest: namedOf<number>([]), manifest: null, wishes: [] },
    ...{ lock: { sizeBytes: lock.length, sha256: sha256Hex(lock) }, pommgrVersion: '0.1.0' },
  };
  await mkdir(join(stateDir, 'hosts'), { recursive: true });
  await writeReceipt(join(stateDir, 'hosts'), { receipt, lock }, host);
  expect(await read(file)).toHaveLength(1);
  await writeFile(file, other);
  await expect(read(file)).rejects.toMatchObject(refused);
});

test('a lock that names nobody needs no signature, and one that is not there is told', async () => {
  await writeFile(file, lockWith({ serverIds: [] }));
  expect(await read(file)).toEqual([undefined]);
  await rm(file);
  await expect(read(file)).rejects.toMatchObject({ code: 'config.lock' });
});
