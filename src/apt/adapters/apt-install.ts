/**
 * Runs apt and dpkg where they change packages: a simulated and a real `apt-get install`, and the repair of what an
 * interrupted dpkg left. No question is asked: a configuration file that the administrator changed stays as it is
 * (docs/decisions/0012-restore.md).
 */
import { parseSimulation, type UpgradePlan } from '../domain/apt-simulation.ts';
import { fileOptions, type AptFiles } from './apt.ts';
import { chrootEnvironment, noProxyEnvironment, pathForApt, runApt, type AptRoot } from './apt-root.ts';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { run, type RunResult } from '../../core/adapters/process.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';

/** Silences debconf, ucf, apt-listchanges and needrestart, so that none of them asks a question. */
const quietEnvironment = {
  APT_LISTCHANGES_FRONTEND: 'none',
  DEBCONF_NONINTERACTIVE_SEEN: 'true',
  DEBIAN_FRONTEND: 'noninteractive',
  NEEDRESTART_MODE: 'l',
  UCF_FORCE_CONFFOLD: '1',
};
const conffileOptions = ['--force-confdef', '--force-confold'];

/** The real and the simulated run use the same solver, with the same freedom to change the plan. */
const solverOptions = [
  '--fix-broken',
  '--no-install-recommends',
  '--no-auto-remove',
  '--allow-change-held-packages',
  '--allow-downgrades',
];

/**
 * Returns what apt would do for these arguments (`installArguments`). @throws PommgrError `tool.apt` when apt cannot
 * resolve them.
 */
export async function simulateInstall(
  aptRoot: AptRoot,
  words: readonly string[],
  files: AptFiles,
): Promise<UpgradePlan> {
  const options = [...solverOptions, ...fileOptions(aptRoot, files)];
  const { stdout } = await runApt(aptRoot, ['apt-get', 'install', '--simulate', '-q', ...options, ...words]);
  return parseSimulation(stdout, aptRoot.architecture);
}

/**
 * Runs the installation. Once apt has started it runs to its end: our signals do not reach it.
 * @throws PommgrError `tool.apt`.
 */
export async function runInstall(
  aptRoot: AptRoot,
  words: readonly string[],
  { files, noRemovals }: { files: AptFiles; noRemovals: boolean },
): Promise<void> {
  const settings = [
    'Dpkg::Use-Pty=0',
    'DPkg::Lock::Timeout=60',
    ...conffileOptions.map((option) => `Dpkg::Options::=${option}`),
  ];
  await change(aptRoot, 'tool.apt', [
    'apt-get',
    'install',
    '--yes',
    '-q',
    ...(noRemovals ? ['--no-remove'] : []),
    ...solverOptions,
    ...settings.flatMap((setting) => ['-o', setting]),
    ...fileOptions(aptRoot, files),
    ...words,
  ]);
}

/** Returns whether dpkg was interrupted while it updated its database. */
export async function hasDpkgUpdates({ root }: AptRoot): Promise<boolean> {
  return (await listDirectory(await pathInRoot(root, '/var/lib/dpkg/updates'))).some((name) =>
    /^\d+$/.test(name),
  );
}

/**
 * Returns whether installed packages lack what they depend on, as an upgrade leaves them that was killed between two runs
 * of dpkg. Changes nothing.
 */
export async function hasUnmetDependencies(aptRoot: AptRoot): Promise<boolean> {
  const options = ['Dir::Cache::pkgcache=', 'Dir::Cache::srcpkgcache=', 'Debug::NoLocking=1'];
  const command = ['check', '-q', ...options.flatMap((option) => ['-o', option])];
  return (await runApt(aptRoot, ['apt-get', ...command], [0, 100])).exitCode !== 0;
}

/** Unpacks a package file (a path of this machine) again over a half-installed package. */
export async function unpackPackage(aptRoot: AptRoot, file: string): Promise<void> {
  const place = pathForApt(aptRoot, file);
  await change(aptRoot, 'tool.dpkg', ['dpkg', ...conffileOptions, '--force-downgrade', '--unpack', place]);
}

/** Removes a half-installed package. */
export async function removeHalfInstalled(aptRoot: AptRoot, name: string): Promise<void> {
  await change(aptRoot, 'tool.dpkg', ['dpkg', '--force-remove-reinstreq', '--remove', name]);
}

/** Configures every package that can be configured; those that wait for another package are left to apt. */
export async function configureAll(aptRoot: AptRoot): Promise<void> {
  await change(aptRoot, 'tool.dpkg', ['dpkg', ...conffileOptions, '--configure', '-a'], [0, 1]);
}

/** Environment in which apt and dpkg of a root ask no question. */
export function quietAptEnvironment({ kind }: Pick<AptRoot, 'kind'>) {
  return { ...quietEnvironment, ...(kind === 'chroot' ? chrootEnvironment : noProxyEnvironment) };
}

/** Maintainer scripts may be silent for long; ending one in the middle is the last resort. */
const idleSeconds = 3600;

async function change(
  { kind, root }: AptRoot,
  code: 'tool.apt' | 'tool.dpkg',
  command: readonly string[],
  accept: readonly number[] = [0],
): Promise<RunResult> {
  const inside = kind === 'chroot' ? ['chroot', root, ...command] : command;
  const [program = '', ...args] = inside;
  return run(program, args, {
    ...{ code, accept, idleSeconds },
    env: quietAptEnvironment({ kind }),
    hints: ['Run the same command again: it goes on from there. /var/log/apt/term.log tells more.'],
  });
}
