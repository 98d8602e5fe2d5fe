import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/adapters/config-file.ts';
import { readKeyring } from '../../src/upstream/adapters/openpgp.ts';
import { listDirectory } from '../../src/core/adapters/atomic-files.ts';
import { run } from '../../src/core/adapters/process.ts';
import type { Context } from '../../src/core/domain/progress.ts';
import { initConfig, type InitOptions } from '../../src/init/workflows/init.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { testContext } from '../support/online.ts';
import { initText } from '../../src/init/ui/init-text.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { scratchDirectory } from '../support/scratch.ts';

const debian = { kind: 'presets' as const, names: ['debian-trixie'] };

function contextWith(warnings: string[]): Context {
  const progress = {
    step() {},
    note() {},
    warn: (text: string) => void warnings.push(text),
    meter: () => ({ add() {}, done() {} }),
  };
  return {
    progress,
    signal: new AbortController().signal,
    now: () => new Date(0),
    timestamp: () => new Date(0),
  };
}

async function init(options: Partial<InitOptions>) {
  const warnings: string[] = [];
  const output = options.output ?? join(await scratchDirectory(), 'pommgr.yaml');
  const result = await initConfig({
    context: contextWith(warnings),
    from: debian,
    include: [],
    ...options,
    output,
  });
  return { result, warnings, config: await loadConfig(output), output };
}

