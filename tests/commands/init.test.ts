import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import Init from '../../src/commands/init.ts';
import MirrorListCommand from '../../src/commands/mirror/list.ts';
import MirrorPresets from '../../src/commands/mirror/presets.ts';
import { presets } from '../../src/config/domain/presets.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';

describe('init', () => {
  it('writes the config and says what comes next', async () => {
    const file = join(await scratchDirectory(), 'site.yaml');
    const { stdout, exitCode } = await runCommand(Init, [
      '--preset',
      'pve-9-enterprise',
      'debian-trixie',
      '--config',
      file,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Wrote ${file}, track pve9.`);
    expect(stdout).toMatch(
      /^Before the first snapshot:\n[^]*login .*secrets\/pve-auth\.conf[^]*^Next:\n {2}pommgr signing-key create/m,
    );
    expect(await readFile(file, 'utf8')).toContain('track: pve9\n');
  });

  it('gives one JSON document', async () => {
    const file = join(await scratchDirectory(), 'site.yaml');
    const { stdout, stderr } = await runCommand(Init, [
      '--json',
      '--preset',
      'debian-trixie',
      '--include',
      'bash',
      '--track',
      'a',
      '--config',
      file,
    ]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      schema: 'pommgr/init-result/v1',
      result: {
        file,
        track: 'a',
        mirrors: [
          { id: 'debian-trixie', uri: 'http://ftp.debian.org/debian', suite: 'trixie' },
          { id: 'debian-trixie-updates', uri: 'http://ftp.debian.org/debian', suite: 'trixie-updates' },
          {
            id: 'debian-trixie-security',
            uri: 'http://security.debian.org/debian-security',
            suite: 'trixie-security',
          },
        ],
        targets: [],
        upgrades: [],
        thin: [],
        keyrings: [],
        missing: [],
        continued: null,
      },
      warnings: [],
    });
  });

  it('takes warnings into the document', async () => {
    const root = await scratchDirectory();
    await mkdir(join(root, 'etc/apt'), { recursive: true });
    await writeFile(
      join(root, 'etc/apt/sources.list'),
      'deb [signed-by=/k] http://h.example/debian x main\ndeb cdrom:[Debian]/ x main\n',
    );
    const { stdout } = await runCommand(Init, [
      '--json',
      '--from-apt',
      '--root',
      root,
      '--config',
      join(root, 'c.yaml'),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ warnings: [expect.stringContaining('cannot be mirrored')] });
  });

  it.each([
    ['neither source', []],
    ['both sources', ['--from-apt', '--preset', 'debian-trixie']],
    ['a root without --from-apt', ['--preset', 'debian-trixie', '--root', '/']],
    ['an unknown preset', ['--preset', 'debian-etch']],
  ])('ends with 2 for %s', async (_what, argv) => {
    const { exitCode, stdout, stderr } = await runCommand(Init, [
      ...argv,
      '--config',
      join(await scratchDirectory(), 'c.yaml'),
    ]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Error: /);
  });
});

describe('mirror list', () => {
  it('shows the mirrors of the config with their filters', async () => {
    const file = join(await scratchDirectory(), 'c.yaml');
    await runCommand(Init, [
      '--preset',
      'pve-9-enterprise',
      'debian-trixie',
      '--include',
      'bash',
      '--config',
      file,
    ]);
    const { stdout, exitCode } = await runCommand(MirrorListCommand, ['--config', file]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^debian-trixie +http:\/\/ftp\.debian\.org\/debian +trixie +contrib,main,non-free-firmware +amd64 +only bash; no sections debug,games$/m,
    );
    expect(stdout).toContain(`4 mirrors of track pve9, from ${file}`);
  });

  it('tells that there is a login, not where', async () => {
    const file = join(await scratchDirectory(), 'c.yaml');
    await runCommand(Init, ['--preset', 'pve-9-enterprise', 'pve-9-test', '--config', file]);
    const { stdout } = await runCommand(MirrorListCommand, ['--json', '--config', file]);
    expect(JSON.parse(stdout)).toMatchObject({
      result: {
        mirrors: [
          { id: 'pve-9-enterprise', login: true },
          { id: 'pve-9-test', login: false },
        ],
      },
    });
    expect(stdout).not.toContain('secrets');
  });

  it('ends with 3 for a bad config, with all its issues', async () => {
    const file = join(await scratchDirectory(), 'c.yaml');
    await writeFile(file, 'schema: pommgr/config/v1\ntrack: A\nmirors: []\n');
    const { stderr, stdout, exitCode } = await runCommand(MirrorListCommand, ['--config', file]);
    expect(exitCode).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${file}:3:1: mirors: there is no such setting here; did you mean "mirrors"?`);
    const json = await runCommand(MirrorListCommand, ['--json', '--config', file]);
    expect(json.exitCode).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: {
        code: 'config.invalid',
        details: { issues: [{ line: 1 }, { line: 2 }, { line: 3, column: 1, path: 'mirors' }] },
      },
    });
  });
});

describe('mirror presets', () => {
  it('lists every preset', async () => {
    const { stdout, exitCode } = await runCommand(MirrorPresets, []);
    expect(exitCode).toBe(0);
    for (const preset of presets) expect(stdout).toMatch(new RegExp(`^${preset.name} `, 'm'));
    expect(await runCommand(Init, ['--list-presets'])).toMatchObject({ exitCode: 0, stdout });
    const asJson = await runCommand(MirrorPresets, ['--json']);
    expect((await runCommand(Init, ['--list-presets', '--json'])).stdout).toBe(asJson.stdout);
  });
});
