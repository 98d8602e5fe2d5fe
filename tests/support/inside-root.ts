/**
 * pommgr inside of another system, which is its `/`: in a mount, process and network namespace of its own, with this
 * machine's Node.js, the built program and a medium mounted read-only.
 */
import { copyFile, mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fastProgram } from './fast-program.ts';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { run } from '../../src/core/adapters/process.ts';

/** Where the root sees what is mounted. */
const top = '/opt/machine';

export interface InsideOutcome {
  exitCode: number;
  /** What `--json` wrote. */
  document: { result: Record<string, unknown>; error: { code: string; message: string } };
}

/** `mounts`: directories of this machine by their path in the root. */
export async function pommgrInside(
  root: string,
  args: readonly string[],
  mounts: Record<string, string> = {},
): Promise<InsideOutcome> {
  const node = await realpath(process.execPath);
  const { stdout: linked } = await run('ldd', [node]);
  const libraries = [...linked.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  const loader = libraries.find((path) => /\/ld[-.][^/]*$/.test(path)) ?? '';
  const places: [string, string][] = [
    [node, `${top}/node`],
    ...libraries.map((path): [string, string] => [path, `${top}/lib/${path.split('/').at(-1)}`]),
    [dirname(await fastProgram()), `${top}/pommgr`],
    ...Object.entries(mounts).map(([place, path]): [string, string] => [path, place]),
  ];
  const lines = ['set -e', 'mount --make-rprivate /'];
  for (const [from, to] of places) {
    const source = await realpath(from);
    const target = join(root, to);
    lines.push(`mkdir -p '${join(target, '..')}'`);
    lines.push(`if [ -d '${source}' ]; then mkdir -p '${target}'; else touch '${target}'; fi`);
    lines.push(`mount --bind '${source}' '${target}'`, `mount -o remount,ro,bind '${target}'`);
  }
  lines.push(`mount -t proc proc '${join(root, 'proc')}'`);
  const program = `${top}/lib/${loader.split('/').at(-1)}`;
  lines.push(
    `exec chroot '${root}' '${program}' --library-path ${top}/lib ${top}/node ${top}/pommgr/pommgr.mjs "$@"`,
  );
  await mkdir(join(root, top), { recursive: true });
  const script = join(root, top, 'enter.sh');
  await writeFile(script, `${lines.join('\n')}\n`);
  const { stdout, exitCode } = await run(
    'unshare',
    ['--mount', '--pid', '--fork', '--net', 'sh', script, ...args, '--json', '--quiet'],
    {
      env: { HOME: '/root', NODE_ENV: 'production', PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TMPDIR: '/tmp' },
      accept: [0, 1, 4, 8, 9],
    },
  );
  return { exitCode, document: JSON.parse(stdout) as InsideOutcome['document'] };
}

/** gpgv of this machine with its libraries, where the release comes without one: apt of Debian 13 brings sqv. */
export async function giveGpgv(root: string): Promise<void> {
  if (await pathExists(join(root, 'usr/bin/gpgv'))) return;
  const { stdout } = await run('ldd', ['/usr/bin/gpgv']);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  await mkdir(join(root, 'opt/gpgv'), { recursive: true });
  for (const path of ['/usr/bin/gpgv', ...libraries])
    await copyFile(path, join(root, 'opt/gpgv', path.split('/').at(-1) ?? ''));
  const loader =
    libraries
      .find((path) => /\/ld[-.][^/]*$/.test(path))
      ?.split('/')
      .at(-1) ?? '';
  const lines = ['#!/bin/sh', `exec /opt/gpgv/${loader} --library-path /opt/gpgv /opt/gpgv/gpgv "$@"`, ''];
  await writeFile(join(root, 'usr/bin/gpgv'), lines.join('\n'), { mode: 0o755 });
}