async function rootWith(files: Record<string, string | Uint8Array>): Promise<string> {
  const root = await scratchDirectory();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

describe('initConfig from presets', () => {
  it('writes a config that reads back, with the packages on every mirror', async () => {
    const { result, config } = await init({ include: ['bash', 'linux-image-*'], track: 'prod.1' });
    expect(config.track).toBe('prod.1');
    expect(config.mirrors.map((mirror) => mirror.id)).toEqual([
      'debian-trixie',
      'debian-trixie-security',
      'debian-trixie-updates',
    ]);
    for (const mirror of config.mirrors)
      expect(mirror.filters.include.packages).toEqual(['bash', 'linux-image-*']);
    expect(result).toMatchObject({ track: 'prod.1', targets: [], keyrings: [], missing: [] });
  });

  it('names the login files that are still to be written', async () => {
    const directory = await scratchDirectory();
    await mkdir(join(directory, 'secrets'));
    await writeFile(join(directory, 'secrets/pbs-auth.conf'), '');
    const { result } = await init({
      output: join(directory, 'pommgr.yaml'),
      from: {
        kind: 'presets',
        names: ['pve-9-enterprise', 'pbs-4-enterprise', 'ceph-squid-trixie-enterprise'],
      },
    });
    const [keyring, login, ...others] = result.missing;
    expect(others).toEqual([]);
    expect(login).toMatchObject({ kind: 'login', path: join(directory, 'secrets/pve-auth.conf') });
    expect(keyring).toMatchObject({
      kind: 'keyring',
      path: '/usr/share/keyrings/proxmox-archive-keyring.gpg',
      mirrors: expect.arrayContaining([
        'pve-9-enterprise',
        'pbs-4-enterprise',
        'ceph-squid-trixie-enterprise',
      ]) as string[],
    });
    expect(keyring?.ways.join('\n')).toMatch(
      /proxmox-archive-keyring[^]*wget -O \/usr\S+ \\\n +https:[^]*sha256sum[^]*136673be77aba35d/,
    );
    const shown = initText(result, undefined);
    expect(shown).toMatch(/^Before the first snapshot:\n {2}keyring [^]*\n {2}login [^]*^Next:$/m);
    await expect(
      snapshot({ configFile: result.file, context: testContext(), dryRun: true, force: false }),
    ).rejects.toMatchObject({
      code: 'config.missing',
      exitCode: 3,
      message: expect.stringMatching(/136673be[^]*login .*pve-auth\.conf/) as string,
    });
    expect(result.targets).toEqual(['pve9', 'pbs4']);
  });

  it('changes nothing that exists', async () => {
    const { output } = await init({});
    const before = await readFile(output, 'utf8');
    await expect(init({ output, track: 'other' })).rejects.toMatchObject({
      code: 'refused.exists',
      exitCode: 9,
    });
    expect(await readFile(output, 'utf8')).toBe(before);
    expect(await listDirectory(dirname(output))).toEqual(['pommgr.yaml']);
  });

  it('does not make the directory', async () => {
    const output = join(await scratchDirectory(), 'none', 'pommgr.yaml');
    await expect(init({ output })).rejects.toMatchObject({ code: 'state.missing' });
  });

  it.each([
    ['a track', { track: 'Prod 1' }, 'usage.track'],
    ['a package', { include: ['bash', 'a b'] }, 'usage.include'],
    ['a preset', { from: { kind: 'presets' as const, names: ['pve-5-test'] } }, 'usage.preset'],
  ])('refuses %s that cannot be one and writes nothing', async (_what, options, code) => {
    const directory = await scratchDirectory();
    await expect(init({ ...options, output: join(directory, 'pommgr.yaml') })).rejects.toMatchObject({
      code,
      exitCode: 2,
    });
    expect(await listDirectory(directory)).toEqual([]);
  });
});

describe('initConfig from apt', () => {
  it("takes one-line and deb822 sources in apt's order, with keyrings and logins below the root", async () => {
    const root = await rootWith({
      'etc/apt/sources.list': 'deb [signed-by=/usr/share/k.gpg] http://one.example/debian trixie main\n',
      'etc/apt/sources.list.d/b.list':
        'deb [signed-by=/usr/share/k.gpg] https://two.example/debian trixie main\n',
      'etc/apt/sources.list.d/a.sources':
        'Types: deb\nURIs: http://three.example/debian\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/k.gpg\n',
      'etc/apt/sources.list.d/c.list.disabled': 'deb http://four.example/debian trixie main\n',
      'etc/apt/sources.list.d/with space.list': 'deb http://five.example/debian trixie main\n',
      'etc/apt/auth.conf.d/two.conf': '# ours\nmachine two.example\nlogin pve2c-0123456789 password geheim\n',
    });
    const { config, result, output, warnings } = await init({ from: { kind: 'apt', root } });
    expect(warnings).toEqual([]);
    expect(result.mirrors.map((mirror) => mirror.uri)).toEqual([
      'http://one.example/debian',
      'http://three.example/debian',
      'https://two.example/debian',
    ]);
    expect(config.mirrors.map((mirror) => [mirror.id, mirror.keyring, mirror.authFile])).toEqual([
      ['one-trixie', join(root, 'usr/share/k.gpg'), undefined],
      ['three-trixie', join(root, 'usr/share/k.gpg'), undefined],
      ['two-trixie', join(root, 'usr/share/k.gpg'), join(root, 'etc/apt/auth.conf.d/two.conf')],
    ]);
    expect(await readFile(output, 'utf8')).not.toMatch(/geheim|pve2c/);
    const { stdout } = await run('dpkg', ['--print-architecture']);
    expect(config.architectures).toEqual([stdout.trim()]);
  });

  it('writes keyrings with the very keys that apt has: inline, several files, all that it trusts', async () => {
    const [one, two] = [
      await createSigningIdentity({ name: 'one' }),
      await createSigningIdentity({ name: 'two' }),
    ];
    const armored = (await readFile(one.armoredKeyring, 'utf8')).trimEnd().split('\n');
    const root = await rootWith({
      'etc/apt/sources.list.d/inline.sources': `Types: deb\nURIs: http://inline.example/debian\nSuites: x\nComponents: main\nSigned-By:\n${armored.map((line) => ` ${line === '' ? '.' : line}\n`).join('')}`,
      'etc/apt/sources.list.d/several.list':
        'deb [signed-by=/k/one.asc,/k/two.gpg] http://several.example/debian x main\n',
      'etc/apt/sources.list.d/trusted.list': 'deb http://trusted.example/debian x main\n',
      'etc/apt/trusted.gpg.d/two.gpg': await readFile(two.binaryKeyring),
      'etc/apt/trusted.gpg.d/broken.gpg': 'no key at all',
      'etc/apt/trusted.gpg.d/ignored.txt': await readFile(one.binaryKeyring),
      'k/one.asc': await readFile(one.armoredKeyring),
      'k/two.gpg': await readFile(two.binaryKeyring),
    });
    const { config, result, warnings } = await init({ from: { kind: 'apt', root } });
    const found: Record<string, string[]> = {};
    for (const mirror of config.mirrors) {
      const { certificates } = await readKeyring(mirror.keyring);
      found[mirror.id] = certificates.map((certificate) => certificate.getFingerprint().toUpperCase());
    }
    expect(found).toEqual({
      'inline-x': [one.fingerprint],
      'several-x': [one.fingerprint, two.fingerprint],
      'trusted-x': [two.fingerprint],
    });
    expect(result.keyrings).toHaveLength(3);
    expect(warnings).toEqual([
      expect.stringContaining('broken.gpg'),
      expect.stringContaining('trusted-x: no Signed-By'),
    ]);
  });

  it('goes on after a run that wrote only the keyrings, but changes no other keyring', async () => {
    const { binaryKeyring } = await createSigningIdentity({ name: 'kept' });
    const root = await rootWith({
      'etc/apt/sources.list': 'deb http://h.example/debian x main\n',
      'etc/apt/trusted.gpg.d/k.gpg': await readFile(binaryKeyring),
    });
    const output = join(await scratchDirectory(), 'pommgr.yaml');
    await init({ from: { kind: 'apt', root }, output });
    await run('rm', [output]);
    await init({ from: { kind: 'apt', root }, output });
    await run('rm', [output]);
    await writeFile(join(dirname(output), 'keyrings/apt-trusted.gpg'), 'mine');
    await expect(init({ from: { kind: 'apt', root }, output })).rejects.toMatchObject({
      code: 'refused.exists',
    });
    expect(await readFile(join(dirname(output), 'keyrings/apt-trusted.gpg'), 'utf8')).toBe('mine');
    expect(await listDirectory(dirname(output))).toEqual(['keyrings']);
  });

  it('says why when nothing can be taken', async () => {
    const root = await rootWith({ 'etc/apt/sources.list': 'deb cdrom:[x]/ bookworm main\n' });
    await expect(init({ from: { kind: 'apt', root } })).rejects.toMatchObject({
      code: 'config.apt-sources',
      message: expect.stringContaining('a source of the kind "cdrom"') as unknown,
    });
  });

  it('says so when apt trusts no key', async () => {
    const root = await rootWith({ 'etc/apt/sources.list': 'deb http://h.example/debian x main\n' });
    await expect(init({ from: { kind: 'apt', root } })).rejects.toMatchObject({ code: 'config.keyring' });
  });

  it('leaves out a source that apt takes without a key, and takes the others', async () => {
    const { binaryKeyring } = await createSigningIdentity({ name: 'kept' });
    const root = await rootWith({
      'etc/apt/sources.list':
        'deb [trusted=yes] http://a.example/debian x main\ndeb [signed-by=/k.gpg] http://b.example/debian x main\n',
      'k.gpg': await readFile(binaryKeyring),
    });
    const { config, result, warnings } = await init({ from: { kind: 'apt', root } });
    expect(config.mirrors.map(({ id }) => id)).toEqual(['b-x']);
    expect(config.targets.flatMap(({ mirrors }) => mirrors)).toEqual(
      result.targets.length === 0 ? [] : ['b-x'],
    );
    expect(warnings).toContainEqual(
      expect.stringMatching(/^a-x .* left out: There is no key that apt trusts/),
    );
  });

  it('passes on a source list that apt cannot read', async () => {
    const root = await rootWith({ 'etc/apt/sources.list': 'dep http://h.example/debian x main\n' });
    await expect(init({ from: { kind: 'apt', root } })).rejects.toMatchObject({
      code: 'config.apt-sources',
      message: expect.stringContaining('sources.list, line 1') as unknown,
    });
  });
});
