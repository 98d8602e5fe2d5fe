import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openAptRoot } from '../../src/apt/adapters/apt-root.ts';
import { putBackIdentity } from '../../src/restore/adapters/host-identity.ts';
import { readIdentity } from '../../src/restore/adapters/identity-file.ts';
import { run } from '../../src/core/adapters/process.ts';
import { formatHostLock, hostLockKind, lockGaps } from '../../src/apt/domain/host-lock.ts';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import { parseDocument } from '../../src/core/domain/document.ts';
import { hostLock, type HostLockOptions } from '../../src/restore/workflows/host-lock.ts';
import { debianRoot, installInRoot, runInRoot } from '../support/debian-root.ts';
import { lockWith } from '../support/host-lock-text.ts';
import { mountMedium } from '../support/mounted-medium.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const subscriptionKey = 'pve4p-0123456789';
const serverId = '0123456789ABCDEF0123456789ABCDEF';
let root: string;

beforeAll(async () => {
  root = await debianRoot('bookworm');
  await installInRoot(root, await buildPackage({ name: 'pve-manager', version: '8.4.1' }));
  await runInRoot(root, 'apt-mark', 'auto', 'adduser');
  await runInRoot(root, 'apt-mark', 'hold', 'bash');
  await installTool(`echo 'key: ${subscriptionKey}'; echo 'serverid: ${serverId}'; echo 'status: active'`);
});

async function installTool(script: string): Promise<void> {
  await writeFile(join(root, 'usr/bin/pvesubscription'), `#!/bin/sh\n[ "$1" = get ] || exit 1\n${script}\n`);
  await chmod(join(root, 'usr/bin/pvesubscription'), 0o755);
}

function lock(options: Partial<HostLockOptions> = {}) {
  const askPassphrase = async () => 'correct horse';
  return hostLock({ root, askPassphrase, context: testContext('2026-11-22T10:00:00Z'), ...options });
}

