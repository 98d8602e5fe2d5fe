import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openAptRoot, prepareAptRoot, type AptRoot } from '../../src/apt/adapters/apt-root.ts';
import { entryExists } from '../../src/core/adapters/atomic-files.ts';
import {
  addDiversion,
  conffileOwner,
  installedPackages,
  removeDiversion,
} from '../../src/apt/adapters/dpkg.ts';
import { run } from '../../src/core/adapters/process.ts';
import { buildPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';

const source = '/etc/apt/sources.list.d/vendor.list';
const aside = `${source}.pommgr.disabled`;

async function vendorPackage(version: string) {
  const text = `deb http://vendor.example/${version} stable main\n`;
  return buildPackage({
    name: 'vendor-source',
    version,
    architecture: 'all',
    files: { [source]: text },
    conffiles: [source],
  });
}

async function install(aptRoot: AptRoot, path: string): Promise<void> {
  const force = ['--force-not-root', '--force-script-chrootless'];
  await run('dpkg', [`--root=${aptRoot.root}`, '--log=/dev/null', ...force, '--install', path]);
}

async function rootWithVendor(): Promise<AptRoot> {
  const aptRoot = await openAptRoot(await scratchDirectory());
  await install(aptRoot, (await vendorPackage('1.0')).path);
  return aptRoot;
}

describe('installedPackages', () => {
  test('lists what dpkg knows, with its status', async () => {
    const aptRoot = await rootWithVendor();
    await install(aptRoot, (await buildPackage({ name: 'tool', version: '1:2.0~rc1-1' })).path);
    await run('dpkg', [`--root=${aptRoot.root}`, '--log=/dev/null', '--remove', 'vendor-source']);

    expect(await installedPackages(aptRoot)).toEqual([
      { name: 'tool', version: '1:2.0~rc1-1', architecture: 'amd64', status: 'installed' },
      { name: 'vendor-source', version: '1.0', architecture: 'all', status: 'config-files' },
    ]);
  });

  test('finds nothing in an empty root, and the machine’s own in /', async () => {
    expect(await installedPackages(await openAptRoot(await scratchDirectory()))).toEqual([]);
    const names = (await installedPackages(await openAptRoot('/'))).map(({ name }) => name);
    expect(names).toContain('dpkg');
  });
});

describe('conffileOwner', () => {
  test('names the installed package, and no other file of it', async () => {
    const aptRoot = await rootWithVendor();

    expect(await conffileOwner(aptRoot, source)).toBe('vendor-source');
    expect(await conffileOwner(aptRoot, '/etc/apt/sources.list.d/other.list')).toBeUndefined();
  });

  test('names none that is removed, and none for a file that is no longer shipped', async () => {
    const aptRoot = await rootWithVendor();
    const without = await buildPackage({ name: 'vendor-source', version: '2.0', architecture: 'all' });
    await install(aptRoot, without.path);
    expect(await conffileOwner(aptRoot, source)).toBeUndefined();

    await install(aptRoot, (await vendorPackage('3.0')).path);
    expect(await conffileOwner(aptRoot, source)).toBe('vendor-source');
    await run('dpkg', [`--root=${aptRoot.root}`, '--log=/dev/null', '--remove', 'vendor-source']);
    expect(await conffileOwner(aptRoot, source)).toBeUndefined();
  });
});

describe('diversions', () => {
  test('move the file away and back, keep the package’s upgrade away from its place, and can be repeated', async () => {
    const aptRoot = await rootWithVendor();
    const at = (path: string): string => join(aptRoot.root, path);
    await writeFile(at(source), 'deb http://edited.example/ stable main\n');

    await addDiversion(aptRoot, source, aside);
    await addDiversion(aptRoot, source, aside);
    expect(await entryExists(at(source))).toBe(false);
    expect(await readFile(at(aside), 'utf8')).toContain('edited.example');

    await install(aptRoot, (await buildPackage(unchangedVendor)).path);
    expect(await entryExists(at(source))).toBe(false);

    await removeDiversion(aptRoot, source, aside);
    await removeDiversion(aptRoot, source, aside);
    expect(await readFile(at(source), 'utf8')).toContain('edited.example');
    expect(await entryExists(at(aside))).toBe(false);
  });

  /** The next version, with the same configuration file as 1.0. */
  const unchangedVendor = {
    name: 'vendor-source',
    version: '1.1',
    architecture: 'all',
    files: { [source]: 'deb http://vendor.example/1.0 stable main\n' },
    conffiles: [source],
  };

  test('of others are not overridden', async () => {
    const aptRoot = await rootWithVendor();
    await run('dpkg-divert', ['--root', aptRoot.root, '--local', '--no-rename', '--divert', '/x', source]);

    await expect(addDiversion(aptRoot, source, aside)).rejects.toMatchObject({ code: 'tool.dpkg' });
  });
});

test('a root without apt gets the directories that apt and dpkg need, and keeps what it has', async () => {
  const root = await scratchDirectory();
  await mkdir(join(root, 'var/lib/dpkg'), { recursive: true });
  await writeFile(join(root, 'var/lib/dpkg/arch'), 'amd64\ni386\narmhf\n');
  await writeFile(join(root, 'var/lib/dpkg/status'), 'Package: kept\n');

  const aptRoot = await openAptRoot(root);
  expect(await entryExists(join(root, 'etc'))).toBe(false);
  await prepareAptRoot(aptRoot);

  expect(aptRoot).toMatchObject({ kind: 'outside', root, foreignArchitectures: ['i386', 'armhf'] });
  expect(await readFile(join(root, 'var/lib/dpkg/status'), 'utf8')).toBe('Package: kept\n');
  expect(await entryExists(join(root, 'var/lib/apt/lists/partial'))).toBe(true);
});
