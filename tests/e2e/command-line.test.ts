/** What every command does alike: exit codes, one JSON document, nothing else on stdout, no stack traces. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pommgr } from '../support/cli.ts';
import { createOnlineSite } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const program = fileURLToPath(new URL('../../bin/pommgr.js', import.meta.url));

it.each([
  { args: ['nonsense'], words: 'There is no command "nonsense".' },
  { args: ['baseline', 'nonsense'], words: 'There is no command "baseline nonsense".' },
  { args: ['snapshot', '--nope'], words: 'Nonexistent flag: --nope' },
  { args: ['verify'], words: 'Missing required flag --media' },
  { args: ['store', 'gc', '--keep', 'few'], words: '--keep: expected an integer but received: few' },
  {
    args: ['apply', '--from', '/', '--store-only'],
    words: '--store-only cannot also be provided when using --from',
  },
  { args: ['baseline', 'diff', 'one'], words: 'Missing 1 required arg' },
  { args: ['verify', '--media', '/nonexistent'], words: 'There is no directory /nonexistent.' },
])('says in words what is wrong with $args, exit code 2', async ({ args, words }) => {
  const outcome = await pommgr(args);

  expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
  expect(outcome.stderr).toContain(words);
  expect(outcome.stderr).toMatch(/^Error: .*\n( {2}.*\n)* {2}-> /);
  expect(outcome.stderr).not.toMatch(/\bat .*:\d+:\d+/);
});

it.each([
  { args: ['aply'], hint: 'Did you mean "pommgr apply"?' },
  { args: ['baseline', 'lst'], hint: 'Did you mean "pommgr baseline list"?' },
  { args: ['apply', '/mnt/usb'], hint: 'Did you mean "pommgr apply --media /mnt/usb"?' },
  { args: ['verify', '--medium', '/mnt/usb'], hint: 'Did you mean "--media"?' },
  { args: ['-v'], hint: 'Did you mean "pommgr --version"?' },
  { args: ['version'], hint: 'Did you mean "pommgr --version"?' },
  { args: ['help', 'aply'], hint: 'Did you mean "pommgr apply"?' },
  { args: ['aply', '--help'], hint: 'Did you mean "pommgr apply"?' },
  { args: ['mirrors'], hint: 'Did you mean "pommgr mirror --help"?' },
  { args: ['verify', '--quiet', '/mnt/usb'], hint: 'Did you mean "pommgr verify --media /mnt/usb"?' },
  { args: ['init', 'pve-9-test'], hint: 'Did you mean "pommgr init --preset pve-9-test"?' },
  { args: ['init'], hint: 'For example: pommgr init --preset pve-9-enterprise debian-trixie' },
  { args: ['init', '--track', 'x'], hint: 'For example: pommgr init --preset' },
  { args: ['store', 'gc'], hint: 'For example: pommgr store gc --keep' },
  { args: ['init', '--preset', 'pve9'], hint: 'Did you mean "pve-9-enterprise"' },
])('offers the right word for $args', async ({ args, hint }) => {
  const outcome = await pommgr(args);

  expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
  expect(outcome.stderr).toContain(`  -> ${hint}`);
});

it('does not take any word for a medium', async () => {
  const { stderr } = await pommgr(['snapshot', 'x']);

  expect(stderr).toContain('"pommgr snapshot" takes no argument, found "x".');
  expect(stderr).not.toContain('Did you mean');
});

it('lists missing arguments on lines of their own', async () => {
  expect((await pommgr(['baseline', 'diff'])).stderr).toMatch(
    /Missing 2 required args:\n[ |]*from .*\n[ |]*to /,
  );
  expect((await pommgr(['cluster', 'gate'])).stderr).toMatch(
    /^Error: Missing required flag --before\n[ |]*Missing required flag --node\n/,
  );
});

it.each([
  { args: ['subscription', 'status', '--key', 'x'], asked: ['--media'], given: '--key' },
  { args: ['init', '--preset', 'pve-9-test', '--key', 'x'], asked: ['--continue-from'], given: '--preset' },
  { args: ['extras', 'extract', '--media', '/nonexistent'], asked: ['name'], given: '--media' },
])('asks $args for $asked, and not for what was given', async ({ args, asked, given }) => {
  const { stderr } = await pommgr(args);

  const [, wanted = ''] =
    /(?:provided when using --[a-z-]+: |Missing [^:]*:)([^>]*)\n {2}->/.exec(stderr) ?? [];
  for (const name of asked) expect(wanted).toContain(name);
  expect(wanted).not.toContain(given);
});

it('shows the commands in the order of the work, each once', async () => {
  const { stdout } = await pommgr(['--help']);

  const shown = [...stdout.matchAll(/^ {2}([a-z]+(?:-[a-z]+)?(?: [a-z]+)?)(?: \.\.\.)? {2}/gm)].map(
    ([, name]) => name,
  );
  expect(shown.slice(0, 13)).toEqual([
    ...['init', 'signing-key create', 'snapshot', 'pack'],
    ...['signing-key trust', 'verify', 'forecast', 'apply'],
    ...['status', 'doctor', 'rollback', 'restore', 'detach'],
  ]);
  expect(new Set(shown).size).toBe(shown.length);
  expect(stdout).toMatch(/ONLINE[^]*OFFLINE[^]*RESCUE[^]*FURTHER/);
  const { commands } = JSON.parse(await readFile('oclif.manifest.json', 'utf8')) as { commands: object };
  for (const id of Object.keys(commands)) expect(shown).toContain(id.split(':')[0]);
  for (const args of [[], ['-h'], ['help']]) expect((await pommgr(args)).stdout).toBe(stdout);
});

it.each([
  ['nonsense'],
  ['snapshot', '--nope'],
  ['verify', '--media', '/nonexistent'],
  ['snapshot', '--config', '/nonexistent'],
])('prints one JSON document and nothing else for %s %s %s', async (...args) => {
  const plain = await pommgr(args.filter(Boolean));
  const outcome = await pommgr([...args.filter(Boolean), '--json']);

  expect(outcome.exitCode).toBe(plain.exitCode);
  expect(outcome.stderr).toBe('');
  const document = JSON.parse(outcome.stdout) as { schema: string; error: { code: string; hints: string[] } };
  expect(document).toMatchObject({ schema: expect.stringMatching(/^pommgr\/[a-z-]+\/v1$/), warnings: [] });
  expect(document.error.hints.length).toBeGreaterThan(0);
});

it('shows help and version with exit code 0, in 80 columns', async () => {
  for (const args of [
    ['--help'],
    ['--version'],
    ['-h'],
    ['snapshot', '--help'],
    ['verify', '-h'],
    ['help', 'apply'],
    ['baseline', '--help'],
  ]) {
    const { exitCode, stdout, stderr } = await pommgr(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
});

it('runs no plugin that a file in the home directory names', async () => {
  const home = await scratchDirectory();
  const data = join(home, '.local/share/pommgr');
  const plugin = join(data, 'node_modules/stranger');
  await mkdir(plugin, { recursive: true });
  await writeFile(
    join(data, 'package.json'),
    JSON.stringify({ name: 'data', oclif: { plugins: [{ name: 'stranger', type: 'user' }] } }),
  );
  await writeFile(
    join(plugin, 'package.json'),
    JSON.stringify({ name: 'stranger', version: '1.0.0', oclif: { hooks: { init: './hook.js' } } }),
  );
  await writeFile(join(plugin, 'hook.js'), 'module.exports = { default: () => console.error("ran") };');

  const env = { HOME: home, XDG_DATA_HOME: join(home, '.local/share') };
  expect(await pommgr(['mirror', 'presets'], { env })).toMatchObject({ exitCode: 0, stderr: '' });
});

it('ends with 130 when interrupted, and leaves nothing half done', async () => {
  const site = await createOnlineSite();
  site.server.faults['*'] = { kind: 'stall' };
  const before = await treeOf(site.directory);
  const child = spawn(process.execPath, [program, 'snapshot', '--quiet', '--dry-run'], {
    cwd: site.directory,
    stdio: 'ignore',
  });
  while (site.server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));

  child.kill('SIGINT');

  expect(await once(child, 'exit')).toEqual([130, null]);
  expect(await treeOf(site.directory)).toEqual(before);
});

it('takes a reader that goes away for no error', async () => {
  const directory = await scratchDirectory();
  const child = spawn('sh', ['-c', '"$0" "$1" mirror presets | head -n 1', process.execPath, program], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));

  expect(await once(child, 'close')).toEqual([0, null]);
  expect(stderr).toBe('');
});