describe('host lock', () => {
  test('says what is installed, with its marks, and what the host is', async () => {
    const before = await treeOf(join(root, 'etc'));
    const { lock: found } = await lock();

    expect(found).toMatchObject({
      schema: 'pommgr/host-lock/v2',
      created: '2026-11-22T10:00:00Z',
      ...{ hostName: 'bookworm-host', codename: 'bookworm', architecture: 'amd64', foreignArchitectures: [] },
      products: [{ product: 'pve', package: 'pve-manager', version: '8.4.1' }],
      serverIds: [{ product: 'pve', serverId }],
      baseline: null,
    });
    const names = found.packages.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    const dpkg = await runInRoot(
      root,
      'dpkg-query',
      '--show',
      '--showformat=${Package} ${Version} ${Architecture}\n',
    );
    expect(
      found.packages.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`),
    ).toEqual(dpkg.trimEnd().split('\n'));
    const held = found.packages.filter(({ hold }) => hold).map(({ name }) => name);
    const automatic = found.packages.filter((item) => item.automatic).map(({ name }) => name);
    expect([held, automatic]).toEqual([['bash'], ['adduser']]);
    expect(await treeOf(join(root, 'etc'))).toEqual(before);
  });

  test('writes a canonical document that can be read back, without the subscription key', async () => {
    const output = join(await scratchDirectory(), 'host.lock.json');

    const report = await lock({ output });

    const text = await readFile(output, 'utf8');
    expect(parseDocument(text, hostLockKind, output)).toEqual(report.lock);
    expect(text).toBe(formatHostLock(report.lock));
    expect(canonicalJson(JSON.parse(text))).toBe(canonicalJson(report.lock));
    expect(text).not.toContain(subscriptionKey);
  });

  test('has what a solver needs of each package, and the configuration files that were changed', async () => {
    await runInRoot(
      root,
      'sh',
      '-c',
      'echo changed >>/etc/debconf.conf; mv /etc/pam.conf /etc/pam.conf.away',
    );
    try {
      const { lock: found } = await lock();

      const apt = found.packages.find(({ name }) => name === 'apt');
      const dpkg = await runInRoot(root, 'dpkg-query', '--show', '--showformat=${Depends}|${Breaks}', 'apt');
      expect(`${apt?.relations?.depends}|${apt?.relations?.breaks}`).toBe(
        dpkg.replaceAll(/\s+/g, ' ').trim(),
      );
      const bash = found.packages.find(({ name }) => name === 'bash');
      expect(bash?.relations).toMatchObject({
        essential: true,
        multiArch: 'foreign',
        priority: 'required',
        section: 'shells',
        preDepends: expect.stringContaining('libc6 (>='),
        installedSizeKiB: expect.any(Number),
      });
      const sum = (await runInRoot(root, 'md5sum', '/etc/debconf.conf')).slice(0, 32);
      expect(found.changedConffiles).toEqual([
        {
          path: '/etc/debconf.conf',
          package: 'debconf',
          shippedMd5: expect.stringMatching(/^[0-9a-f]{32}$/),
          foundMd5: sum,
        },
        {
          path: '/etc/pam.conf',
          package: 'libpam-runtime',
          shippedMd5: expect.any(String),
          foundMd5: null,
        },
      ]);
      expect(found.boot).toEqual({ runningKernel: null, firmware: null, proxmoxBootTool: false });
    } finally {
      await runInRoot(root, 'sh', '-c', "sed -i '$d' /etc/debconf.conf; mv /etc/pam.conf.away /etc/pam.conf");
    }
  });

  test('changes the lines of what changed, and the time, and no other', async () => {
    const directory = await scratchDirectory();
    const [one, two] = [join(directory, 'one.json'), join(directory, 'two.json')];
    await lock({ output: one });
    await runInRoot(root, 'apt-mark', 'auto', 'bash');
    try {
      await lock({ output: two, context: testContext('2026-11-23T10:00:00Z') });
    } finally {
      await runInRoot(root, 'apt-mark', 'manual', 'bash');
    }

    const { stdout } = await run('diff', [one, two], { accept: [1] });

    const lines = stdout.split('\n').filter((line) => line.startsWith('>'));
    expect(lines).toEqual(['> "created": "2026-11-23T10:00:00Z",', expect.stringContaining('"name":"bash"')]);
  });

  test('of version 1 is still read, and what it lacks is known', () => {
    const old = parseDocument(lockWith({ serverIds: [] }), hostLockKind, 'old.json');
    expect(lockGaps(old)).toHaveLength(3);
    expect(() => parseDocument('{"schema":"pommgr/host-lock/v3"}', hostLockKind, 'new.json')).toThrow(
      'this pommgr reads pommgr/host-lock/v1 and pommgr/host-lock/v2.',
    );
  });

  test("names the public half of the host's age key, which stays in the store, for root only", async () => {
    const store = join(await scratchDirectory(), 'store');

    const [one, two] = [await lock({ store }), await lock({ store })];

    expect(one.lock.ageRecipient).toMatch(/^age1[a-z0-9]{58}$/);
    expect(two.lock.ageRecipient).toBe(one.lock.ageRecipient);
    const file = join(store, 'secrets/age-identity.txt');
    const [, comment, secret = ''] = (await readFile(file, 'utf8')).split('\n');
    expect(comment).toBe(`# public key: ${one.lock.ageRecipient}`);
    expect(secret).toMatch(/^AGE-SECRET-KEY-1[A-Z0-9]{58}$/);
    expect(canonicalJson(one)).not.toContain(secret);
    expect((await treeOf(store)).map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'd 700 secrets',
      'f 600 secrets/age-identity.txt',
    ]);
    expect((await stat(store)).mode & 0o777).toBe(0o755);
    await writeFile(file, 'no key\n');
    await expect(lock({ store })).rejects.toMatchObject({ code: 'config.age-identity' });
  });

  test('is made without an age key where the store cannot be written', async () => {
    const readOnly = await mountMedium();
    await run('mount', ['-o', 'remount,ro', readOnly]);
    const [store, context] = [join(readOnly, 'store'), testContext()];

    const { lock: found } = await lock({ store, context });

    expect(found.ageRecipient).toBeUndefined();
    expect(context.warnings.join()).toContain('names no age key');
  });

  test('is the same but for the time', async () => {
    const [one, two] = [await lock(), await lock({ context: testContext('2027-01-01T00:00:00Z') })];

    expect({ ...two.lock, created: one.lock.created }).toEqual(one.lock);
  });

  test('is made, without naming the key, when the tool does not tell the server ID', async () => {
    for (const [script, warning] of [
      [`echo 'key: ${subscriptionKey}' >&2; exit 3`, /exit code 3/],
      [`echo 'key: ${subscriptionKey}'; echo 'serverid: unknown'`, /names no server ID for pve/],
    ] as const) {
      await installTool(script);
      const context = testContext();
      const report = await lock({ context });
      expect(report.lock.serverIds).toEqual([]);
      expect(context.warnings.join('\n')).toMatch(warning);
      expect(JSON.stringify([report, context.warnings])).not.toContain(subscriptionKey);
    }
    await installTool(`echo 'serverid: ${serverId}'`);
  });

  test('is refused for a directory without a dpkg database, and leaves nothing there', async () => {
    const empty = await scratchDirectory();
    await expect(lock({ root: empty })).rejects.toMatchObject({
      code: 'state.dpkg',
      message: expect.stringContaining('var/lib/dpkg/status') as unknown,
    });
    expect(await treeOf(empty)).toEqual([]);
  });

  test('is refused while a package is half configured', async () => {
    const other = await debianRoot('trixie');
    const broken = await buildPackage({ name: 'broken', version: '1', scripts: { postinst: 'exit 1' } });
    await expect(installInRoot(other, broken)).rejects.toThrow();

    await expect(lock({ root: other })).rejects.toMatchObject({
      code: 'state.dpkg',
      message: expect.stringContaining('broken (half-configured)') as string,
    });
  });
});

