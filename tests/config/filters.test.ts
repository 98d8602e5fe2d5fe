import { describe, expect, test } from 'vitest';
import { createFilter, keepLatest } from '../../src/config/domain/filters.ts';
import { noFilters } from '../../src/config/domain/mirror.ts';
import type { PackageEntry } from '../../src/apt/domain/package-entry.ts';

describe('createFilter', () => {
  // What POM does, from its transcripts: `games` skips `games` and, in contrib, `contrib/games`.
  test.each([
    ['games', 'main', 'games', false],
    ['games', 'contrib', 'contrib/games', false],
    ['contrib/games', 'contrib', 'contrib/games', false],
    ['games', 'contrib', 'non-free/games', true],
    ['contrib/games', 'main', 'games', true],
    ['game', 'main', 'games', true],
    ['*', 'main', 'games', true],
    ['Games', 'main', 'games', true],
    ['games', 'main', '', true],
  ])('skipped section %j: component %j, section %j is taken: %j', (skipped, component, section, taken) => {
    const isTaken = createFilter({ ...noFilters, skip: { packages: [], sections: ['debug', skipped] } });
    expect(isTaken({ name: 'eta', component, section })).toBe(taken);
  });

  test.each([
    ['*-dbgsym', ['gamma-dbgsym', '-dbgsym'], ['gamma-dbgsym2', 'gamma']],
    ['linux-*', ['linux-image-amd64', 'linux-'], ['linux', 'kernel-linux-x']],
    ['alpha', ['alpha'], ['alpha2', 'ralpha', 'Alpha']],
    ['lib?ps', ['libeps', 'lib.ps'], ['libps', 'libeeps']],
    ['libc[0-9]', ['libc6'], ['libc', 'libcx', 'libc66']],
    ['libc[!0-9]', ['libcx'], ['libc6']],
    ['libc[^0-9]', ['libcx'], ['libc6']],
    ['x[]y]', ['x]', 'xy'], ['x']],
    ['x[!]y]', ['xz'], ['x]', 'xy']],
    ['x[a-]', ['xa', 'x-'], ['xb']],
    ['g++{,-*}', ['g++', 'g++-14'], ['g', 'ggg', 'g++14']],
    ['a{b,c{d,e}}f', ['abf', 'acdf', 'acef'], ['af', 'acf']],
    ['a\\*', ['a*'], ['ab']],
    ['a.c', ['a.c'], ['abc']],
    ['a|b', ['a|b'], ['a', 'b']],
    ['a}', ['a}'], ['a']],
    ['a,b', ['a,b'], ['a', 'b']],
    ['**', ['anything', ''], []],
    ['', [''], ['a']],
  ])('glob %j', (glob, matching, others) => {
    const skips = createFilter({ ...noFilters, skip: { packages: ['unused', glob], sections: [] } });
    const includes = createFilter({ ...noFilters, include: { packages: ['unused', glob] } });
    for (const name of [...matching, ...others]) {
      const candidate = { name, component: 'main', section: 'net' };
      expect([name, skips(candidate)]).toEqual([name, !matching.includes(name)]);
      expect([name, includes(candidate)]).toEqual([name, matching.includes(name)]);
    }
  });

  test('skip wins over include', () => {
    const isTaken = createFilter({
      ...noFilters,
      skip: { packages: ['alpha-doc'], sections: ['debug'] },
      include: { packages: ['alpha*'] },
    });
    const taken = [
      ['alpha', 'net'],
      ['alpha-doc', 'net'],
      ['alpha-dbg', 'debug'],
      ['beta', 'net'],
    ].filter(([name = '', section = '']) => isTaken({ name, component: 'main', section }));
    expect(taken).toEqual([['alpha', 'net']]);
  });

  test.each([
    ['a[b', '"["'],
    ['a[', '"["'],
    ['a[]', '"["'],
    ['a[!]', '"["'],
    ['a{b', '"{"'],
    ['a{b{c}', '"{"'],
  ])('refuses the glob %j', (glob, bracket) => {
    const compile = (): unknown => createFilter({ ...noFilters, include: { packages: [glob] } });
    expect(compile).toThrow(
      `The package glob ${JSON.stringify(glob)} has a ${bracket} that is never closed.`,
    );
    expect(compile).toThrow(expect.objectContaining({ code: 'config.glob', exitCode: 3 }));
  });

  test('refuses a range that runs backwards', () => {
    const compile = (): unknown => createFilter({ ...noFilters, include: { packages: ['a[z-a]'] } });
    expect(compile).toThrow(expect.objectContaining({ code: 'config.glob' }));
  });
});

describe('keepLatest', () => {
  test('keeps the highest version of each name and architecture, in order', () => {
    const entries = [
      entry('pve-manager', '9.0.10', 'amd64'),
      entry('pve-manager', '9.0.9', 'amd64'),
      entry('pve-manager', '9.0.10~1', 'amd64'),
      entry('pve-manager', '8.4.1', 'arm64'),
      entry('pve-docs', '9.0.8', 'all'),
      entry('zeta', '1.0-01', 'amd64'),
      entry('zeta', '1.0-1', 'amd64'),
      entry('pve-docs', '1:8.0', 'all'),
      entry('zeta', '0.9', 'amd64'),
    ];
    expect(
      keepLatest(entries).map(({ name, version, architecture }) => `${name} ${version} ${architecture}`),
    ).toEqual([
      'pve-manager 9.0.10 amd64',
      'pve-manager 8.4.1 arm64',
      'zeta 1.0-01 amd64',
      'zeta 1.0-1 amd64',
      'pve-docs 1:8.0 all',
    ]);
  });

  test('keeps every file of the highest source', () => {
    const files = ['1.dsc', '1.tar.xz'].map((file) => ({ ...entry('eta', '1', 'source'), filename: file }));
    const newer = ['2.dsc', '2.tar.xz'].map((file) => ({ ...entry('eta', '2', 'source'), filename: file }));
    expect(keepLatest([...files, ...newer])).toEqual(newer);
  });
});

function entry(name: string, version: string, architecture: string): PackageEntry {
  const filename = `pool/${name}_${version}_${architecture}.deb`;
  return {
    mirror: 'pve',
    component: 'main',
    name,
    version,
    architecture,
    source: name,
    filename,
    sizeBytes: 1,
    sha256: 'a'.repeat(64),
  };
}
