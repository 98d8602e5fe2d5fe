/** Completion in a real bash: names that the config and directories have, and every flag. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { bashCompletion } from '../../scripts/dist/bash-completion.mjs';
import { readCommandLine } from '../../scripts/dist/command-line.mjs';
import { presets } from '../../src/config/domain/presets.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from '../support/scratch.ts';

let directory: string;
let script: string;

const config = `schema: pommgr/config/v1
track: site
stateDir: ./data   # beside it
mirrors:
  - id: debian-trixie
    uri: http://ftp.debian.org/debian
  - id: "pve-9"
targets:
  - name: pve9
  - name: pbs4
site:
  hosts:
    - name: alpha
      product: pve
    - name: beta
`;

beforeAll(async () => {
  directory = await scratchDirectory();
  script = join(directory, 'completion');
  const names = presets.map(({ name }) => name);
  await writeFile(script, bashCompletion(await readCommandLine(process.cwd()), names));
  await writeFile(join(directory, 'pommgr.yaml'), config);
  for (const path of ['data/baselines/site-1', 'data/baselines/site-2', 'data/baselines/site-3.tmp']) {
    await mkdir(join(directory, path), { recursive: true });
  }
  await mkdir(join(directory, 'usb/bundles/site-2-from-site-1'), { recursive: true });
  await mkdir(join(directory, 'data/hosts'));
  await writeFile(join(directory, 'data/hosts/0123456789abcdef.pem'), '');
});

async function bash(code: string, words: readonly string[], cwd = directory): Promise<string> {
  const head = `. '${script}'; cd '${cwd}'; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))`;
  const { stdout } = await run('bash', ['-c', `${head}; ${code}`, 'bash', 'pommgr', ...words]);
  return stdout.trim();
}

async function complete(words: readonly string[], cwd?: string): Promise<string[]> {
  return (await bash('_pommgr; echo "${COMPREPLY[*]}"', words, cwd)).split(' ');
}

it.each([
  { words: ['baseline', 'show', ''], names: ['site-1', 'site-2'] },
  { words: ['baseline', 'diff', 'site-1', ''], names: ['site-1', 'site-2'] },
  { words: ['pack', '--since', '=', 'site-2'], names: ['site-2'] },
  { words: ['apply', '--media', 'usb', '--bundle', ''], names: ['site-2-from-site-1'] },
  { words: ['subscription', 'steps', '--host', ''], names: ['alpha', 'beta'] },
  { words: ['apply', '--target', 'p'], names: ['pve9', 'pbs4'] },
  { words: ['host', 'distrust', ''], names: ['0123456789abcdef'] },
  { words: ['init', '--preset', 'pdm-1-n'], names: ['pdm-1-no-subscription'] },
  { words: ['init', '-p', 'pve-9-test', 'debian-t'], names: ['debian-trixie'] },
])('completes $words', async ({ words, names }) => {
  expect(await complete(words)).toEqual(names);
});

it('finds the config that the command line names, and the ids of its mirrors', async () => {
  const words = ['baseline', 'show', '--config', join(directory, 'pommgr.yaml'), ''];

  expect(await complete(words, '/')).toEqual(['site-1', 'site-2']);
  expect((await bash('_pommgr_names @mirror', ['x'])).split('\n')).toEqual(['debian-trixie', 'pve-9']);
});

it('knows every preset and every flag of every command', async () => {
  expect((await complete(['init', '--preset', ''])).toSorted()).toEqual(
    presets.map(({ name }) => name).toSorted(),
  );
  const { commands } = await readCommandLine(process.cwd());
  const lines = commands.map(({ name }) => `_pommgr_flags '${name}'`).join('; ');
  const shown = (await bash(lines, ['x'])).split('\n').map((line) => line.split(' ').toSorted());
  expect(shown).toEqual(
    commands.map(({ flags }) =>
      [
        '--help',
        ...flags.flatMap(({ name, char }) => [`--${name}`, ...(char === undefined ? [] : [`-${char}`])]),
      ].toSorted(),
    ),
  );
});

it('takes less than 150 ms of processor time, loading included', async () => {
  const code = `TIMEFORMAT='%U %S'; time for n in 1 2 3 4 5; do . '${script}'; _pommgr; done`;
  const { stderr } = await run('bash', [
    ...['-c', `. '${script}'; cd '${directory}'; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); ${code}`],
    ...['bash', 'pommgr', 'baseline', 'show', ''],
  ]);
  const [user = 9, system = 9] = stderr.trim().split(' ').map(Number);

  expect((user + system) / 5).toBeLessThan(0.15);
});
