/**
 * Renders the script in which an upgrade runs on its own: without a terminal, with a log, and with its exit code in a
 * file, so that it needs nobody to wait for it. Pure.
 */
import { quoteForShell } from '../../subscription/domain/steps-document.ts';

export interface RunScript {
  /** Words before each command: `chroot ROOT`, or none. */
  inside: readonly string[];
  /** Path on this machine of the file for the exit code. */
  exitCode: string;
  /** Variables with their values. */
  environment: readonly (readonly [string, string])[];
  /** Options of dpkg, `--force-confdef`, … */
  dpkgOptions: readonly string[];
}

/** What a person at a terminal runs, who answers dpkg's questions. */
export const commandsByHand = {
  repair: ['dpkg --configure -a', 'apt-get -f install'],
  upgrade: 'apt-get dist-upgrade',
} as const;

/**
 * File descriptor of the lock that the script holds as long as it runs. What it starts does not get it, because a
 * service that a maintainer script starts would hold the lock for ever.
 */
export const lockDescriptor = 9;

/** After a kill, the first round may fail where the next one succeeds: what it repaired lets apt plan again. */
const rounds = [1, 2, 3];

/**
 * The upgrade repairs dependencies, too, so that apt completes an interrupted upgrade and does not remove what lacks its
 * other half. The exit code is that of the last upgrade.
 */
export function renderRunScript({ inside, exitCode, environment, dpkgOptions }: RunScript): string {
  const { configure, upgrade, repair } = commands(dpkgOptions);
  const line = (command: readonly string[]): string =>
    `run ${[...inside, ...command].map(quoteForShell).join(' ')}`;
  const file = quoteForShell(exitCode);
  return [
    '#!/bin/sh',
    '# Written by pommgr. It upgrades the packages of this host to the stage that apt sees.',
    ...environment.map(([name, value]) => `export ${name}=${quoteForShell(value)}`),
    'note() { echo "== $(date -u +%Y-%m-%dT%H:%M:%SZ) $*"; }',
    `run() { note "$*"; "$@" ${lockDescriptor}>&-; }`,
    `for round in ${rounds.join(' ')}; do`,
    `  ${line(configure)} || note "exit code $?"`,
    `  ${line(upgrade)}`,
    '  code=$?',
    '  note "exit code $code"',
    '  [ "$code" -ne 0 ] || break',
    // A process of a killed run may hold dpkg's database for a moment more, for which apt does not wait.
    '  sleep 2',
    `  ${line(repair)} || note "exit code $?"`,
    'done',
    `echo "$code" >${file}.tmp && mv ${file}.tmp ${file}`,
    'exit "$code"',
    '',
  ].join('\n');
}

/** Commands that bring a host from any interrupted state to the end of the stage. */
function commands(dpkgOptions: readonly string[]): Record<'configure' | 'upgrade' | 'repair', string[]> {
  const settings = [
    ...['DPkg::Lock::Timeout=600', 'Dpkg::Use-Pty=0'],
    ...dpkgOptions.map((option) => `Dpkg::Options::=${option}`),
  ];
  const apt = ['apt-get', '--yes', '-q', ...settings.flatMap((setting) => ['-o', setting])];
  return {
    configure: ['dpkg', ...dpkgOptions, '--configure', '-a'],
    upgrade: [...apt, '--fix-broken', 'dist-upgrade'],
    repair: [...apt, '--fix-broken', 'install'],
  };
}
