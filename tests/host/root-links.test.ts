/** `--root` with links in place of its directories: they lead to below the root, as for a program that runs in it. */
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entryInRoot, pathInRoot } from '../../src/core/adapters/root-paths.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { detach } from '../../src/host/workflows/detach.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { run } from '../../src/core/adapters/process.ts';
import { addTrustedKey, trustedKeysDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import { buildChroot } from '../support/chroot.ts';
import { createHost, createSite, writeBelow, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-04T00:00:00Z');
let site: Site;
let medium: string;
/** What stands for the machine outside of the root: absolute links lead there. */
let machine: string;

beforeAll(async () => {
  site = await createSite();
  medium = await site.bring();
  machine = await mkdtemp('/var/tmp/pommgr-machine-');
});

afterAll(() => rm(machine, { recursive: true, force: true }));

const linked = [
  'etc/apt',
  'etc/apt/sources.list.d',
  'etc/apt/preferences.d',
  'etc/apt/apt.conf.d',
  'etc/pommgr',
  'var/lib/pommgr',
  'var/lib/apt',
  'var/lib/apt/lists',
  'var/lib/dpkg',
];

/** Puts an absolute link in the place of a directory of the root; the machine has one at the target, too. */
async function linkAway(root: string, path: string): Promise<void> {
  const target = join(machine, path.replaceAll('/', '-'));
  await mkdir(join(root, path), { recursive: true });
  await mkdir(join(root, dirname(target)), { recursive: true });
  await run('cp', ['-a', '--', join(root, path), target]);
  await writeBelow(target, 'machine.list', 'deb http://192.0.2.9/machine stable main\n');
  await rename(join(root, path), join(root, target));
  await symlink(target, join(root, path));
}

async function chrootHost(): Promise<string> {
  const root = await buildChroot();
  await writeBelow(root, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=bookworm\n');
  await writeBelow(root, 'etc/apt/sources.list.d/own.list', 'deb http://192.0.2.1/debian bookworm main\n');
  await addTrustedKey(trustedKeysDirectory(root), site.key);
  return root;
}

describe.each([
  ['the machine works on it', () => createHost([site.key]), linked],
  // A copy of the machine's programs each: the shortest and the longest way are enough.
  ['it has an apt of its own', chrootHost, ['etc/apt', 'var/lib/pommgr']],
])('a root, where %s', (_, create, paths) => {
  test.each(paths)('with %s as a link', async (path) => {
    const root = await create();
    await linkAway(root, path);
    // What hides every package, where the machine's own preferences are taken for the root's.
    await writeBelow(
      machine,
      `${path.replaceAll('/', '-')}/${path === 'etc/apt' ? 'preferences.d/' : ''}hides.pref`,
      'Package: *\nPin: release *\nPin-Priority: -1\n',
    );
    const before = await treeOf(machine);

    expect(await apply({ media: medium, root, dryRun: true, context })).toMatchObject({
      outcome: 'would-apply',
    });
    expect(await apply({ media: medium, root, context })).toMatchObject({ outcome: 'applied' });

    expect(await treeOf(machine)).toEqual(before);
    expect(await hostStatus({ root })).toMatchObject({ problems: [], otherSources: [], plan: {} });
    const sources = await pathInRoot(root, '/etc/apt/sources.list.d/pommgr.sources');
    expect(await readFile(sources, 'utf8')).toContain('Types: deb');
    expect(await detach({ root, purge: true, context })).toMatchObject({ outcome: 'detached' });
    expect(await treeOf(machine)).toEqual(before);
  });
});

test('paths are resolved as chroot does, and never out of the root', async () => {
  const root = await scratchDirectory();
  await mkdir(join(root, 'a/b'), { recursive: true });
  await writeFile(join(root, 'a/file'), 'x');
  const links: [string, string][] = [
    ['absolute', '/a/b'],
    ['up', '../../../../a'],
    ['chain', 'absolute/../file'],
    ['own', `${root}/a`],
    ['loop', '/loop'],
    ['dangling', '/nowhere/else'],
  ];
  for (const [name, target] of links) await symlink(target, join(root, name));
  const resolved: [string, string][] = [
    ['/absolute/new', 'a/b/new'],
    ['up/b', 'a/b'],
    ['/chain', 'a/file'],
    ['/own/b', 'a/b'],
    ['/../../a', 'a'],
    ['/dangling', 'nowhere/else'],
  ];
  for (const [path, expected] of resolved) expect(await pathInRoot(root, path)).toBe(join(root, expected));
  expect(await entryInRoot(root, '/up/b/../../absolute')).toBe(join(root, 'absolute'));
  await expect(pathInRoot(root, '/loop/x')).rejects.toMatchObject({ code: 'usage.root' });
  expect(await pathInRoot('/', '/etc')).toBe('/etc');
});
