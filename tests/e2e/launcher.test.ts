/** The launcher on bare Debian systems, under dash and busybox's shell. */
import { purposeDigest } from '../../src/core/domain/purpose.ts';
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
  chown,
} from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run, type RunResult } from '../../src/core/adapters/process.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { addTrustedKey, trustedKeysDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { flipBit } from '../support/attack.ts';
import {
  bareHost,
  forgetCopies,
  mountPoint,
  platform,
  runBare,
  writeStandIn,
  type BareRun,
  type Shell,
} from '../support/bare-host.ts';
import { signRoot } from '../support/bundle.ts';
import { debianReleases, type DebianRelease } from '../support/debian-root.ts';
import { scratchDirectory } from '../support/scratch.ts';

const launcher = `${mountPoint}/pommgr`;
const shells: Shell[] = ['sh', 'busybox sh'];
const copies = 'var/lib/pommgr/runtime';
const roots = new Map<DebianRelease, string>();
let keys: string;
let key: SigningPublicKey;
let other: SigningPublicKey;
let root: string;
let media: string;

beforeAll(async () => {
  keys = await scratchDirectory();
  key = await createSigningKey(join(keys, 'key.pem'));
  other = await createSigningKey(join(keys, 'other.pem'));
  for (const release of debianReleases) roots.set(release, await bareHost(release, []));
});

beforeEach(async () => {
  media = await scratchDirectory();
  await cp('templates/launcher.sh', join(media, 'pommgr'));
});

/** Which keys the host trusts; nothing of earlier tests is left on it. */
async function prepareHost(
  release: DebianRelease,
  trusted: readonly SigningPublicKey[] = [key],
): Promise<void> {
  root = roots.get(release) ?? '';
  await forgetCopies(root);
  await rm(join(root, 'etc/pommgr'), { recursive: true, force: true });
  for (const one of trusted) await addTrustedKey(trustedKeysDirectory(root), one);
}

async function signed(version = '1.0.0', files: readonly string[] = ['key.pem']): Promise<string> {
  return await writeStandIn(media, version, { keyFiles: files.map((file) => join(keys, file)) });
}

function launch(options: Partial<BareRun> = {}, ...args: readonly string[]): Promise<RunResult> {
  return runBare({ root, media, ...options }, launcher, ...args);
}

/** Where it ran, or nothing. */
function ranVersion({ stdout }: RunResult): Promise<string> | string {
  const path = /^ran \/(.*)\/node$/m.exec(stdout)?.[1];
  return path === undefined ? '' : readFile(join(root, path, 'pommgr.mjs'), 'utf8');
}

function expectRefused(result: RunResult, code: number, says: string): void {
  expect(result.stderr).toContain(says);
  expect(result.stderr).toMatch(/Nothing was run\.$/m);
  expect(result.stderr).toMatch(/^ {2}-> \S/m);
  expect(result.stdout).toBe('');
  expect(result.exitCode).toBe(code);
}

