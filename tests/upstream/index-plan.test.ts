import { describe, expect, test } from 'vitest';
import { noFilters, type Mirror } from '../../src/config/domain/mirror.ts';
import { indexUriPaths, planIndices } from '../../src/upstream/domain/index-plan.ts';
import { parseRelease } from '../../src/upstream/domain/release-file.ts';

const digest = 'a'.repeat(64);

interface Case {
  suite?: string;
  components?: string[];
  architectures?: string[];
  head?: string[];
  files: string[];
}

function plan({
  suite = 'stable',
  components = ['main'],
  architectures = ['amd64'],
  head = [],
  files,
}: Case) {
  const mirror: Mirror = {
    id: 'repo',
    types: ['deb'],
    uri: 'http://localhost',
    suite,
    components,
    architectures,
    keyring: '/key.gpg',
    checkValidUntil: true,
    filters: noFilters,
  };
  const rows = files.map((file) => ` ${digest} ${file.includes(' ') ? '' : '1 '}${file}`);
  const release = parseRelease(`${[...head, 'SHA256:', ...rows].join('\n')}\n`, 'Release');
  const { planned, warnings } = planIndices(mirror, release);
  const paths = planned.map(({ plain, forms }) =>
    [plain.path, ...forms.map(({ compression }) => compression)].join(' '),
  );
  return { paths, warnings };
}

const amd64 = 'main/binary-amd64/Packages';

describe('what there is', () => {
  test.each<[string, Case, string[]]>([
    ['the index alone', { files: [amd64] }, [`${amd64} plain`]],
    [
      'every form that apt reads, the fastest first',
      { files: ['', '.lz4', '.lzma', '.bz2', '.zst', '.xz', '.gz', '.br'].map((ending) => amd64 + ending) },
      [`${amd64} gz xz zst bz2 lzma lz4 plain`],
    ],
    ['nothing to fetch of an empty index', { files: [`0 ${amd64}`, `20 ${amd64}.gz`] }, [amd64]],
    [
      'binary-all where no architectures are named',
      { files: [amd64, 'main/binary-all/Packages'] },
      ['main/binary-all/Packages plain', `${amd64} plain`],
    ],
    [
      'binary-all alone',
      { head: ['Architectures: all'], files: ['main/binary-all/Packages'] },
      ['main/binary-all/Packages plain'],
    ],
    [
      'no binary-all where the others repeat it',
      {
        head: ['Architectures: all amd64', 'No-Support-for-Architecture-all: Packages'],
        files: [amd64, 'main/binary-all/Packages'],
      },
      [`${amd64} plain`],
    ],
    [
      'a component with a slash',
      { components: ['updates/main'], head: ['Components: main'], files: [`updates/${amd64}`] },
      [`updates/${amd64} plain`],
    ],
    [
      'a component that Components does not name, with an index',
      { head: ['Components: other'], files: [amd64] },
      [`${amd64} plain`],
    ],
    [
      'translations',
      { files: [amd64, 'main/i18n/Translation-en'] },
      [`${amd64} plain`, 'main/i18n/Translation-en plain'],
    ],
    [
      'a flat repository',
      { suite: './', components: [], files: ['Packages', 'Packages.gz'] },
      ['Packages gz plain'],
    ],
  ])('%s', (_, about, paths) => {
    const found = plan(about);
    expect(found.paths.map((path) => path.replace(/ +$/, ''))).toEqual(paths);
    const silent = !found.warnings.some((text) => !text.includes('architecture'));
    expect(silent).toBe(true);
  });
});

