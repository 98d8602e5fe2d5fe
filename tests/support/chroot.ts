/** A root with an apt of its own: this machine's programs and their libraries, copied. Takes about a second. */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasProgram, run } from '../../src/core/adapters/process.ts';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { scratchDirectory } from './scratch.ts';

/** apt, dpkg, and what apt 2.6 needs to check a signature (apt-key is a shell script). */
const programs = [
  ...['apt-cache', 'apt-config', 'apt-get', 'apt-key', 'dpkg', 'dpkg-divert', 'dpkg-query', 'gpgv', 'sqv'],
  ...['cat', 'chmod', 'cmp', 'cp', 'cut', 'find', 'grep', 'id', 'mktemp', 'mv', 'readlink', 'realpath', 'rm'],
  ...['sed', 'sh', 'sort', 'touch', 'tr', 'true', 'uname', 'xargs'],
];

/** With more programs of this machine where a test needs them. */
export async function buildChroot(more: readonly string[] = []): Promise<string> {
  const root = await scratchDirectory();
  // apt's sandbox user must be able to enter.
  await chmod(root, 0o755);
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
  const methods = '/usr/lib/apt/methods';
  const paths = ['file', 'copy', 'store', 'gpgv', 'sqv', 'mirror+file', 'http'].map(
    (name) => `${methods}/${name}`,
  );
  for (const program of [...programs, ...more]) {
    if (await hasProgram(program)) paths.push(`/usr/bin/${program}`);
  }
  const there: string[] = [];
  for (const path of paths) if (await pathExists(path)) there.push(path);
  const { stdout } = await run('ldd', there, { accept: [0, 1] });
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  const wanted = [...there, ...new Set(libraries), '/etc/passwd', '/etc/group', '/etc/os-release'];
  await run('cp', ['--dereference', '--parents', '--', ...wanted, root]);
  await makeDatabases(root);
  return root;
}

async function makeDatabases(root: string): Promise<void> {
  const directories = [
    ...['dev', 'tmp', 'etc/apt/apt.conf.d', 'etc/apt/preferences.d', 'etc/apt/sources.list.d'],
    ...['etc/apt/trusted.gpg.d', 'var/cache/apt/archives/partial', 'var/lib/apt/lists/partial'],
    ...['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'var/log/apt', 'usr/share/dpkg'],
  ];
  for (const directory of directories) await mkdir(join(root, directory), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
  await writeFile(join(root, 'dev/null'), '');
  await chmod(join(root, 'dev/null'), 0o666);
  await writeFile(join(root, 'var/lib/dpkg/status'), '');
  const tables = ['abitable', 'cputable', 'ostable', 'tupletable'].map((name) => `/usr/share/dpkg/${name}`);
  await run('cp', ['--', ...tables, join(root, 'usr/share/dpkg')]);
}
