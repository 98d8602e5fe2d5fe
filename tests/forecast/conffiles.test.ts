/**
 * Configuration files: every case of dpkg's rule, foretold from the package and then run through dpkg itself in a root
 * of Debian 12 and 13. dpkg's words and what is left on disk are the oracle.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openAptRoot } from '../../src/apt/adapters/apt-root.ts';
import { run } from '../../src/core/adapters/process.ts';
import type { PackageForecast } from '../../src/forecast/domain/forecast.ts';
import { forecastPackage } from '../../src/forecast/workflows/forecast-package.ts';
import { openHostView } from '../../src/forecast/workflows/open-host-view.ts';
import { debianReleases, debianRoot, installInRoot, runInRoot } from '../support/debian-root.ts';
import { buildPackage, type BuiltPackage, type PackageDescription } from '../support/packages.ts';

/** One configuration file: what each version ships (null: it does not), and what the host did in between. */
interface Case {
  old: string | null;
  host?: (path: string, root: string) => Promise<void>;
  now: string | null;
  /** How the package lists it, where that is not as a plain configuration file. */
  flag?: 'remove-on-upgrade';
  prompt: boolean;
}

const edit = (path: string): Promise<void> => writeFile(path, 'host\n');
const remove = (path: string): Promise<void> => rm(path);

const cases: Record<string, Case> = {
  'unchanged-both': { old: 'a', now: 'a', prompt: false },
  'package-changed': { old: 'a', now: 'b', prompt: false },
  'host-changed': { old: 'a', host: edit, now: 'a', prompt: false },
  'both-changed': { old: 'a', host: edit, now: 'b', prompt: true },
  'both-to-the-same': { old: 'a', host: (path) => writeFile(path, 'b'), now: 'b', prompt: false },
  'deleted-unchanged': { old: 'a', host: remove, now: 'a', prompt: false },
  'deleted-changed': { old: 'a', host: remove, now: 'b', prompt: true },
  'new': { old: null, now: 'b', prompt: false },
  'new-over-same': { old: null, host: (path) => writeFile(path, 'b'), now: 'b', prompt: false },
  'new-over-other': { old: null, host: edit, now: 'b', prompt: true },
  dropped: { old: 'a', host: edit, now: null, prompt: false },
  'removed-unchanged': { old: 'a', now: null, flag: 'remove-on-upgrade', prompt: false },
  'removed-changed': { old: 'a', host: edit, now: null, flag: 'remove-on-upgrade', prompt: false },
  'link-edited': {
    old: 'a',
    async host(path) {
      await rm(path);
      await writeFile(`${path}.real`, 'host\n');
      await symlink(`${path.split('/').at(-1)}.real`, path);
    },
    now: 'b',
    prompt: false,
  },
  'link-to-root': {
    old: 'a',
    async host(path, root) {
      await rm(path);
      await mkdir(join(root, 'srv/kept'), { recursive: true });
      await writeFile(join(root, 'srv/kept/link-to-root'), 'a');
      await symlink('/srv/kept/link-to-root', path);
    },
    now: 'b',
    prompt: false,
  },
  'link-to-nothing': {
    old: 'a',
    async host(path) {
      await rm(path);
      await symlink('nowhere', path);
    },
    now: 'b',
    prompt: false,
  },
  'link-in-a-circle': {
    old: 'a',
    async host(path) {
      await rm(path);
      await symlink(path.split('/').at(-1) ?? '', path);
    },
    now: 'b',
    prompt: false,
  },
  directory: {
    old: 'a',
    async host(path) {
      await rm(path);
      await mkdir(path);
    },
    now: 'b',
    prompt: false,
  },
  'name with blanks': { old: 'a', host: edit, now: 'b', prompt: true },
};

const pathOf = (name: string): string => `/etc/cases/${name}`;

function version(number: 1 | 2): PackageDescription {
  const all = Object.entries(cases).map(([name, item]) => ({
    path: pathOf(name),
    text: number === 1 ? item.old : item.now,
    flag: number === 2 ? item.flag : undefined,
  }));
  const shipped = all.flatMap(({ path, text }) => (text === null ? [] : [[path, text] as const]));
  return {
    name: 'cases',
    version: `${number}.0`,
    files: Object.fromEntries(shipped),
    conffiles: [
      ...shipped.map(([path]) => path),
      ...all.flatMap(({ path, flag }) => (flag === undefined ? [] : [`${flag} ${path}`])),
    ],
  };
}

