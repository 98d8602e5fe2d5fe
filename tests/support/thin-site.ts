/** An online side whose one target is thin: a small suite with dependencies, and host locks for it. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { InventoryPackage } from '../../src/apt/domain/inventory.ts';
import { createOnlineSite, type OnlineSite } from './online.ts';
import { buildPackage, type PackageDescription } from './packages.ts';
import type { RepositoryOptions } from './repository.ts';

const essential = { Essential: 'yes', Priority: 'required' };

/** `base` is a bare system; `server` needs a transport; `desktop` is what nobody asks for. */
const thinPackages: PackageDescription[] = [
  { name: 'base', version: '1.0', fields: essential },
  { name: 'base', version: '1.1', depends: 'libbase (>= 1.1)', fields: essential },
  { name: 'libbase', version: '1.1' },
  {
    name: 'server',
    version: '2.0',
    depends: 'libserver (>= 2), exim | transport',
    fields: { Recommends: 'docs' },
  },
  { name: 'libserver', version: '1.0' },
  { name: 'libserver', version: '2.1' },
  { name: 'exim', version: '4.0', fields: { Provides: 'transport', Conflicts: 'transport' } },
  { name: 'postfix', version: '3.0', fields: { Provides: 'transport', Conflicts: 'transport' } },
  { name: 'docs', version: '1.0', architecture: 'all' },
  { name: 'desktop', version: '9.0', depends: 'toolkit' },
  { name: 'toolkit', version: '9.0' },
];

export interface ThinSite extends OnlineSite {
  /** Writes `<host>.lock.json` beside the config. */
  addLock(host: string, packages: readonly LockedPackage[]): Promise<string>;
}

export type LockedPackage = Pick<InventoryPackage, 'name' | 'version'> & Partial<InventoryPackage>;

/** `closure` is the setting's value; `mirrorLines` go into the mirror's part of the config. */
export async function createThinSite(
  closure: Record<string, unknown>,
  options: { mirrorLines?: readonly string[]; repository?: Partial<RepositoryOptions> } = {},
): Promise<ThinSite> {
  const packages = await Promise.all(thinPackages.map(buildPackage));
  const repository = { components: { main: packages }, ...options.repository };
  const site = await createOnlineSite(options.mirrorLines, repository);
  await setClosure(site.configFile, closure);
  return {
    ...site,
    addLock: (host, locked) => writeLock(join(site.directory, `${host}.lock.json`), host, locked),
  };
}

/** Gives the config's target a closure, or another one; none with undefined. */
export async function setClosure(
  configFile: string,
  closure: Record<string, unknown> | undefined,
): Promise<void> {
  const text = (await readFile(configFile, 'utf8')).replace(/^ {4}closure: .*\n/m, '');
  const line = closure === undefined ? '' : `    closure: ${JSON.stringify(closure)}\n`;
  await writeFile(
    configFile,
    text.replace(/^( {4}codename: .*\n)/m, (found) => `${found}${line}`),
  );
}

/** Makes the targets of the config these: each with the one mirror, and its closure. */
export async function setClosures(configFile: string, closures: Record<string, object>): Promise<void> {
  const [before = ''] = (await readFile(configFile, 'utf8')).split(/^targets:/m);
  const target = { mirrors: ['test-stable'], products: ['debian'], codename: 'bookworm' };
  const targets = Object.entries(closures).map(([name, closure]) => ({ name, ...target, closure }));
  await writeFile(configFile, `${before}targets: ${JSON.stringify(targets)}\n`);
}

/** A lock as version 2 has it, or version 1 where no package has relations. */
async function writeLock(file: string, host: string, packages: readonly LockedPackage[]): Promise<string> {
  const isNew = packages.some(({ relations }) => relations !== undefined);
  const lock = {
    schema: `pommgr/host-lock/v${isNew ? 2 : 1}`,
    created: '2025-06-01T00:00:00Z',
    hostName: host,
    codename: 'bookworm',
    architecture: 'amd64',
    foreignArchitectures: [],
    packages: packages.map((item) => ({ architecture: 'amd64', automatic: false, hold: false, ...item })),
  };
  await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
  return `./${file.slice(dirname(file).length + 1)}`;
}