const damages: {
  what: string;
  damage: (runtime: string) => Promise<unknown>;
  code: number;
  says: string;
}[] = [
  {
    what: 'a changed bit in node',
    damage: (runtime) => flipBit(join(runtime, platform, 'node'), 30),
    code: 5,
    says: `${platform}/node is damaged`,
  },
  {
    what: 'a changed pommgr.mjs',
    damage: (runtime) => appendFile(join(runtime, platform, 'pommgr.mjs'), ' '),
    code: 5,
    says: `${platform}/pommgr.mjs is damaged`,
  },
  {
    what: 'another text in PURPOSE',
    damage: (runtime) => writeFile(join(runtime, 'PURPOSE'), 'pommgr-signed/v1 runtime 2.0.0\n'),
    code: 5,
    says: 'PURPOSE is damaged',
  },
  {
    what: 'a changed bit in the list',
    damage: (runtime) => flipBit(join(runtime, 'SHA256SUMS'), 3),
    code: 4,
    says: 'SHA256SUMS is not what the key',
  },
  {
    what: 'a changed bit in the signature',
    damage: async (runtime) => flipBit(await signatureIn(runtime), 63),
    code: 4,
    says: 'SHA256SUMS is not what the key',
  },
  {
    what: 'half a signature',
    damage: async (runtime) => truncate(await signatureIn(runtime), 32),
    code: 4,
    says: 'SHA256SUMS is not what the key',
  },
  {
    what: 'a signature that goes on',
    damage: async (runtime) => appendFile(await signatureIn(runtime), 'x'),
    code: 4,
    says: 'longer than 64 bytes',
  },
  {
    what: 'no signature',
    damage: async (runtime) => rm(await signatureIn(runtime)),
    code: 4,
    says: "0 of this host's trusted keys signed it, expected 1",
  },
  {
    what: 'no list',
    damage: (runtime) => rm(join(runtime, 'SHA256SUMS')),
    code: 5,
    says: 'SHA256SUMS is missing',
  },
  {
    what: 'a list without end',
    damage: (runtime) => truncate(join(runtime, 'SHA256SUMS'), 2 ** 40),
    code: 5,
    says: 'SHA256SUMS is longer than 1048576 bytes',
  },
  {
    what: 'no node',
    damage: (runtime) => rm(join(runtime, platform, 'node')),
    code: 5,
    says: `${platform}/node is missing`,
  },
  {
    what: 'a link in the place of node',
    damage: async (runtime) => {
      const path = join(runtime, platform, 'node');
      await rename(path, join(runtime, 'elsewhere'));
      await symlink('../elsewhere', path);
    },
    code: 5,
    says: `${platform}/node is missing or not a regular file`,
  },
  {
    what: 'a link in the place of the signature',
    damage: async (runtime) => {
      const path = await signatureIn(runtime);
      await rename(path, join(runtime, 'elsewhere'));
      await symlink('elsewhere', path);
    },
    code: 4,
    says: '.sig is missing or not a regular file',
  },
  {
    what: 'a FIFO in the place of pommgr.mjs',
    damage: async (runtime) => {
      await rm(join(runtime, platform, 'pommgr.mjs'));
      await run('mkfifo', [join(runtime, platform, 'pommgr.mjs')]);
    },
    code: 5,
    says: `${platform}/pommgr.mjs is missing or not a regular file`,
  },
  {
    what: 'a link in the place of the platform',
    damage: async (runtime) => {
      await rename(join(runtime, platform), join(runtime, 'elsewhere'));
      await symlink('elsewhere', join(runtime, platform));
    },
    code: 5,
    says: `${platform} is a link`,
  },
  {
    what: 'a link in the place of the runtime',
    damage: async (runtime) => {
      await rename(runtime, join(media, 'elsewhere'));
      await symlink('../elsewhere', runtime);
    },
    code: 5,
    says: 'it is not a directory',
  },
  {
    what: 'a link in the place of runtime/',
    damage: async () => {
      await rename(join(media, 'runtime'), join(media, 'elsewhere'));
      await symlink('elsewhere', join(media, 'runtime'));
    },
    code: 5,
    says: 'it is a link',
  },
  {
    what: 'another name',
    damage: (runtime) => rename(runtime, join(media, 'runtime/9.9.9')),
    code: 4,
    says: 'it was signed for something else than the runtime 9.9.9',
  },
  {
    what: 'a name that is no version',
    damage: (runtime) => rename(runtime, join(media, 'runtime/latest')),
    code: 5,
    says: 'its name is not a version',
  },
  {
    what: 'a signed list that leads out of it',
    damage: async (runtime) =>
      signRoot(runtime, join(keys, 'key.pem'), `${'0'.repeat(64)}  ${platform}/../../../../../etc/passwd\n`),
    code: 5,
    says: 'SHA256SUMS is not a list of digests',
  },
  {
    what: 'more runtimes than are looked at',
    damage: async () => {
      for (let number = 1; number <= 32; number += 1) await mkdir(join(media, `runtime/0.0.${number}`));
    },
    code: 5,
    says: 'it has more than 32 entries',
  },
  {
    what: 'a signed list without this machine',
    damage: async (runtime) =>
      signRoot(
        runtime,
        join(keys, 'key.pem'),
        `${purposeDigest({ kind: 'runtime', name: '1.0.0' })}  PURPOSE\n${'0'.repeat(64)}  linux-z/node\n`,
      ),
    code: 5,
    says: `it has no ${platform}/node`,
  },
];