describe('what is not there, beside something that is', () => {
  test.each<[string, Case, string[]]>([
    [
      'a component',
      { components: ['main', 'extra'], head: ['Components: main'], files: [amd64] },
      ['Mirror repo: suite stable has no component "extra". It has main.'],
    ],
    [
      'an architecture',
      { architectures: ['amd64', 'i386'], head: ['Architectures: amd64'], files: [amd64] },
      ['Mirror repo: suite stable has no architecture "i386". It has amd64.'],
    ],
    [
      'the index of an architecture that the suite has',
      { architectures: ['amd64', 'i386'], head: ['Architectures: amd64 i386'], files: [amd64] },
      [],
    ],
    [
      'an index, where nothing says what there is',
      { components: ['main', 'extra'], files: [amd64] },
      ['Mirror repo: the Release file of suite stable lists no extra/binary-amd64/Packages.'],
    ],
  ])('%s', (_, about, warnings) => {
    expect(plan(about)).toEqual({ paths: [`${amd64} plain`], warnings });
  });
});

test('an index that Release lists in compressed form alone is none for apt', () => {
  const { paths, warnings } = plan({ files: [`${amd64}.xz`] });
  expect(paths).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining(`lists ${amd64}.xz and not ${amd64}, so apt ignores`)]);
});

test.each<[string, Case, string]>([
  [
    'config.component',
    { head: ['Components: other'], files: ['other/binary-amd64/Packages'] },
    'It has other.',
  ],
  ['config.architecture', { head: ['Architectures: arm64'], files: [] }, 'It has arm64.'],
  ['config.index', { files: [] }, `lists no ${amd64}`],
  ['config.index', { head: ['Architectures: amd64'], files: [] }, `lists no ${amd64}`],
])('refuses a mirror of nothing: %s', (code, about, words) => {
  expect(() => plan(about)).toThrow(words);
  expect(() => plan(about)).toThrow(expect.objectContaining({ code }));
});

test('refuses an index that is listed with SHA512 alone', () => {
  const head = ['SHA512:', ` ${'b'.repeat(128)} 1 ${amd64}`];
  expect(() => plan({ head, files: [] })).toThrow(`lists ${amd64} with SHA512 and no SHA256`);
});

test.each([
  ['stable', 'dists/stable/'],
  ['bookworm/updates', 'dists/bookworm/updates/'],
  ['./', ''],
  ['/', ''],
  ['debian/amd64/', 'debian/amd64/'],
  ['./debian//', 'debian/'],
])('the files of suite %s are in %j', (suite, directory) => {
  const file = { path: 'Packages', sizeBytes: 1, sha256: digest };
  expect(indexUriPaths({ suite } as Mirror, file, true)).toEqual([
    `${directory}by-hash/SHA256/${digest}`,
    `${directory}Packages`,
  ]);
});

test('asks by SHA512 first where Release gives that, as apt does', () => {
  const file = { path: 'main/Packages', sizeBytes: 1, sha256: digest, sha512: 'b'.repeat(128) };
  expect(indexUriPaths({ suite: 'stable' } as Mirror, file, true)).toEqual([
    `dists/stable/main/by-hash/SHA512/${file.sha512}`,
    `dists/stable/main/by-hash/SHA256/${digest}`,
    'dists/stable/main/Packages',
  ]);
});

test('a form whose digest apt cannot match is not asked for, and without another one the index is refused', () => {
  const planOf = (rows: readonly string[]) => {
    const release = parseRelease(`SHA256:\n${rows.map((row) => ` ${row}\n`).join('')}`, 'Release');
    const mirror: Mirror = {
      ...{ id: 'repo', types: ['deb'], uri: 'http://localhost', suite: 'stable', components: ['main'] },
      ...{ architectures: ['amd64'], keyring: '/key.gpg', checkValidUntil: true, filters: noFilters },
    };
    return planIndices(mirror, release).planned.map(({ forms }) =>
      forms.map(({ compression }) => compression),
    );
  };
  const capitals = digest.toUpperCase();
  expect(planOf([`${digest} 1 ${amd64}`, `${capitals} 1 ${amd64}.gz`, `${digest} 1 ${amd64}.xz`])).toEqual([
    ['xz', 'plain'],
  ]);
  expect(() => planOf([`${capitals} 1 ${amd64}`, `${digest} 1 ${amd64}.gz`])).toThrow(/capital letters/);
});
