/** Asks dpkg which packages are installed on a root, which package owns a configuration file, and about diversions. */
import type { InstalledPackage } from '../domain/host.ts';
import { hasDpkgDatabase, runDpkg, type AptRoot } from './apt-root.ts';
import { run } from '../../core/adapters/process.ts';

/**
 * Returns every package that dpkg knows, including those of which only configuration files are left; in dpkg's order,
 * by name.
 */
export async function installedPackages(aptRoot: AptRoot): Promise<InstalledPackage[]> {
  if (!(await hasDpkgDatabase(aptRoot))) return [];
  const format = '${Package}\\t${Version}\\t${Architecture}\\t${db:Status-Status}\\n';
  const { stdout } = await runDpkg(aptRoot, 'dpkg-query', ['--show', `--showformat=${format}`]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', version = '', architecture = '', status = ''] = line.split('\t');
      return { name, version, architecture, status };
    });
}

/**
 * Returns the installed package that owns the configuration file `path` (the root's own, absolute); undefined for none.
 * A file that the package no longer ships has no owner, because the next upgrade does not ask about it.
 */
export async function conffileOwner(aptRoot: AptRoot, path: string): Promise<string | undefined> {
  if (!(await hasDpkgDatabase(aptRoot))) return undefined;
  const format = '${Package}\\t${db:Status-Status}\\n${Conffiles}\\n';
  const { stdout } = await runDpkg(aptRoot, 'dpkg-query', ['--show', `--showformat=${format}`]);
  let owner: string | undefined;
  for (const line of stdout.split('\n')) {
    const [, name, status] = /^(\S+)\t(\S+)$/.exec(line) ?? [];
    if (name !== undefined) owner = status === 'config-files' ? undefined : name;
    // " PATH MD5" and perhaps a flag: "obsolete", "remove-on-upgrade".
    const [, conffile] = /^ (.*) (?:[0-9a-f]{32}|newconffile)$/.exec(line) ?? [];
    if (conffile === path && owner !== undefined) return owner;
  }
  return undefined;
}

/**
 * Diverts a file so that dpkg, too, uses `divertTo` as its path; repeating it changes nothing. Both paths are the
 * root's own, absolute. @throws PommgrError `tool.dpkg`.
 */
export async function addDiversion(aptRoot: AptRoot, path: string, divertTo: string): Promise<void> {
  await divert(aptRoot, ['--add', '--rename', '--divert', divertTo, path]);
}

/** Undoes `addDiversion`; does nothing where the path is not diverted. */
export async function removeDiversion(aptRoot: AptRoot, path: string, divertTo: string): Promise<void> {
  await divert(aptRoot, ['--remove', '--rename', '--divert', divertTo, path]);
}

async function divert({ kind, root }: AptRoot, args: readonly string[]): Promise<void> {
  await run('dpkg-divert', [...(kind === 'host' ? [] : ['--root', root]), '--local', ...args], {
    code: 'tool.dpkg',
    hints: ['Run "dpkg-divert --list" to see who else diverts the file.'],
  });
}