async function signatureIn(runtime: string): Promise<string> {
  const [name] = (await readdir(runtime)).filter((file) => file.endsWith('.sig'));
  return join(runtime, name ?? '');
}

const everywhere = debianReleases.flatMap((release) => shells.map((shell) => ({ release, shell })));
/** Each release and each shell once. */
const each = everywhere.filter(({ release, shell }) => (release === 'bookworm') === (shell === 'sh'));

describe.each(everywhere)('the launcher on $release under $shell', ({ release, shell }) => {
  beforeEach(() => prepareHost(release));
  it.each(['ro,noexec', 'ro', 'rw,noexec', 'rw'] as const)(
    'runs a copy from a medium mounted %s',
    async (mount) => {
      await signed();
      const args = ['apply', '--media', mountPoint, 'a b', '', '*', '--'];
      const { stdout, stderr, exitCode } = await launch(
        { shell, mount, umask: '0027', cwd: '/etc' },
        ...args,
      );
      const lines = stdout.trimEnd().split('\n');
      expect(lines[0]).toMatch(new RegExp(`^ran /${copies}/[0-9a-f]{64}/${platform}/node$`));
      expect(lines.slice(1, 3)).toEqual(['umask 0027', 'in /etc']);
      expect(lines.slice(4)).toEqual(args.map((argument) => `<${argument}>`));
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
      const [copy = '', ...more] = await readdir(join(root, copies));
      expect(more).toEqual([]);
      expect((await stat(join(root, copies))).mode & 0o777).toBe(0o700);
      expect((await readdir(join(root, copies, copy))).toSorted()).toEqual(
        ['SHA256SUMS', `SHA256SUMS.${key.keyId}.sig`, 'PURPOSE', platform].toSorted(),
      );
    },
  );

  it('runs nothing that only a key signed which this host does not trust, and names that key', async () => {
    await signed('1.0.0', ['other.pem']);
    const result = await launch({ shell });
    expectRefused(result, 4, "0 of this host's trusted keys signed it");
    expect(result.stderr).toContain(`names the key ${other.keyId}`);
  });

  it('without a key names those of the medium and how to trust one', async () => {
    await prepareHost(release, []);
    await signed('1.0.0', ['key.pem', 'other.pem']);
    const result = await launch({ shell });
    expectRefused(result, 4, 'This host trusts no signing key');
    for (const text of [key.keyId, other.keyId, 'install -D -m 0644', 'pommgr signing-key trust']) {
      expect(result.stderr).toContain(text);
    }
  });
});

