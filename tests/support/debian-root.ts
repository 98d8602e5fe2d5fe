/**
 * Real Debian systems in a directory: the roots that tests/prepare-roots.sh made, unpacked anew for each test.
 * Nothing is mounted. They lie in /var/tmp, for Debian 13 has device files switched off in /tmp.
 */
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dir } from 'tmp-promise';
import { afterTestFile } from './file-end.ts';
import { run } from '../../src/core/adapters/process.ts';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { addTrustedKey, trustedKeysDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { describePackage, type BuiltPackage } from './packages.ts';

export type DebianRelease = 'bookworm' | 'trixie';
export const debianReleases: DebianRelease[] = ['bookworm', 'trixie'];

const cache = fileURLToPath(new URL('../../.cache/roots', import.meta.url));
const roots: string[] = [];

afterTestFile(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true });
});

/** A minimal system as it is right after its installation, with sources nobody can reach; half a second. */
export async function debianRoot(
  release: DebianRelease,
  keys: readonly SigningPublicKey[] = [],
): Promise<string> {
  const tar = join(cache, release, 'root.tar');
  if (!(await pathExists(tar)))
    throw new Error(`${tar} is missing: run "bash tests/prepare-roots.sh" as root`);
  const { path: root } = await dir({ prefix: 'pommgr-test-', tmpdir: '/var/tmp' });
  roots.push(root);
  await run('tar', ['--extract', '--file', tar, '--directory', root, '--numeric-owner']);
  await chmod(root, 0o755);
  // As where it is mounted.
  await chmod(join(root, 'dev/shm'), 0o1777);
  await writeFile(join(root, 'etc/apt/sources.list'), 'deb http://192.0.2.1/debian stable main\n');
  await writeFile(join(root, 'etc/hostname'), `${release}-host\n`);
  // The machine under the tests need not survive a power failure in them.
  await writeFile(join(root, 'etc/dpkg/dpkg.cfg.d/unsafe-io'), 'force-unsafe-io\n');
  for (const key of keys) await addTrustedKey(trustedKeysDirectory(root), key);
  return root;
}

/** Package files as Debian released them: those with these names, else all of the root and some more. */
export async function debianPackages(
  release: DebianRelease,
  names?: readonly string[],
): Promise<BuiltPackage[]> {
  const directory = join(cache, release, 'debs');
  const files = (await readdir(directory)).toSorted();
  const wanted = files.filter((file) => names?.includes(file.split('_')[0] ?? '') ?? true);
  return Promise.all(wanted.map((file) => describePackage(join(directory, file))));
}

/** Runs a program inside of a root, in a network namespace of its own. */
export async function runInRoot(root: string, ...command: string[]): Promise<string> {
  const { stdout } = await run('unshare', ['-n', '--', 'chroot', root, ...command], {
    env: { DEBIAN_FRONTEND: 'noninteractive', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  return stdout;
}

/** The same with /proc, as a running system has it: media are reached by it. */
export async function runInRootWithProc(root: string, ...command: string[]): Promise<string> {
  const script = 'root=$1; shift; mount -t proc proc "$root/proc" && exec chroot "$root" "$@"';
  const { stdout } = await run('unshare', ['-n', '-m', '--', 'sh', '-c', script, 'sh', root, ...command], {
    env: { DEBIAN_FRONTEND: 'noninteractive', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  return stdout;
}

/** Installs package files with dpkg, whatever is there already. */
export async function installInRoot(root: string, ...packages: BuiltPackage[]): Promise<void> {
  const names = packages.map(({ fileName }) => `/tmp/${fileName}`);
  await run('cp', ['--', ...packages.map(({ path }) => path), join(root, 'tmp')]);
  await runInRoot(
    root,
    'dpkg',
    '--force-confold',
    '--force-confdef',
    '--force-downgrade',
    '--install',
    ...names,
  );
  for (const name of names) await rm(join(root, name));
}

/** Installed packages as `name version`, sorted. */
export async function versionsInRoot(root: string): Promise<string[]> {
  const format = '${db:Status-Abbrev} ${Package} ${Version}\\n';
  const text = await runInRoot(root, 'dpkg-query', '--show', `--showformat=${format}`);
  return text
    .split('\n')
    .flatMap((line) => /^.i  (.*)$/.exec(line)?.[1] ?? [])
    .toSorted();
}

/** The marks of a root's packages (apt-mark(8)). */
export async function marksIn(root: string): Promise<{ automatic: string[]; held: string[] }> {
  const lines = (text: string) => text.split('\n').filter((line) => line !== '');
  return {
    automatic: lines(await runInRoot(root, 'apt-mark', 'showauto')),
    held: lines(await runInRoot(root, 'apt-mark', 'showhold')),
  };
}
