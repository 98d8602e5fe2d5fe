/**
 * Opens a root directory that apt and dpkg work on, and runs their programs there. Invariant: with a root other than
 * `/`, nothing of the machine is read as configuration, and nothing on it is changed.
 */
import { realpath, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { withApt, type AptProgram } from '../domain/apt-program.ts';
import { aptFailureHints } from '../domain/apt-failure.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { makeDirectory, makeEmptyFile, pathExists } from '../../core/adapters/atomic-files.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { run, type RunOptions, type RunResult } from '../../core/adapters/process.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';

/**
 * `host` is the machine itself. `chroot` is a root with its own apt, which runs inside it. `outside` is a root without
 * apt: the machine's apt works on it, with the root's configuration and without its own.
 */
export interface AptRoot {
  kind: 'host' | 'chroot' | 'outside';
  /** Absolute, without symlinks. */
  root: string;
  /** With `outside`: another apt than the machine's. It cannot fetch lists. */
  apt?: AptProgram;
  /** dpkg's native architecture in the root. */
  architecture: string;
  foreignArchitectures: string[];
}

const dpkgStatus = '/var/lib/dpkg/status';

/** apt's settings for the files and directories that it reads and writes, with their paths in the root. */
const aptPlaces: readonly (readonly [string, string])[] = [
  ['Dir::State', '/var/lib/apt'],
  ['Dir::State::lists', '/var/lib/apt/lists'],
  ['Dir::State::status', dpkgStatus],
  ['Dir::Cache', '/var/cache/apt'],
  ['Dir::Cache::archives', '/var/cache/apt/archives'],
  ['Dir::Etc', '/etc/apt'],
  ['Dir::Etc::sourcelist', '/etc/apt/sources.list'],
  ['Dir::Etc::sourceparts', '/etc/apt/sources.list.d'],
  ['Dir::Etc::main', '/etc/apt/apt.conf'],
  ['Dir::Etc::parts', '/etc/apt/apt.conf.d'],
  ['Dir::Etc::preferences', '/etc/apt/preferences'],
  ['Dir::Etc::preferencesparts', '/etc/apt/preferences.d'],
  ['Dir::Etc::trusted', '/etc/apt/trusted.gpg'],
  ['Dir::Etc::trustedparts', '/etc/apt/trusted.gpg.d'],
  ['Dir::Log', '/var/log/apt'],
];

/** Directories that apt and dpkg need. */
const directories = [
  'etc/apt/apt.conf.d',
  'etc/apt/preferences.d',
  'etc/apt/sources.list.d',
  'etc/apt/trusted.gpg.d',
  'var/cache/apt/archives/partial',
  'var/lib/apt/lists/partial',
  'var/lib/dpkg/info',
  'var/log/apt',
];

/**
 * Detects the kind of a root, and changes nothing.
 * @throws PommgrError `usage.root` for a path that apt's configuration cannot name.
 */
export async function openAptRoot(path: string): Promise<AptRoot> {
  const root = await realpath(resolve(path));
  const kind = await kindOf(root);
  if (kind === 'outside') checkName(root);
  const native = await runDpkg({ kind, root }, 'dpkg', ['--print-architecture']);
  const foreign = await runDpkg({ kind, root }, 'dpkg', ['--print-foreign-architectures']);
  return {
    kind,
    root,
    architecture: native.stdout.trim(),
    foreignArchitectures: foreign.stdout.split('\n').filter((line) => line !== ''),
  };
}

async function kindOf(root: string): Promise<AptRoot['kind']> {
  if (root === '/') return 'host';
  return (await pathExists(await pathInRoot(root, '/usr/bin/apt-get'))) ? 'chroot' : 'outside';
}

function checkName(root: string): void {
  if (!/["\\\n]/.test(root)) return;
  throw new PommgrError(
    'usage.root',
    `apt cannot work on ${JSON.stringify(root)}: expected a path without quotation marks and backslashes.`,
    { details: { root } },
  );
}

/** Creates the directories that apt and dpkg need in a root without apt; other roots have them. */
export async function prepareAptRoot({ kind, root }: AptRoot): Promise<void> {
  if (kind !== 'outside') return;
  for (const directory of directories) await makeDirectory(await pathInRoot(root, directory));
  await makeEmptyFile(await pathInRoot(root, dpkgStatus));
}

/**
 * Returns the path by which the root's apt finds a file of this machine.
 * @throws PommgrError `config.store` when the apt of a `chroot` could not reach it.
 */
export function pathForApt({ kind, root }: Pick<AptRoot, 'kind' | 'root'>, path: string): string {
  if (kind !== 'chroot') return path;
  if (path.startsWith(`${root}/`)) return path.slice(root.length);
  throw new PommgrError(
    'config.store',
    `The apt in ${root} cannot reach ${path}: expected a path below ${root}.`,
    {
      hints: ['Name a store below the root with --store.'],
      details: { file: path, root },
    },
  );
}

/**
 * Returns where a file of the root is on this machine, with links followed as a program inside the root would;
 * undefined when it does not exist.
 */
export async function resolveInRoot(
  { root }: Pick<AptRoot, 'root'>,
  path: string,
): Promise<string | undefined> {
  try {
    return await realpath(await pathInRoot(root, path));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/**
 * The store of another host is reached only through a proxy that apt's own configuration names, not one that a shell
 * has set.
 */
export const noProxyEnvironment = {
  http_proxy: '',
  https_proxy: '',
  all_proxy: '',
  HTTP_PROXY: '',
  HTTPS_PROXY: '',
};

/** Environment of programs in a `chroot`, whatever ours is. */
export const chrootEnvironment = {
  ...noProxyEnvironment,
  APT_CONFIG: '',
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
};

/** Returns whether dpkg has ever worked on the root. */
export async function hasDpkgDatabase({ root }: Pick<AptRoot, 'root'>): Promise<boolean> {
  return pathExists(await pathInRoot(root, dpkgStatus));
}

/** Runs a program of dpkg that takes `--admindir` on the root's database. @throws PommgrError `tool.dpkg`. */
export async function runDpkg(
  { kind, root }: Pick<AptRoot, 'kind' | 'root'>,
  program: 'dpkg' | 'dpkg-query',
  args: readonly string[],
): Promise<RunResult> {
  const options: RunOptions = { code: 'tool.dpkg' };
  if (kind === 'host') return run(program, args, options);
  if (kind === 'outside') {
    const database = await pathInRoot(root, '/var/lib/dpkg');
    return run(program, [`--admindir=${database}`, ...args], options);
  }
  return run('chroot', [root, program, ...args], { ...options, env: chrootEnvironment });
}

/** Runs a program of apt on the root. `accept` as in `run`. @throws PommgrError `tool.apt`. */
export async function runApt(
  aptRoot: AptRoot,
  command: readonly ['apt-get' | 'apt-cache' | 'apt-config' | 'apt-mark', ...string[]],
  accept: readonly number[] = [0],
): Promise<RunResult> {
  try {
    return await runAptAsIs(aptRoot, command, accept);
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'tool.apt') throw error;
    const { message, details, cause } = error;
    throw new PommgrError('tool.apt', message, { hints: aptFailureHints(message), details, cause });
  }
}

async function runAptAsIs(
  aptRoot: AptRoot,
  command: readonly ['apt-get' | 'apt-cache' | 'apt-config' | 'apt-mark', ...string[]],
  accept: readonly number[],
): Promise<RunResult> {
  const [program, ...args] = command;
  const options: RunOptions = { code: 'tool.apt', accept, endsWithUs: true };
  if (aptRoot.kind === 'host') return run(program, args, { ...options, env: noProxyEnvironment });
  if (aptRoot.kind === 'chroot') {
    return run('chroot', [aptRoot.root, ...command], { ...options, env: chrootEnvironment });
  }
  const { withFile } = await import('tmp-promise');
  const [outsideProgram, ...outsideArgs] =
    aptRoot.apt === undefined ? command : withApt(aptRoot.apt, command);
  return withFile(async ({ path }) => {
    await writeFile(path, await outsideConfiguration(aptRoot));
    return run(outsideProgram, outsideArgs, { ...options, env: { ...noProxyEnvironment, APT_CONFIG: path } });
  });
}

/**
 * Works like `runApt`, but without the root's configuration, and so without its hooks. `file` is written for it; it
 * must be in a place that the root's apt can read.
 */
export function runPlainApt(
  file: string,
): (...call: Required<Parameters<typeof runApt>>) => Promise<RunResult> {
  return async (aptRoot, [program, ...args], accept) => {
    const plain = 'Dir::Etc::main "/dev/null";\nDir::Etc::parts "/dev/null";\nAPT::Sandbox::User "root";\n';
    await writeFile(file, aptRoot.kind === 'outside' ? (await outsideConfiguration(aptRoot)) + plain : plain);
    const options: RunOptions = { code: 'tool.apt', accept, endsWithUs: true };
    const env = { ...noProxyEnvironment, APT_CONFIG: pathForApt(aptRoot, file) };
    if (aptRoot.kind !== 'chroot') return run(program, args, { ...options, env });
    return run('chroot', [aptRoot.root, program, ...args], {
      ...options,
      env: { ...chrootEnvironment, ...env },
    });
  };
}

/**
 * apt reads this file first and then looks for the rest below the root. Each place is named explicitly, because apt
 * itself would follow an absolute link out of the root. The sandbox is off: its user might not be able to enter the
 * directories above the root.
 */
async function outsideConfiguration({ root, architecture, foreignArchitectures }: AptRoot): Promise<string> {
  const places: string[] = [];
  for (const [name, path] of aptPlaces) places.push(`${name} "${await pathInRoot(root, path)}";`);
  const architectures = [architecture, ...foreignArchitectures].map((name) => `"${name}";`);
  return [
    `Dir "${root}/";`,
    ...places,
    `APT::Architecture "${architecture}";`,
    `APT::Architectures { ${architectures.join(' ')} };`,
    'APT::Sandbox::User "root";',
    '',
  ].join('\n');
}