describe.each(each)('the launcher on $release under $shell, further', ({ release, shell }) => {
  beforeEach(() => prepareHost(release));

  it.each(damages)('runs nothing from $what', async ({ damage, code, says }) => {
    await damage(await signed());
    expectRefused(await launch({ shell }), code, says);
    expect(await readdir(join(root, copies))).toEqual([]);
  });

  it('takes the newest that is right, and says which were not', async () => {
    for (const version of ['1.9.0', '1.10.0', '1.10.1-rc.1']) await signed(version);
    await signed('1.10.1', ['other.pem']);
    const damaged = await signed('2.0.0');
    await flipBit(join(damaged, platform, 'node'), 5);
    const result = await launch({ shell }, 'verify', '--media', mountPoint);
    expect(await ranVersion(result)).toBe('// 1.10.1-rc.1\n');
    expect(result.stderr.match(/is not used/g)).toHaveLength(2);
    expect(result.stderr).toMatch(/runtime\/2\.0\.0 is not used: .*node is damaged/);
    expect(result.stderr).toMatch(/runtime\/1\.10\.1 is not used: 0 of/);
    expect(result.stderr).toMatch(/Running .*runtime\/1\.10\.1-rc\.1 instead\.$/m);
  });

  it('takes a version of three parts as higher than its candidate', async () => {
    for (const version of ['1.10.0-rc.2', '1.10.0', '1.9.9']) await signed(version);
    const result = await launch({ shell });
    expect(await ranVersion(result)).toBe('// 1.10.0\n');
    expect(result.stderr).toBe('');
  });

  it('checks the copy each time, uses it again, and makes a damaged one anew', async () => {
    const runtime = await signed();
    await launch({ shell });
    const [copy = ''] = await readdir(join(root, copies));
    const path = join(root, copies, copy, platform, 'node');
    const { ino } = await stat(path);
    // What lies on the medium is not read again.
    await flipBit(join(runtime, platform, 'node'), 5);
    expect(await ranVersion(await launch({ shell }))).toBe('// 1.0.0\n');
    expect((await stat(path)).ino).toBe(ino);
    await flipBit(join(runtime, platform, 'node'), 5);
    for (const spoil of [
      () => appendFile(path, '# more\n'),
      () => rm(path),
      () => writeFile(join(root, copies, copy, platform, 'package.json'), '{}'),
      () => symlink('node', join(root, copies, copy, 'link')),
    ]) {
      await spoil();
      const result = await launch({ shell });
      expect(result.stderr).toContain('is damaged and is made anew');
      expect(await ranVersion(result)).toBe('// 1.0.0\n');
      expect((await launch({ shell })).stderr).toBe('');
    }
  });

  it('removes the copies of other versions, and what a killed run left', async () => {
    await signed('1.0.0');
    await launch({ shell });
    await signed('1.1.0');
    await mkdir(join(root, copies, '.work.4194305.abcdef/taken'), { recursive: true });
    expect(await ranVersion(await launch({ shell }))).toBe('// 1.1.0\n');
    expect(await readdir(join(root, copies))).toHaveLength(1);
  });

  it('runs the copy of an earlier run where the medium has none as new that is right', async () => {
    await signed('1.1.0');
    await launch({ shell });
    await rm(join(media, 'runtime'), { recursive: true });
    expect(await ranVersion(await launch({ shell }))).toBe('// 1.1.0\n');
    await signed('1.0.0');
    expect(await ranVersion(await launch({ shell }))).toBe('// 1.1.0\n');
    await signed('1.2.0', ['other.pem']);
    const result = await launch({ shell });
    expect(await ranVersion(result)).toBe('// 1.1.0\n');
    expect(result.stderr).toContain('runtime/1.2.0 is not used');
    await prepareTrust([other]);
    expect(await ranVersion(await launch({ shell }))).toBe('// 1.2.0\n');
  });

  it('says where a runtime is to come from when there is none', async () => {
    expectRefused(await launch({ shell }), 8, 'There is no runtime on the medium');
  });

  it.each([
    ['--media', mountPoint],
    [`--media=${mountPoint}`],
    ['--media', '/nowhere', '--media', mountPoint],
  ])('takes the medium from its arguments when it is installed: %s %s', async (...args) => {
    await signed();
    await cp('templates/launcher.sh', join(root, 'usr/local/sbin/pommgr-media'));
    await chmod(join(root, 'usr/local/sbin/pommgr-media'), 0o755);
    const result = await runBare(
      { root, media, shell },
      '-c',
      'exec pommgr-media "$@"',
      'x',
      'apply',
      ...args,
    );
    expect(await ranVersion(result)).toBe('// 1.0.0\n');
    expect(result.exitCode).toBe(0);
  });

  it('is found by a relative path', async () => {
    await signed();
    const here = await runBare({ root, media, shell, cwd: mountPoint }, 'pommgr', 'status');
    expect(await ranVersion(here)).toBe('// 1.0.0\n');
    const above = await runBare({ root, media, shell, cwd: '/mnt' }, 'usb stick/pommgr', 'status');
    expect(await ranVersion(above)).toBe('// 1.0.0\n');
  });

  it('needs root, or a directory of the user alone that may execute', async () => {
    await signed();
    await chmod(media, 0o755);
    const user = 'nobody:nogroup';
    expectRefused(await launch({ shell, user }), 8, 'Only root can use /var/lib/pommgr/runtime');
    const own = '/tmp/pommgr-runtime';
    await rm(join(root, own), { recursive: true, force: true });
    await chmod(join(root, 'tmp'), 0o1777);
    const env = { POMMGR_RUNTIME_DIR: own };
    expect(await ranVersion(await launch({ shell, user, env }))).toBe('// 1.0.0\n');
    const asRoot = await launch({ shell, env });
    expectRefused(asRoot, 8, `Others may write in ${own}`);
    await chmod(join(root, own), 0o770);
    expectRefused(await launch({ shell, user, env }), 8, `Others may write in ${own}`);
  });

  it('believes no key that others than root could have put there', async () => {
    await signed();
    const directory = trustedKeysDirectory(root);
    const file = join(directory, `${key.keyId}.pem`);
    const spoiled: [string, () => Promise<void>][] = [
      [directory, () => chmod(directory, 0o777)],
      [directory, () => chown(directory, 65_534, 0)],
      [file, () => chmod(file, 0o666)],
      [file, () => chown(file, 65_534, 0)],
      [file, async () => (await chmod(file, 0o664), await chown(file, 0, 65_534))],
    ];
    for (const [path, spoil] of spoiled) {
      await spoil();
      expectRefused(await launch({ shell }), 3, `Others may write ${path.slice(root.length)}`);
      for (const one of [directory, file]) await chown(one, 0, 0);
      await chmod(directory, 0o755);
      await chmod(file, 0o644);
    }
    expect(await ranVersion(await launch({ shell }))).toBe('// 1.0.0\n');
  });

  it.each([
    { what: 'is noexec', mount: 'rw,noexec', directory: `${mountPoint}/copies`, says: 'mounted noexec' },
    { what: 'is read-only', mount: 'ro', directory: `${mountPoint}/copies`, says: 'could not be made' },
    { what: 'is a file', mount: 'ro', directory: '/etc/hostname', says: 'is not a directory' },
  ] as const)('says so where the directory for copies $what', async ({ mount, directory, says }) => {
    await signed();
    const result = await launch({ shell, mount, env: { POMMGR_RUNTIME_DIR: directory } });
    expect(result).toMatchObject({ exitCode: 8, stdout: '' });
    expect(result.stderr).toContain(says);
  });

  it('wants an absolute path for its copies', async () => {
    const result = await launch({ shell, env: { POMMGR_RUNTIME_DIR: 'here' } });
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('refuses what is no key among the trusted ones', async () => {
    await signed();
    await writeFile(join(trustedKeysDirectory(root), 'notes.pem'), 'not a key\n');
    expectRefused(await launch({ shell }), 3, 'notes.pem is not a public Ed25519 key');
  });

  it('does not count a key that was distrusted', async () => {
    await signed();
    const directory = trustedKeysDirectory(root);
    await rename(join(directory, `${key.keyId}.pem`), join(directory, `${key.keyId}.pem.distrusted`));
    expectRefused(await launch({ shell }), 4, 'This host trusts no signing key');
  });

  it('lets no name of a medium write to the terminal', async () => {
    await signed();
    await mkdir(join(media, 'runtime/1\u001B[2J\nRunning all of it.'));
    const { stderr, exitCode } = await launch({ shell });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('1?[2J?Running all of it. is not used');
  });

  it('is not in its own way when two start at once', async () => {
    await signed();
    const results = await Promise.all([launch({ shell }), launch({ shell }), launch({ shell })]);
    for (const result of results) expect(await ranVersion(result)).toBe('// 1.0.0\n');
    expect(await readdir(join(root, copies))).toHaveLength(1);
  });

  describe('with signing.threshold: 2', () => {
    beforeEach(async () => {
      await prepareTrust([key, other]);
      await writeFile(join(root, 'etc/pommgr/config.yaml'), 'signing:\n  threshold: 2\n');
    });

    it('wants two signatures', async () => {
      await signed();
      expectRefused(await launch({ shell }), 4, "1 of this host's trusted keys signed it, expected 2");
      await signed('1.1.0', ['key.pem', 'other.pem']);
      expect(await ranVersion(await launch({ shell }))).toBe('// 1.1.0\n');
    });

    it('counts a key and the one that it handed over to as one', async () => {
      await prepareTrust([key]);
      await addTrustedKey(trustedKeysDirectory(root), other, key.fingerprint);
      await signed('1.0.0', ['key.pem', 'other.pem']);
      expectRefused(await launch({ shell }), 4, "1 of this host's trusted keys signed it, expected 2");
    });
  });
});

/** Changes only what is trusted. */
async function prepareTrust(trusted: readonly SigningPublicKey[]): Promise<void> {
  await rm(trustedKeysDirectory(root), { recursive: true, force: true });
  for (const one of trusted) await addTrustedKey(trustedKeysDirectory(root), one);
}

describe('the threshold in the config of a host', () => {
  beforeEach(async () => {
    await prepareHost('trixie');
    await signed();
  });

  it.each([
    '',
    'store: /srv/pommgr\n',
    '# signing: {threshold: 2}\n\nschema: pommgr/host-config/v1\n',
    'signing:\n  threshold: 1\n',
    'signing: {threshold: 1}\n',
    'signing: { threshold: 1 } # one\nstore: /srv/signing\n',
    'signing: # how many\n\n    # one\n    threshold: 1 # here\nstore: /srv/x',
    'approval: {threshold: 2}\n',
    'approval:\n  threshold: 16\nsigning:\n  threshold: 1\n',
  ])('is 1 in %j', async (text) => {
    await writeFile(join(root, 'etc/pommgr/config.yaml'), text);
    expect((await launch()).exitCode).toBe(0);
  });

  it.each([
    'signing:\n  threshold: 2\n',
    'signing: {threshold: 16}\n',
    'signing: { threshold: 3 }',
    'store: /srv/x\nsigning:\n  threshold: 2',
    'approval: { threshold: 1 }\nsigning:\n  threshold: 2\n',
    'signing:\n  threshold: 2\napproval:\n  threshold: 1\n',
  ])('is more in %j', async (text) => {
    await writeFile(join(root, 'etc/pommgr/config.yaml'), text);
    expectRefused(await launch(), 4, "1 of this host's trusted keys signed it, expected");
  });

  it.each([
    'signing: {"threshold": 2}\n',
    '"signing":\n  threshold: 2\n',
    'signing:\n  threshold: two\n',
    'signing:\n  threshold: 02\n',
    'signing:\n  threshold: 1\nsigning:\n  threshold: 2\n',
    'signing:\n\tthreshold: 2\n',
    '{signing: {threshold: 2}}\n',
    '"s\\u0069gning": {"t\\u0068reshold": 2}\n',
    'signing: &a\n  threshold: 2\n',
    'approval: {threshold: two}\n',
    'approval:\n  signing:\n    threshold: 1\n',
    'store: |\n  /x\nsigning:\r\n  threshold: 2\r\n',
  ])('is not guessed from %j', async (text) => {
    await writeFile(join(root, 'etc/pommgr/config.yaml'), text);
    expectRefused(await launch(), 3, 'does not say clearly how many signatures');
  });
});

describe('the launcher', () => {
  it('runs nothing without openssl, and names it', async () => {
    root = await bareHost('bookworm', [key], { withOpenssl: false });
    await signed();
    for (const shell of shells) {
      expectRefused(await launch({ shell }), 7, 'The program openssl is missing');
    }
  });

  it('runs a real Node.js, which loads nothing from elsewhere', async () => {
    await prepareHost('bookworm');
    await writeStandIn(media, '1.0.0', {
      keyFiles: [join(keys, 'key.pem')],
      node: await readFile(process.execPath),
      program: 'process.stdout.write(JSON.stringify(process.argv.slice(2)));',
    });
    const env = { NODE_OPTIONS: '--require=/etc/hostname', NODE_PATH: mountPoint };
    const result = await launch({ env }, 'one', 'two words');
    expect(result.stderr).toBe('');
    expect(JSON.parse(result.stdout)).toEqual(['one', 'two words']);
  });

  it('stops at a file that is larger than any of ours', async () => {
    await prepareHost('trixie');
    const runtime = await signed();
    await truncate(join(runtime, platform, 'node'), 2 ** 40);
    expectRefused(await launch(), 5, `${platform}/node is longer than 536870912 bytes`);
    expect(await readdir(join(root, copies))).toEqual([]);
  });
});

describe('a disk that is full', () => {
  // Page by page, from no room for the keys to nearly enough; and from no inode to nearly enough.
  const disks = [
    ...[4, 8, 12, 16, 20, 24, 28, 32, 64, 128, 256].map((kib) => `size=${kib}k`),
    ...[2, 3, 4, 5, 6, 8, 10].map((inodes) => `size=4m,nr_inodes=${inodes}`),
  ];

  it.each(shells)('is never taken for a damaged medium, by %s', async (shell) => {
    await prepareHost('bookworm');
    await writeStandIn(media, '1.0.0', {
      keyFiles: [join(keys, 'key.pem')],
      node: Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n'), Buffer.alloc(400_000, '\n')]),
    });
    const disk = join(root, 'var/lib/pommgr');
    for (const options of disks) {
      await mkdir(disk, { recursive: true });
      await run('mount', ['-t', 'tmpfs', '-o', `${options},mode=755`, 'full', disk]);
      try {
        const { exitCode, stderr } = await launch({ shell }, 'status');
        expect(stderr, options).not.toMatch(/Find out who|damaged|not a public|is not what the key/);
        expect({ options, exitCode, stderr }).toMatchObject({ exitCode: 8 });
        expect(stderr, options).toMatch(/space|could not be made|Cannot write/);
        if (stderr.includes('Free some space')) expect(stderr).toContain('POMMGR_RUNTIME_DIR=DIR');
      } finally {
        await run('umount', [disk]);
      }
    }
  });

  it('is said with need and have before the first byte is copied', async () => {
    await prepareHost('trixie');
    const node = Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n'), Buffer.alloc(4_000_000, '\n')]);
    await writeStandIn(media, '1.0.0', { keyFiles: [join(keys, 'key.pem')], node });
    const disk = join(root, 'var/lib/pommgr');
    await mkdir(disk, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=755', 'full', disk]);
    try {
      const { exitCode, stderr } = await launch({}, 'status');
      expect(exitCode).toBe(8);
      expect(stderr).toContain(
        'there is too little space in /var/lib/pommgr/runtime: expected 4 MiB free, found 2 MiB',
      );
      expect(stderr).toMatch(
        /No runtime could be copied to this host\.[^]*-> The file system of .* has 2 MiB free/,
      );
    } finally {
      await run('umount', [disk]);
    }
  });
});

it.each(shells)(
  'started from a medium it takes that medium as --media, unless another is named: %s',
  async (shell) => {
    await prepareHost('bookworm');
    await signed();
    const said = async (...args: string[]): Promise<string> => {
      const { stdout } = await launch({ shell }, ...args);
      return (stdout.match(/<.*>/g) ?? []).slice(1).join('');
    };
    expect(await said('apply')).toBe('<apply>');
    await mkdir(join(media, 'bundles'));
    expect(await said('apply', '--dry-run')).toBe(`<apply><--dry-run><--media><${mountPoint}>`);
    expect(await said('verify')).toBe(`<verify><--media><${mountPoint}>`);
    expect(await said('subscription', 'activate')).toBe(`<subscription><activate><--media><${mountPoint}>`);
    expect(await said('apply', '--media', '/mnt')).toBe('<apply><--media></mnt>');
    expect(await said('apply', '--from=http://192.0.2.1:1')).toBe('<apply><--from=http://192.0.2.1:1>');
    expect(await said('status')).toBe('<status>');
  },
);
