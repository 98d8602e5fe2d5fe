/** `npm run dist`: the single file is pommgr, and the Debian package runs on hosts that have no Node.js. */
import { randomBytes } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { listSettings } from '../../scripts/dist/settings-page.mjs';
import { hostConfigSchema } from '../../src/config/adapters/host-config.ts';
import { parseConfig } from '../../src/config/domain/config-document.ts';
import { configSchema } from '../../src/config/domain/config.ts';
import { run } from '../../src/core/adapters/process.ts';
import { findRuntimePayload } from '../../src/medium/adapters/runtime-payload.ts';
import { toolVersion } from '../../src/core/adapters/tool-version.ts';
import { pommgr } from '../support/cli.ts';
import { loadCommands } from '../support/command-surface.ts';
import { debianReleases, debianRoot, runInRoot, runInRootWithProc } from '../support/debian-root.ts';
import { buildDist, type Dist } from '../support/dist.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { buildPackage } from '../support/packages.ts';
import { createRepository } from '../support/repository.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const version = toolVersion();
let dist: Dist;
let again: Dist;

beforeAll(async () => {
  const elsewhere = { umask: '077', env: { TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8' } };
  [dist, again] = await Promise.all([buildDist(version), buildDist(version, elsewhere)]);
}, 300_000);

it('has the same bytes wherever it is built', async () => {
  const tree = await treeOf(dist.out);

  expect(tree.length).toBeGreaterThan(5);
  expect(await treeOf(again.out)).toEqual(tree);
});

it('is found by pack', async () => {
  process.env['POMMGR_RUNTIME'] = join(dist.out, 'runtime');
  try {
    expect(await findRuntimePayload()).toEqual({
      version,
      directory: join(dist.out, 'runtime', version),
      platforms: [{ name: 'linux-x64', files: ['LICENSE.node.txt', 'LICENSES.txt', 'node', 'pommgr.mjs'] }],
      packages: ['ansible-collection/pommgr-pommgr.tar.gz', 'debian-amd64/pommgr.deb'],
    });
    const beside = join(dist.out, 'runtime', version, 'debian-amd64/pommgr.deb');
    // Compared as bytes: to show the difference of two packages would take gigabytes.
    expect((await readFile(beside)).equals(await readFile(dist.debianPackage))).toBe(true);
    process.env['POMMGR_RUNTIME'] = dist.out;
    await expect(findRuntimePayload()).rejects.toMatchObject({ code: 'usage.environment' });
  } finally {
    delete process.env['POMMGR_RUNTIME'];
  }
});

describe('the single file', () => {
  let alone: string;

  beforeAll(async () => {
    alone = join(await scratchDirectory(), 'pommgr.mjs');
    await copyFile(dist.singleFile, alone);
  });

  /** What it and dist/ say to the same arguments, both run by the packaged Node.js. */
  async function bothSay(args: readonly string[]) {
    const [ofFile, ofDist] = await Promise.all([
      pommgr(args, { node: dist.node, file: alone }),
      pommgr(args, { node: dist.node }),
    ]);
    return { ofFile: { args, ...ofFile }, ofDist: { args, ...ofDist } };
  }

  it('shows the help of every topic, and the version, as dist does', async () => {
    const names = (await commandNames()).filter(({ length }) => length > 1);
    const topics = new Set(names.map(([topic = '']) => topic));
    const asked = [['--version'], ['--help'], ['help', 'pack'], ['mirror', 'presets', '--help']];
    for (const args of [...asked, ...[...topics].map((topic) => [topic, '--help'])]) {
      const { ofFile, ofDist } = await bothSay(args);
      expect(ofFile).toMatchObject({ exitCode: 0, stderr: '' });
      expect(ofFile).toEqual(ofDist);
    }
  });

  it.each([
    { args: ['nonsense'], exitCode: 2 },
    { args: ['baseline', 'nonsense', '--json'], exitCode: 2 },
    { args: ['verify', '--media', '/nonexistent'], exitCode: 2 },
    { args: ['doctor', '--store', '/nonexistent', '--json'], exitCode: 8 },
    { args: ['mirror', 'presets', '--json'], exitCode: 0 },
  ])('ends with $exitCode for $args, in the words of dist', async ({ args, exitCode }) => {
    const { ofFile, ofDist } = await bothSay(args);

    expect(ofFile).toMatchObject({ exitCode });
    expect(ofFile).toEqual(ofDist);
  });

  it('has every command', async () => {
    const names = await commandNames();
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) {
      const { exitCode, stderr } = await pommgr([...name, '--nope'], { node: dist.node, file: alone });
      expect({ name, exitCode, stderr }).toEqual({
        name,
        exitCode: 2,
        stderr: expect.stringContaining('Nonexistent flag: --nope'),
      });
    }
  });

  it('can be read, and names the packages in it, whose licenses go with it', async () => {
    const text = await readFile(alone, 'utf8');
    const licenses = await readFile(join(dirname(dist.singleFile), 'LICENSES.txt'), 'utf8');
    const header = text.slice(0, text.indexOf('*/'));
    const named = [...header.matchAll(/^ \* {3}(\S+ \S+ \(.+\))$/gm)].map(([, name = '']) => name);

    expect(text).toContain('\nfunction bundledOptions(inlined');
    expect(named.filter((name) => name.startsWith('openpgp ') || name.startsWith('zod '))).toHaveLength(2);
    for (const name of named) expect(licenses).toContain(`\n${name}\n`);
  });
});

describe.each(debianReleases)('the Debian package on a bare %s', (release) => {
  let root: string;

  beforeAll(async () => {
    root = await debianRoot(release);
    await copyFile(dist.debianPackage, join(root, 'tmp/pommgr.deb'));
    await runInRoot(root, 'dpkg', '--install', '/tmp/pommgr.deb');
  });

  it('takes a snapshot, packs, verifies and applies, with no Node.js but its own', async () => {
    await writeOnlineSide(root, release);
    const inRoot = async (...args: string[]) =>
      JSON.parse(await runInRootWithProc(root, 'pommgr', ...args, '--json')) as { result: object };

    expect(await runInRoot(root, 'pommgr', '--version')).toMatch(`pommgr/${version} linux-x64 node-v24.`);
    await inRoot('signing-key', 'create', '--config', '/srv/pommgr.yaml');
    await inRoot('signing-key', 'trust', '/srv/signing-key.pub.pem');
    const taken = await inRoot('snapshot', '--config', '/srv/pommgr.yaml');
    await inRoot('pack', '--config', '/srv/pommgr.yaml', '--media', '/mnt', '--allow-local');
    const verified = await inRoot('verify', '--media', '/mnt');
    const applied = await inRoot('apply', '--media', '/mnt');

    expect(taken.result).toMatchObject({ outcome: 'made' });
    expect(verified.result).toMatchObject({ bundles: [{ name: 'test-1' }] });
    expect(applied.result).toMatchObject({ outcome: 'applied' });
    // The installed pommgr finds itself, for the medium.
    const carried = await readFile(join(root, 'mnt/runtime', version, 'linux-x64/pommgr.mjs'));
    expect(carried.equals(await readFile(dist.singleFile))).toBe(true);
    const collection = await readFile(
      join(root, 'mnt/runtime', version, 'ansible-collection/pommgr-pommgr.tar.gz'),
    );
    expect(gunzipSync(collection).toString('latin1')).toContain('MANIFEST.json');
    expect(await runInRoot(root, 'apt-cache', 'policy', 'large')).toMatch(/Candidate: 1\.0\n/);
  });

  it('completes commands, flags and values in bash', async () => {
    const script = `. /usr/share/bash-completion/completions/pommgr
      complete -p pommgr >/dev/null || exit 1
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pommgr; echo "\${COMPREPLY[*]}"`;
    const complete = async (...words: string[]) =>
      (await runInRoot(root, 'bash', '-c', script, 'bash', 'pommgr', ...words)).trim().split(' ');

    expect(await complete('')).toEqual(expect.arrayContaining(['apply', 'help', 'mirror', 'verify']));
    expect(await complete('help', 'sna')).toEqual(['snapshot']);
    expect(await complete('signing-key', 'cr')).toEqual(['create']);
    expect(await complete('init', '--preset', 'pdm-1-n')).toEqual(['pdm-1-no-subscription']);
    expect(await complete('apply', '--dry')).toEqual(['--dry-run']);
    expect(await complete('pack', '--format', '')).toEqual(['volumes', 'pom']);
    expect(await complete('pack', '--format', '=', 'p')).toEqual(['pom']);
    expect(await complete('pack', '--media', '/us')).toEqual(['/usr']);
    expect(await complete('signing-key', 'trust', '/etc/os-rel')).toEqual(['/etc/os-release']);
  });
});

describe('the Debian package', () => {
  let files: string;

  beforeAll(async () => {
    files = await scratchDirectory();
    await run('dpkg-deb', ['--extract', dist.debianPackage, files]);
  });

  it('leaves nothing behind, and enables nothing', async () => {
    const root = await debianRoot('trixie');
    await copyFile(dist.debianPackage, join(root, 'tmp/pommgr.deb'));
    const before = await systemTree(root);
    await runInRoot(root, 'dpkg', '--install', '/tmp/pommgr.deb');
    const added = (await systemTree(root)).filter((line) => !before.includes(line));

    await runInRoot(root, 'dpkg', '--remove', 'pommgr');
    await runInRoot(root, 'dpkg', '--purge', 'pommgr');

    expect(added.filter((line) => /\bsystemd\b/.test(line)).length).toBeGreaterThan(1);
    // The place of the config, and nothing in it.
    const inEtc = added.filter((line) => /\betc\//.test(line));
    expect(inEtc).toEqual([expect.stringMatching(/\betc\/pommgr(?![\w/])/)]);
    expect(await systemTree(root)).toEqual(before);
  });

  it('brings a man page of every command, a changelog and a copyright file', async () => {
    const page = (await readZipped(join(files, 'usr/share/man/man1/pommgr.1.gz'))).replaceAll('\\-', '-');
    const log = await readZipped(join(files, 'usr/share/doc/pommgr/changelog.gz'));

    for (const [name] of await loadCommands()) expect(page).toContain(`\n.SS "pommgr ${name}`);
    for (const variable of await ownVariables()) expect(page).toContain(`\n.B ${variable}\n`);
    expect(page).toContain('\n.B 130\ninterrupted (SIGINT, Ctrl-C)\n');
    expect(log).toMatch(new RegExp(`^pommgr \\(${version}\\) .*\n\n {2}\\* `));
    expect(log).toMatch(/\n\n -- .* <.*> {2}Sun, 15 Jun 2025 15:06:40 \+0000\n$/);
    const copyright = await readFile(join(files, 'usr/share/doc/pommgr/copyright'), 'utf8');
    expect(copyright).toMatch(/^Format: .*\/copyright-format\/1\.0\/\n/);
  });

  it('brings README, manual, examples, the page to check a medium by hand, and pages of every setting', async () => {
    const docs = join(files, 'usr/share/doc/pommgr');
    for (const path of [
      ...['README.md', 'docs/manual.md', 'docs/medium-check.md', 'docs/commands.md', 'docs/errors.md'],
      ...['examples/debian/pommgr.yaml', 'examples/pommgr.yaml', 'examples/config.yaml'],
    ]) {
      expect((await readFile(join(docs, path), 'utf8')).length).toBeGreaterThan(100);
    }
    const sample = parseConfig(await readFile(join(docs, 'examples/pommgr.yaml'), 'utf8'), 'pommgr.yaml');
    expect(sample.baseDir).toBe('/var/lib/pommgr/mirror');
    const page = await readZipped(join(files, 'usr/share/man/man5/pommgr.yaml.5.gz'));
    const host = await readZipped(join(files, 'usr/share/man/man5/pommgr-config.yaml.5.gz'));
    for (const { path } of listSettings(configSchema)) expect(page).toContain(`\n\\fB${path}\\fR (`);
    for (const { path } of listSettings(hostConfigSchema)) expect(host).toContain(`\n\\fB${path}\\fR (`);
  });

  it('has units that systemd understands', async () => {
    // Those of systemd itself that they need.
    for (const name of [
      'basic',
      'multi-user',
      'network-online',
      'shutdown',
      'sysinit',
      'time-set',
      'time-sync',
      'timers',
    ]) {
      await writeFile(join(files, `usr/lib/systemd/system/${name}.target`), '[Unit]\n');
    }
    const units = [
      'pommgr-snapshot.service',
      'pommgr-snapshot.timer',
      'pommgr-serve.service',
      'pommgr-report@pommgr-snapshot.service.service',
    ];

    const { stdout, stderr } = await run('systemd-analyze', [
      'verify',
      '--man=no',
      `--root=${files}`,
      ...units,
    ]);

    expect(stdout + stderr).toBe('');
    const serve = await readFile(join(files, 'usr/lib/systemd/system/pommgr-serve.service'), 'utf8');
    expect(serve).toMatch(/^DynamicUser=yes$/m);
    expect(serve).toMatch(/^CapabilityBoundingSet=$/m);
  });
});

/** A signed repository whose index is xz alone, with a package that hashing threads get, and a config for it. */
async function writeOnlineSide(root: string, release: string): Promise<void> {
  const signer = await createSigningIdentity({ name: 'Upstream' });
  // So that it stays that large in the package.
  const content = randomBytes(1024 * 1024);
  const large = await buildPackage({ name: 'large', version: '1.0', files: { '/srv/large': content } });
  await createRepository({
    directory: join(root, 'srv/upstream'),
    components: { main: [large] },
    indexForms: ['xz'],
    signers: [signer],
  });
  await copyFile(signer.binaryKeyring, join(root, 'srv/upstream.gpg'));
  await writeFile(
    join(root, 'srv/pommgr.yaml'),
    [
      'schema: pommgr/config/v1',
      'track: test',
      'engine: builtin',
      'mirrors:',
      '  - { id: upstream, uri: "file:///srv/upstream", suite: stable, components: [main], keyring: upstream.gpg }',
      'targets:',
      `  - { name: debian, mirrors: [upstream], products: [debian], codename: ${release} }`,
      '',
    ].join('\n'),
  );
}

/** Modes, sizes and paths, without what dpkg keeps for itself, and the package file. */
async function systemTree(root: string): Promise<string[]> {
  const { stdout } = await run('find', [root, '-printf', '%M %s %P %l\n']);
  const own = /^\S+ \d+ (var\/(lib\/dpkg|log|cache)|tmp)\b/;
  return stdout
    .split('\n')
    .filter((line) => !own.test(line))
    .toSorted();
}

/** Environment variables that the source names, but for those for tests and developers. */
async function ownVariables(): Promise<string[]> {
  const { stdout } = await run('grep', [
    '-rhoE',
    'POMMGR_[A-Z_]+',
    fileURLToPath(new URL('../../src', import.meta.url)),
  ]);
  const inner = new Set(['', 'POMMGR_FAULT_AT', 'POMMGR_DEBUG']);
  return [...new Set(stdout.split('\n'))].filter((name) => !inner.has(name));
}

async function commandNames(): Promise<string[][]> {
  return (await loadCommands()).map(([name]) => name.split(' '));
}

async function readZipped(path: string): Promise<string> {
  return gunzipSync(await readFile(path)).toString('utf8');
}
