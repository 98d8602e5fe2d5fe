/**
 * Forecasts against real upgrades: every package of a minimal Debian 12 and 13, its next upload made of its own files with
 * some configuration files changed, upgraded by dpkg with its own maintainer scripts. 0 missed, 0 invented.
 */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { debianPackages, debianReleases, debianRoot, versionsInRoot } from '../support/debian-root.ts';
import { foretell, upgradeForReal, watchServices } from '../support/forecast-oracle.ts';
import { describePackage, type BuiltPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';

/** The same package with a higher version; `isChanged` says of which configuration files the next upload differs. */
async function nextUpload(deb: BuiltPackage, isChanged: (path: string) => boolean): Promise<BuiltPackage> {
  const directory = await scratchDirectory();
  const tree = join(directory, 'tree');
  await run('dpkg-deb', ['--raw-extract', deb.path, tree]);
  const control = join(tree, 'DEBIAN/control');
  const text = await readFile(control, 'utf8');
  await writeFile(control, text.replace(/^Version: (.*)$/m, 'Version: $1+next1'));
  for (const path of await conffilesOf(deb))
    if (isChanged(path)) await appendFile(join(tree, path), '# the next upload\n');
  const path = join(directory, basename(deb.path));
  await run('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', tree, path]);
  return describePackage(path);
}

async function conffilesOf({ path }: BuiltPackage): Promise<string[]> {
  const { stdout } = await run('sh', [
    '-c',
    'dpkg-deb --info "$1" conffiles 2>/dev/null || true',
    'sh',
    path,
  ]);
  return stdout.split('\n').filter((line) => line.startsWith('/'));
}

it.each(debianReleases)('upgrades of every package of %s are as foretold', async (release) => {
  const root = await debianRoot(release);
  const installed = new Set((await versionsInRoot(root)).map((line) => line.split(' ')[0]));
  const debs = (await debianPackages(release)).filter(({ name }) => installed.has(name));
  const packages: BuiltPackage[] = [];
  let number = 0;
  for (const deb of debs) packages.push(await nextUpload(deb, () => ++number % 2 === 0));
  let edited = 0;
  for (const path of (await Promise.all(debs.map(conffilesOf))).flat())
    if (++edited % 3 !== 0) await appendFile(join(root, path), '# of the host\n').catch(() => undefined);
  await watchServices(root);
  const { perhaps, ...told } = await foretell(root, packages);
  const happened = await upgradeForReal(root, packages);
  console.log(
    `forecast: ${release}, ${packages.length} upgrades, ${told.prompts.length} prompts, ${told.restarts.length} restarts`,
  );
  expect(packages.length).toBeGreaterThan(50);
  expect(told.prompts.length).toBeGreaterThan(5);
  expect(happened.prompts).toEqual(told.prompts);
  expect(happened.packages).toEqual(told.packages);
  expect(happened.restarts.filter((line) => !perhaps.includes(line))).toEqual(told.restarts);
});
