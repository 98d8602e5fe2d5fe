/** Real upgrades as the oracle of forecasts: packages as Debian released them, in a root of the release before. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openAptRoot } from '../../src/apt/adapters/apt-root.ts';
import { run } from '../../src/core/adapters/process.ts';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { forecastPackage } from '../../src/forecast/workflows/forecast-package.ts';
import { openHostView } from '../../src/forecast/workflows/open-host-view.ts';
import { runInRoot, versionsInRoot } from './debian-root.ts';
import type { BuiltPackage } from './packages.ts';

export interface Outcome {
  packages: string[];
  prompts: string[];
  /** `restart a.service`, of lines that run at every upgrade. */
  restarts: string[];
  asksForReboot: boolean;
}

/** What the forecasts of these packages say together; each replaces an installed version. */
export async function foretell(
  root: string,
  packages: readonly BuiltPackage[],
): Promise<Outcome & { perhaps: string[] }> {
  const { view } = await openHostView(await openAptRoot(root));
  const installed = new Map((await versionsInRoot(root)).map((line) => line.split(' ') as [string, string]));
  const outcome = {
    packages: [] as string[],
    prompts: [] as string[],
    restarts: [] as string[],
    perhaps: [] as string[],
  };
  let asksForReboot = false;
  for (const { name, architecture, version, path } of packages) {
    const from = installed.get(name) ?? null;
    const told = await forecastPackage(path, { name, architecture, from, to: version }, view);
    outcome.packages.push(`${name} ${from} ${version}`);
    outcome.prompts.push(...told.prompts.map((prompt) => prompt.path));
    for (const { how, unit, isCertain } of told.restarts)
      (isCertain ? outcome.restarts : outcome.perhaps).push(`${how} ${unit}`);
    asksForReboot ||= told.reboot.some(({ kind }) => kind === 'script');
  }
  return { ...sorted(outcome), perhaps: outcome.perhaps, asksForReboot };
}

/** Lets services be told and not be changed: what scripts ask of systemd is written down. */
export async function watchServices(root: string): Promise<void> {
  await mkdir(join(root, 'run/systemd/system'), { recursive: true });
  const log = '#!/bin/sh\necho "$*" >>/var/log/invoked\n';
  await runInRoot(root, 'dpkg-divert', '--local', '--rename', '--add', '/usr/bin/deb-systemd-invoke');
  await writeFile(join(root, 'usr/bin/deb-systemd-invoke'), log);
  await chmod(join(root, 'usr/bin/deb-systemd-invoke'), 0o755);
  await writeFile(join(root, 'var/log/invoked'), '');
}

/** Upgrades by dpkg itself, keeping the host's files at every question, and tells what happened. */
export async function upgradeForReal(root: string, packages: readonly BuiltPackage[]): Promise<Outcome> {
  await mkdir(join(root, 'tmp/debs'));
  await run('cp', ['--', ...packages.map(({ path }) => path), join(root, 'tmp/debs')]);
  await writeFile(join(root, 'var/log/dpkg.log'), '');
  await runInRoot(
    root,
    // Whether packages of two releases fit together is not what is looked at.
    ...['dpkg', '--force-confold', '--force-depends', '--force-breaks', '--install'],
    ...packages.map(({ path }) => `/tmp/debs/${path.split('/').at(-1)}`),
  );
  const log = await readFile(join(root, 'var/log/dpkg.log'), 'utf8');
  const all = (pattern: RegExp): string[] =>
    [...log.matchAll(pattern)].map((found) => found.slice(1).join(' '));
  const invoked = (await readFile(join(root, 'var/log/invoked'), 'utf8')).split('\n').filter(Boolean);
  const outcome = {
    packages: [
      ...all(/ upgrade (\S+?):\S+ (\S+) (\S+)$/gm),
      ...all(/ install (\S+?):\S+ <none> (\S+)$/gm).map((text) => text.replace(' ', ' null ')),
    ],
    prompts: all(/ conffile (.+) keep$/gm),
    restarts: invoked.flatMap((line) => {
      const [verb = '', ...units] = line.split(' ').filter((word) => !word.startsWith('-'));
      return ['start', 'daemon-reload'].includes(verb) ? [] : units.map((unit) => `${verb} ${unit}`);
    }),
  };
  return { ...sorted(outcome), asksForReboot: await pathExists(join(root, 'run/reboot-required')) };
}

function sorted({ packages, prompts, restarts }: Pick<Outcome, 'packages' | 'prompts' | 'restarts'>) {
  return {
    packages: packages.toSorted(),
    prompts: prompts.toSorted(),
    restarts: [...new Set(restarts)].toSorted(),
  };
}
