/** Bare Debian systems with openssl and busybox's shell, a medium mounted in them, and stand-ins for a runtime. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type RunResult } from '../../src/core/adapters/process.ts';
import { writeSignedDirectory } from '../../src/trust/adapters/signed-directory-writer.ts';
import { runtimePlace } from '../../src/medium/adapters/medium-tool.ts';
import { openSigningKey } from '../../src/trust/adapters/signing.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { debianPackages, debianRoot, installInRoot, type DebianRelease } from './debian-root.ts';

/** `sh` is dash there. */
export type Shell = 'sh' | 'busybox sh';
export type MountOptions = 'rw' | 'rw,noexec' | 'ro' | 'ro,noexec';

/** Where the medium is, as the host sees it. */
export const mountPoint = '/mnt/usb stick';
export const platform = `linux-${process.arch}`;
/** Says what it was run with, by a shell in place of Node.js. */
const standInNode = [
  '#!/bin/sh',
  `printf '%s\\n' "ran $0" "umask $(umask)" "in $(pwd)"`,
  `for argument; do printf '<%s>\\n' "$argument"; done`,
  'exit 0',
  '',
].join('\n');

/** A new system. */
export async function bareHost(
  release: DebianRelease,
  keys: readonly SigningPublicKey[],
  { withOpenssl = true }: { withOpenssl?: boolean } = {},
): Promise<string> {
  const root = await debianRoot(release, keys);
  const names = withOpenssl ? ['openssl', 'libssl3', 'busybox-static'] : ['busybox-static'];
  await installInRoot(root, ...(await debianPackages(release, names)));
  await mkdir(join(root, mountPoint), { recursive: true });
  return root;
}

export interface BareRun {
  root: string;
  media: string;
  shell?: Shell;
  mount?: MountOptions;
  env?: Record<string, string>;
  /** As the host sees it. */
  cwd?: string;
  user?: string;
  umask?: string;
}

/** Runs a script with arguments in a root, without network, with the medium mounted as asked for. Never throws. */
export async function runBare(
  { root, media, shell = 'sh', mount = 'ro,noexec', env = {}, cwd = '/', user, umask = '022' }: BareRun,
  ...command: readonly string[]
): Promise<RunResult> {
  const inside = 'cd "$1" && umask "$2" && shift 2 && exec "$@"';
  const outside = [
    'mount --bind "$1" "$2" && mount -o "remount,bind,$3" "$2" && shift 3 && exec chroot "$@"',
    ...['sh', media, join(root, mountPoint), mount],
    ...(user === undefined ? [] : [`--userspec=${user}`]),
    ...[root, 'env', '-i', 'PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...['sh', '-c', inside, 'sh', cwd, umask],
  ];
  return await run('unshare', ['-n', '-m', '--', 'sh', '-c', ...outside, ...shell.split(' '), ...command], {
    accept: Array.from({ length: 256 }, (_, code) => code),
  });
}

/** Forgets the copies of earlier runs. */
export async function forgetCopies(root: string): Promise<void> {
  await rm(join(root, 'var/lib/pommgr'), { recursive: true, force: true });
}

/** Puts a runtime onto a medium as `pack` does. */
export async function writeStandIn(
  media: string,
  version: string,
  options: {
    keyFiles: readonly string[];
    node?: Buffer;
    program?: string;
    /** pommgr's own Debian package for amd64. */
    package?: Buffer;
  },
): Promise<string> {
  const { keyFiles, node = Buffer.from(standInNode), program = `// ${version}\n` } = options;
  const directory = join(media, 'runtime', version);
  await mkdir(join(media, 'runtime'), { recursive: true });
  const keys = [];
  for (const file of keyFiles) keys.push(await openSigningKey(file));
  const files = new Map([
    [`${platform}/node`, node],
    [`${platform}/pommgr.mjs`, Buffer.from(program)],
    ['linux-other/node', Buffer.from('of another machine')],
    ['linux-other/pommgr.mjs', Buffer.from(program)],
    ...(options.package === undefined ? [] : [['debian-amd64/pommgr.deb', options.package] as const]),
  ]);
  await writeSignedDirectory(runtimePlace(media, version), files, keys);
  return directory;
}
