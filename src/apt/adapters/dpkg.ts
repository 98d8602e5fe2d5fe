/** What is asked of dpkg: what is installed on a root, whose configuration file a path is, and diversions. */
import type { InstalledPackage } from '../domain/host.ts';
import { hasDpkgDatabase, runDpkg, type AptRoot } from './apt-root.ts';
import { run } from '../../core/adapters/process.ts';

/** Every package that dpkg knows, those with only configuration files left too; in dpkg's order, by name. */
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
 * The installed package whose configuration file `path` (the root's own, absolute) is; undefined for none. A file
 * that the package no longer ships is none: its next upgrade does not ask for it.
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
 * Renames a file so that dpkg, too, takes `divertTo` for its place; doing it again changes nothing. Both paths are
 * the root's own, absolute. @throws PommgrError `tool.dpkg`.
 */
export async function addDiversion(aptRoot: AptRoot, path: string, divertTo: string): Promise<void> {
  await divert(aptRoot, ['--add', '--rename', '--divert', divertTo, path]);
}

/** Undoes `addDiversion`; where there is no diversion of the path, nothing happens. */
export async function removeDiversion(aptRoot: AptRoot, path: string, divertTo: string): Promise<void> {
  await divert(aptRoot, ['--remove', '--rename', '--divert', divertTo, path]);
}

async function divert({ kind, root }: AptRoot, args: readonly string[]): Promise<void> {
  await run('dpkg-divert', [...(kind === 'host' ? [] : ['--root', root]), '--local', ...args], {
    code: 'tool.dpkg',
    hints: ['Run "dpkg-divert --list" to see who else diverts the file.'],
  });
}
