import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openAptRoot, prepareAptRoot, runApt, type AptRoot } from '../../src/apt/adapters/apt-root.ts';
import { hostFacts } from '../../src/apt/adapters/host-facts.ts';
import { readSourceFiles } from '../../src/apt/adapters/source-files.ts';
import { buildChroot } from '../support/chroot.ts';
import { scratchDirectory } from '../support/scratch.ts';

const names = [
  ...['b.list', 'a-1_2.list', 'c:d.list', 'e+f.list', 'g~h.list', '.hidden.list', 'i j.list'],
  ...['k.sources.list', 'l.list.disabled', 'm.LIST', 'o=p.list', 'ü.list', 'q.list.pommgr.disabled'],
];

describe('readSourceFiles', () => {
  test('takes the files that apt takes, in its order', async () => {
    const aptRoot = await openAptRoot(await scratchDirectory());
    await prepareAptRoot(aptRoot);
    const parts = join(aptRoot.root, 'etc/apt/sources.list.d');
    await writeFile(join(aptRoot.root, 'etc/apt/sources.list'), source('main'));
    for (const name of names) await writeFile(join(parts, name), source(name));
    await mkdir(join(parts, 'directory.list'));
    await symlink('/nowhere', join(parts, 'dangling.list'));
    await symlink('b.list', join(parts, 'z.list'));

    const files = await readSourceFiles(aptRoot);

    expect(files.map(({ path }) => path.replace('/etc/apt/sources.list.d/', ''))).toEqual([
      '/etc/apt/sources.list',
      'a-1_2.list',
      'b.list',
      'c:d.list',
      'k.sources.list',
      'z.list',
    ]);
    const { stdout } = await runApt(aptRoot, ['apt-get', 'update', '--print-uris']);
    const read = new Set(stdout.match(/nowhere\/[0-9a-f]+/g));
    expect(read).toEqual(new Set(files.map(({ text }) => /nowhere\/[0-9a-f]+/.exec(text)?.[0])));
  });

  test('tells the formats apart', async () => {
    const aptRoot = await openAptRoot(await scratchDirectory());
    await prepareAptRoot(aptRoot);
    await writeFile(join(aptRoot.root, 'etc/apt/sources.list.d/x.sources'), 'Types: deb\n');

    expect(await readSourceFiles(aptRoot)).toEqual([
      { path: '/etc/apt/sources.list.d/x.sources', format: 'deb822', text: 'Types: deb\n' },
    ]);
  });

  function source(name: string): string {
    return `deb file:/nowhere/${Buffer.from(name).toString('hex')} ./\n`;
  }
});

describe('in a root with apt', () => {
  let aptRoot: AptRoot;

  beforeAll(async () => {
    aptRoot = await openAptRoot(await buildChroot());
  });

  test('absolute links lead to files of the root', async () => {
    await writeFile(join(aptRoot.root, 'usr/vendor'), 'deb http://a.example stable main\n');
    await symlink('/usr/vendor', join(aptRoot.root, 'etc/apt/sources.list.d/vendor.list'));

    expect(await readSourceFiles(aptRoot)).toEqual([
      {
        path: '/etc/apt/sources.list.d/vendor.list',
        format: 'one-line',
        text: 'deb http://a.example stable main\n',
      },
    ]);
  });

  test('the facts are those of the root', async () => {
    await rm(join(aptRoot.root, 'etc/os-release'));
    await writeFile(join(aptRoot.root, 'usr/os'), 'VERSION_CODENAME=forky\n');
    await symlink('/usr/os', join(aptRoot.root, 'etc/os-release'));

    expect(await hostFacts(aptRoot)).toEqual({
      osRelease: 'VERSION_CODENAME=forky\n',
      installed: [],
      architecture: aptRoot.architecture,
      foreignArchitectures: [],
    });
    await rm(join(aptRoot.root, 'etc/os-release'));
    expect((await hostFacts(aptRoot)).osRelease).toBe('');
  });
});

test('a root without apt and os-release has the facts of the machine’s release', async () => {
  const here = await hostFacts(await openAptRoot('/'));
  const scratch = await hostFacts(await openAptRoot(await scratchDirectory()));

  expect(here.osRelease).toContain('VERSION_CODENAME=');
  expect(here.installed.length).toBeGreaterThan(0);
  expect(scratch).toMatchObject({ osRelease: here.osRelease, installed: [] });
});