describe('a saved identity', () => {
  const key = 'etc/ssh/ssh_host_ed25519_key';

  beforeAll(async () => {
    await mkdir(join(root, 'etc/ssh'), { recursive: true });
    await mkdir(join(root, 'etc/network'), { recursive: true });
    await writeFile(join(root, key), 'private\n', { mode: 0o600 });
    await writeFile(join(root, `${key}.pub`), 'public\n');
    await writeFile(join(root, 'etc/ssh/sshd_config'), 'Port 22\n');
    await writeFile(join(root, 'etc/machine-id'), '0123\n');
    await writeFile(join(root, 'etc/subscription'), `${subscriptionKey}\n`);
    await chmod(join(root, 'etc/subscription'), 0o640);
    await writeFile(join(root, 'etc/network/interfaces'), 'auto lo\n');
    await writeFile(join(root, 'etc/hosts'), '192.0.2.1 bookworm-host\n');
    await writeFile(join(root, 'etc/resolv.conf'), 'nameserver 192.0.2.53\n');
    await writeFile(join(root, 'etc/fstab'), 'UUID=old / ext4 defaults 0 1\n');
    await mkdir(join(root, 'etc/pve'), { recursive: true });
    await writeFile(join(root, 'etc/pve/storage.cfg'), 'dir: local\n');
    await mkdir(join(root, 'var/lib/pve-cluster'), { recursive: true });
    await run('sqlite3', [
      join(root, 'var/lib/pve-cluster/config.db'),
      "PRAGMA journal_mode=WAL; CREATE TABLE tree (name TEXT, data BLOB); INSERT INTO tree VALUES ('user.cfg', 'secret of the cluster');",
    ]);
  });

  afterEach(() => {
    delete process.env['POMMGR_IDENTITY_PASSPHRASE'];
  });

  const paths = [
    ...['/etc/fstab', '/etc/hostname', '/etc/hosts', '/etc/machine-id', '/etc/network/interfaces'],
    ...['/etc/pve/storage.cfg', '/etc/resolv.conf'],
    ...['/etc/ssh/ssh_host_ed25519_key', '/etc/ssh/ssh_host_ed25519_key.pub', '/etc/subscription'],
    '/var/lib/pve-cluster/config.db',
  ];

  test('holds what a reinstall would lose, encrypted with the passphrase that was asked for', async () => {
    const identity = await scratchDirectory();

    const report = await lock({ identity });

    const file = join(identity, 'bookworm-host.identity.age');
    expect(report.identity).toEqual({ file, paths, missing: [] });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    for (const secret of [
      subscriptionKey,
      Buffer.from(subscriptionKey).toString('base64').slice(0, 16),
      'private',
      'secret of the cluster',
    ]) {
      expect(text).not.toContain(secret);
    }
    expect((await readIdentity(file, 'correct horse')).map(({ path }) => path)).toEqual(paths);
  });

  test('is not saved with a passphrase of less than 10 characters', async () => {
    const identity = await scratchDirectory();

    await expect(lock({ identity, askPassphrase: async () => 'too short' })).rejects.toMatchObject({
      code: 'usage.passphrase',
    });
    expect(await readdir(identity)).toEqual([]);
  });

  test('is put back with owner and mode, and what was in its place stays beside it', async () => {
    process.env['POMMGR_IDENTITY_PASSPHRASE'] = 'from the environment';
    const identity = await scratchDirectory();
    const { identity: saved } = await lock({
      identity,
      askPassphrase: () => Promise.reject(new Error('asked')),
    });
    const files = await readIdentity(saved?.file ?? '', 'from the environment');
    const before = await treeOf(join(root, 'etc'));
    await writeFile(join(root, key), 'another\n');
    await rm(join(root, 'etc/network'), { recursive: true });
    await chmod(join(root, 'etc/subscription'), 0o644);
    await writeFile(join(root, 'etc/fstab'), 'UUID=new / ext4 defaults 0 1\n');
    await rm(join(root, 'etc/resolv.conf'));
    await symlink('../run/resolv.conf', join(root, 'etc/resolv.conf'));
    const changed = await treeOf(join(root, 'etc'));
    const aptRoot = await openAptRoot(root);
    const expected = [
      { path: '/etc/fstab', outcome: 'beside', beside: '/root/pommgr-identity/etc/fstab' },
      { path: '/etc/hostname', outcome: 'same', beside: null },
      { path: '/etc/hosts', outcome: 'same', beside: null },
      { path: '/etc/machine-id', outcome: 'same', beside: null },
      { path: '/etc/network/interfaces', outcome: 'new', beside: null },
      { path: '/etc/pve/storage.cfg', outcome: 'same', beside: null },
      { path: '/etc/resolv.conf', outcome: 'beside', beside: '/root/pommgr-identity/etc/resolv.conf' },
      { path: '/etc/ssh/ssh_host_ed25519_key', outcome: 'replaced', beside: null },
      { path: '/etc/ssh/ssh_host_ed25519_key.pub', outcome: 'same', beside: null },
      { path: '/etc/subscription', outcome: 'replaced', beside: null },
      {
        path: '/var/lib/pve-cluster/config.db',
        outcome: 'beside',
        beside: '/root/pommgr-identity/var/lib/pve-cluster/config.db',
      },
    ];

    expect(await putBackIdentity(aptRoot, files, { dryRun: true })).toEqual(expected);
    expect(await treeOf(join(root, 'etc'))).toEqual(changed);
    expect(await putBackIdentity(aptRoot, files, { dryRun: false })).toEqual(expected);
    expect(await readFile(join(root, 'etc/fstab'), 'utf8')).toContain('UUID=new');
    const beside = join(root, 'root/pommgr-identity');
    expect(await readFile(join(beside, 'etc/fstab'), 'utf8')).toContain('UUID=old');
    const database = join(beside, 'var/lib/pve-cluster/config.db');
    expect((await run('sqlite3', [database, 'SELECT data FROM tree'])).stdout).toBe(
      'secret of the cluster\n',
    );
    expect((await treeOf(beside)).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(
      expect.not.arrayContaining(['f 644', 'd 755', 'd 750']) as string[],
    );
    await rm(join(root, 'etc/resolv.conf'));
    await writeFile(join(root, 'etc/resolv.conf'), 'nameserver 192.0.2.53\n', { mode: 0o755 });
    await writeFile(join(root, 'etc/fstab'), 'UUID=old / ext4 defaults 0 1\n');
    const after = await treeOf(join(root, 'etc'));
    expect(after.filter((line) => !line.includes('.pommgr.replaced'))).toEqual(before);
    expect(await readFile(join(root, `${key}.pommgr.replaced`), 'utf8')).toBe('another\n');
    const again = await putBackIdentity(aptRoot, files, { dryRun: false });
    expect(new Set(again.map(({ outcome }) => outcome))).toEqual(new Set(['same']));
  });
});
