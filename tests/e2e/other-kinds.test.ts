/** A FIFO, a socket, a device and a directory in place of each file that is read: refused at once, and nothing waits. */
import { mkdir, rm, symlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLockFiles } from '../../src/closure/adapters/lock-files.ts';
import { loadConfig } from '../../src/config/adapters/config-file.ts';
import { readHostConfig } from '../../src/config/adapters/host-config.ts';
import { readLogins } from '../../src/config/adapters/login-file.ts';
import { lockFile } from '../../src/core/adapters/file-lock.ts';
import { openPlainFile, openPlainStream, readPlainFile } from '../../src/core/adapters/plain-file.ts';
import { run } from '../../src/core/adapters/process.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { readReceipts } from '../../src/hosts/adapters/receipt-files.ts';
import { readPackages } from '../../src/mirror/adapters/package-list-file.ts';
import { readIdentity } from '../../src/restore/adapters/identity-file.ts';
import { readJournal } from '../../src/store/adapters/journal.ts';
import { readStoreState, storeAt } from '../../src/store/adapters/store.ts';
import { openSigningKey } from '../../src/trust/adapters/signing.ts';
import { readKeyDirectory, readPublicKeyFile } from '../../src/trust/adapters/trusted-keys.ts';
import { openFileAnswer } from '../../src/upstream/adapters/file-answer.ts';
import { readKeyring } from '../../src/upstream/adapters/openpgp.ts';
import { scratchDirectory } from '../support/scratch.ts';

const servers: Server[] = [];
let directory: string;

beforeAll(async () => {
  directory = await scratchDirectory();
});

afterAll(() => {
  for (const server of servers) server.close();
});

const kinds: [string, (path: string) => Promise<unknown>][] = [
  ['a FIFO', (path) => run('mkfifo', [path])],
  ['a device that never ends', (path) => run('mknod', [path, 'c', '1', '5'])],
  ['a directory', (path) => mkdir(path)],
  [
    'a socket',
    async (path) => {
      const server = createServer();
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(path, resolve));
    },
  ],
  [
    'a link to a FIFO',
    async (path) => {
      await run('mkfifo', [`${path}.fifo`]);
      await symlink(`${path}.fifo`, path);
    },
  ],
];

const keyId = '0123456789abcdef';
const trusted = { keyId, fingerprint: '', pem: '', file: '' };

/** Each with the name that the file has, below a directory that is there, and what reads it. */
const readers: [string, string, (path: string, top: string) => Promise<unknown>][] = [
  ['a whole file', 'file', (path) => readPlainFile(path)],
  ['a stream', 'file', (path) => openPlainStream(path)],
  ['a handle', 'file', (path) => openPlainFile(path)],
  ['the config', 'pommgr.yaml', (path) => loadConfig(path)],
  ["a host's config", 'etc/pommgr/config.yaml', (_, top) => readHostConfig(top)],
  ['a login', 'login', (path) => readLogins([{ uri: 'http://192.0.2.1/', authFile: path }])],
  ['a trusted key', 'keys/a.pem', (path) => readKeyDirectory(join(path, '..'))],
  ['a key that is to be trusted', 'a.pem', (path) => readPublicKeyFile(path)],
  ['a signing key', 'signing-key.pem', (path) => openSigningKey(path)],
  ['a keyring', 'keyring.gpg', (path) => readKeyring(path)],
  ['a host lock', 'host.lock.json', (path) => readLockFiles([path])],
  ['an identity', 'identity.age', (path) => readIdentity(path, 'a passphrase')],
  [
    'a receipt',
    `receipts/${keyId}-20250101T000000Z.json`,
    async (_, top) => {
      const found = await readReceipts(top, { directory: '', keys: [trusted], distrusted: [] });
      expect(found.signed).toEqual([]);
      throw new PommgrError('trust.signature', 'none');
    },
  ],
  ["a store's state", 'state.json', (_, top) => readStoreState(storeAt(top))],
  ["a store's journal", 'journal.json', (_, top) => readJournal(storeAt(top))],
  ["a store's lock", '.lock', (path) => lockFile(path, 'the store')],
  ['a list of packages', 'packages.jsonl', async (path) => readPackages(path).next()],
  ['a repository on disk', 'InRelease', (path) => openFileAnswer(pathToFileURL(path).href, 0)],
];

describe.each(kinds)('%s', (_, make) => {
  test.each(readers)(
    'in place of %s',
    async (what, name, read) => {
      const top = join(directory, 'top');
      const path = join(top, name);
      await mkdir(join(path, '..'), { recursive: true });
      await make(path);
      const error = await read(path, top).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      await rm(top, { recursive: true });
      expect(error, what).toBeInstanceOf(PommgrError);
      expect((error as PommgrError).code).not.toMatch(/^bug/);
    },
    5000,
  );
});
