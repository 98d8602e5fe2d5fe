/**
 * Reads the relations of the installed packages of a root, and finds which of their configuration files were modified.
 */
import { join } from 'node:path';
import { compareText } from '../../core/domain/canonical-json.ts';
import { run } from '../../core/adapters/process.ts';
import type { ChangedConffile } from '../domain/host-lock.ts';
import {
  installedFieldsFormat,
  parseInstalledFields,
  type InstalledFields,
} from '../domain/installed-fields.ts';
import { chrootEnvironment, runDpkg, type AptRoot } from './apt-root.ts';

/** Returns the fields of every package that dpkg knows, in dpkg's order. @throws PommgrError `tool.dpkg`. */
export async function readInstalledFields(aptRoot: AptRoot): Promise<InstalledFields[]> {
  const args = ['--show', `--showformat=${installedFieldsFormat}`];
  return parseInstalledFields((await runDpkg(aptRoot, 'dpkg-query', args)).stdout);
}

/** Paths for one run of md5sum: far below what a command line may hold. */
const pathsAtOnce = 500;

/** Sorted by path. */
export async function findChangedConffiles(
  aptRoot: AptRoot,
  packages: readonly InstalledFields[],
): Promise<ChangedConffile[]> {
  const shipped = packages.flatMap(({ name, conffiles }) =>
    conffiles.map(({ path, md5 }) => ({ path, package: name, shippedMd5: md5 })),
  );
  const found = new Map<string, string>();
  for (let start = 0; start < shipped.length; start += pathsAtOnce) {
    const paths = shipped.slice(start, start + pathsAtOnce).map(({ path }) => path);
    for (const [path, md5] of await md5Of(aptRoot, paths)) found.set(path, md5);
  }
  return shipped
    .map((conffile) => ({ ...conffile, foundMd5: found.get(conffile.path) ?? null }))
    .filter(({ shippedMd5, foundMd5 }) => shippedMd5 !== foundMd5)
    .toSorted((a, b) => compareText(a.path, b.path) || compareText(a.package, b.package));
}

/**
 * Files that are absent or unreadable for the caller are left out. Links are followed within the root, as dpkg does.
 */
async function md5Of({ kind, root }: AptRoot, paths: readonly string[]): Promise<[string, string][]> {
  const prefix = kind === 'outside' ? root : '';
  const command = [
    'md5sum',
    '--zero',
    '--',
    ...paths.map((path) => (prefix === '' ? path : join(prefix, path))),
  ];
  const [program = '', ...args] = kind === 'chroot' ? ['chroot', root, ...command] : command;
  const { stdout } = await run(program, args, {
    accept: [0, 1],
    ...(kind === 'chroot' ? { env: chrootEnvironment } : {}),
  });
  return stdout.split('\0').flatMap((line): [string, string][] => {
    const [, md5, path] = /^([0-9a-f]{32}) [ *](.*)$/s.exec(line) ?? [];
    return md5 === undefined || path === undefined ? [] : [[path.slice(prefix.length), md5]];
  });
}