describe.each(debianReleases)('on %s', { timeout: 120_000 }, (release) => {
  let root: string;
  let upgrade: BuiltPackage;
  let diverted: BuiltPackage;
  let taker: BuiltPackage;

  beforeAll(async () => {
    root = await debianRoot(release);
    upgrade = await buildPackage(version(2));
    const divertedFiles = (text: string) => ({
      files: { '/etc/diverted': text },
      conffiles: ['/etc/diverted'],
    });
    diverted = await buildPackage({ name: 'diverted', version: '2.0', ...divertedFiles('b') });
    const moved = { files: { '/etc/moved': 'b' }, conffiles: ['/etc/moved'] };
    taker = await buildPackage({
      name: 'taker',
      version: '1.0',
      fields: { Replaces: 'giver', Breaks: 'giver (<< 2)' },
      ...moved,
    });
    await runInRoot(
      root,
      'dpkg-divert',
      '--local',
      '--rename',
      '--divert',
      '/etc/diverted.other',
      '/etc/diverted',
    );
    await installInRoot(
      root,
      await buildPackage(version(1)),
      await buildPackage({ name: 'diverted', version: '1.0', ...divertedFiles('a') }),
      await buildPackage({
        name: 'giver',
        version: '1.0',
        files: { '/etc/moved': 'a' },
        conffiles: ['/etc/moved'],
      }),
    );
    for (const [name, { host }] of Object.entries(cases)) {
      await mkdir(dirname(join(root, pathOf(name))), { recursive: true });
      await host?.(join(root, pathOf(name)), root);
    }
    await writeFile(join(root, 'etc/diverted'), 'nobody asks about this one\n');
    await writeFile(join(root, 'etc/diverted.other'), 'host\n');
    await writeFile(join(root, 'etc/moved'), 'host\n');
    await runInRoot(root, 'dpkg', '--remove', 'giver');
  });

  test('what was foretold is what dpkg then asks and does', async () => {
    const { view } = await openHostView(await openAptRoot(root));
    const foretell = (item: BuiltPackage, from: string | null): Promise<PackageForecast> =>
      forecastPackage(item.path, { name: item.name, architecture: 'amd64', from, to: item.version }, view);
    const told = await foretell(upgrade, '1.0');
    const others = [await foretell(diverted, '1.0'), await foretell(taker, null)];
    const expected = Object.entries(cases).filter(([, { prompt }]) => prompt);
    expect(told.prompts.map(({ path }) => path).toSorted()).toEqual(
      expected.map(([name]) => pathOf(name)).toSorted(),
    );
    expect(others.flatMap(({ prompts }) => prompts.map(({ path }) => path))).toEqual([
      '/etc/diverted',
      '/etc/moved',
    ]);
    expect(told.unknown).toEqual([]);

    const files = [upgrade, diverted, taker];
    for (const item of files) await run('cp', ['--', item.path, join(root, 'tmp')]);
    const { stdout, stderr } = await run(
      'unshare',
      [
        '-n',
        '--',
        'chroot',
        root,
        'dpkg',
        '--force-confold',
        '--install',
        ...files.map((item) => `/tmp/${item.fileName}`),
      ],
      { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
    );
    // Each question is one line, whatever the options answer.
    const asked = [...stderr.matchAll(/^Configuration file '(.+?)'(?: \(actually '.*'\))?$/gm)].map(
      ([, path = '']) => path,
    );
    const foretold = [...told.prompts, ...others.flatMap(({ prompts }) => prompts)].map(({ path }) =>
      path === '/etc/diverted' ? '/etc/diverted.other' : path,
    );
    expect(asked.toSorted(), `${stdout}${stderr}`).toEqual(foretold.toSorted());
    const log = await readFile(join(root, 'var/log/dpkg.log'), 'utf8');
    expect([...log.matchAll(/ conffile (.+) keep$/gm)].map(([, path = '']) => path).toSorted()).toEqual(
      asked.toSorted(),
    );

    expect(told.links).toHaveLength(4);
    for (const { path } of told.links) {
      expect((await lstat(join(root, path))).isSymbolicLink()).toBe(true);
      // Of a loop of links dpkg unpacks it elsewhere.
      if (path !== pathOf('link-in-a-circle'))
        expect(await readFile(join(root, `${path}.dpkg-new`), 'utf8')).toBe('b');
    }
    const gone = told.removed.map(({ path }) => path).toSorted();
    expect(gone).toEqual([pathOf('removed-changed'), pathOf('removed-unchanged')]);
    for (const { path, keptAs } of told.removed) {
      await expect(lstat(join(root, path))).rejects.toThrow('ENOENT');
      if (keptAs !== null) expect(await readFile(join(root, keptAs), 'utf8')).toBe('host\n');
    }
  });

  test('the digests and the difference are those of the files', async () => {
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
    const { view } = await openHostView(await openAptRoot(root));
    const again = await buildPackage({
      ...version(2),
      version: '3.0',
      files: { ...version(2).files, [pathOf('both-changed')]: 'c' },
    });
    const { prompts } = await forecastPackage(
      again.path,
      { name: 'cases', architecture: 'amd64', from: '2.0', to: '3.0' },
      view,
    );
    const found = prompts.find(({ path }) => path === pathOf('both-changed'));
    expect(found).toMatchObject({
      reason: 'both-changed',
      answer: 'ask',
      recordedMd5: md5('b'),
      foundMd5: md5('host\n'),
      shippedMd5: md5('c'),
    });
    expect(found?.difference).toMatch(
      /^--- \/etc\/cases\/both-changed \(host\)\n\+\+\+ .*\n@@ .*\n-host\n\+c\n/,
    );
  });
});
