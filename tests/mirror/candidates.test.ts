import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dir } from 'tmp-promise';
import { describe, expect, test } from 'vitest';
import type { MirrorContent } from '../../src/mirror/domain/mirror-content.ts';
import { createCandidates, type Candidate } from '../../src/mirror/domain/candidates.ts';
import { noFilters } from '../../src/config/domain/mirror.ts';
import type { PackageEntry } from '../../src/apt/domain/package-entry.ts';
import type { Target } from '../../src/apt/domain/target.ts';

type Row = [mirror: string, name: string, version: string, architecture: string];

const target: Target = {
  name: 'pve9',
  mirrors: ['backports', 'security', 'trixie'],
  products: ['pve'],
  codename: 'trixie',
  architectures: ['amd64', 'i386'],
  notAutomatic: [],
};
const mirrors = ['backports', 'bookworm', 'security', 'trixie'].map((id) => mirror(id, id === 'backports'));

const rows: Row[] = [
  ['trixie', 'plain', '1.0', 'amd64'],
  ['trixie', 'newer-in-security', '1.0-1', 'amd64'],
  ['security', 'newer-in-security', '1.0-10', 'amd64'],
  ['security', 'newer-in-trixie', '1.0~rc1', 'amd64'],
  ['trixie', 'newer-in-trixie', '1.0', 'amd64'],
  ['trixie', 'several', '1:0.1', 'amd64'],
  ['trixie', 'several', '2.0', 'amd64'],
  ['trixie', 'same-in-both', '1.0', 'amd64'],
  ['security', 'same-in-both', '1.0', 'amd64'],
  ['trixie', 'for-all', '3.0', 'all'],
  ['trixie', 'became-all', '1.0', 'amd64'],
  ['security', 'became-all', '2.0', 'all'],
  ['trixie', 'became-native', '1.0', 'all'],
  ['security', 'became-native', '2.0', 'amd64'],
  ['trixie', 'two-architectures', '2.0', 'amd64'],
  ['trixie', 'two-architectures', '1.0', 'i386'],
  ['trixie', 'all-and-foreign', '9.0', 'all'],
  ['trixie', 'all-and-foreign', '1.0', 'i386'],
  ['trixie', 'foreign', '1.0', 'i386'],
];
const others: Row[] = [
  ['bookworm', 'plain', '9.0', 'amd64'],
  ['bookworm', 'only-bookworm', '9.0', 'amd64'],
  ['backports', 'plain', '9.0', 'amd64'],
  ['trixie', 'plain', '9.0', 'arm64'],
  ['trixie', 'plain', '9.0', 'source'],
];

describe('createCandidates', () => {
  test('takes the highest version of what the target sees', () => {
    const list = candidates([...rows, ...others]).list('amd64');
    expect(
      list.map(
        ({ name, architecture, version, mirror: from }) => `${name}:${architecture} ${version} ${from}`,
      ),
    ).toEqual([
      'all-and-foreign:amd64 9.0 trixie',
      'all-and-foreign:i386 1.0 trixie',
      'became-all:amd64 2.0 security',
      'became-native:amd64 2.0 security',
      'for-all:amd64 3.0 trixie',
      'foreign:i386 1.0 trixie',
      'newer-in-security:amd64 1.0-10 security',
      'newer-in-trixie:amd64 1.0 trixie',
      'plain:amd64 1.0 trixie',
      'same-in-both:amd64 1.0 security',
      'several:amd64 1:0.1 trixie',
      'two-architectures:amd64 2.0 trixie',
      'two-architectures:i386 1.0 trixie',
    ]);
  });

  test('does not depend on the order of the entries', () => {
    const all: Row[] = [
      ...rows,
      ...others,
      ['security', 'plain', '1.0-00', 'amd64'],
      ['security', 'plain', '1.0-0', 'amd64'],
    ];
    expect(candidates(all.toReversed()).list('amd64')).toEqual(candidates(all).list('amd64'));
  });

  test('counts a NotAutomatic mirror where the target asks for it', () => {
    const list = candidates([...rows, ...others], { ...target, notAutomatic: ['backports'] }).list('amd64');
    expect(list.find(({ name }) => name === 'plain')).toMatchObject({ version: '9.0', mirror: 'backports' });
  });

  test('gives packages of architecture all to the native architecture', () => {
    const list = candidates(rows).list('i386');
    expect(list.filter(({ name }) => name === 'all-and-foreign')).toMatchObject([
      { architecture: 'i386', version: '9.0' },
    ]);
    expect(list.filter(({ name }) => name === 'two-architectures')).toMatchObject([
      { architecture: 'i386', version: '1.0' },
      { architecture: 'amd64', version: '2.0' },
    ]);
  });

  test('refuses a native architecture that the target does not have', () => {
    expect(() => candidates(rows).list('arm64')).toThrow(
      expect.objectContaining({ code: 'bug.architecture' }),
    );
  });

  test.each(['amd64', 'i386'])('agrees with apt on a host of %s', async (native) => {
    const directory = await dir({ unsafeCleanup: true });
    try {
      const found = askApt(directory.path, native);
      const expected = candidates(rows)
        .list(native)
        .map((candidate) => [nameInApt(candidate, native), candidate.version]);
      expect(found).toEqual(new Map(expected as [string, string][]));
    } finally {
      await directory.cleanup();
    }
  });
});

function candidates(from: Row[], of: Target = target): ReturnType<typeof createCandidates> {
  const result = createCandidates(of, mirrors);
  for (const row of from) result.add(entry(row));
  return result;
}

function nameInApt({ name, architecture }: Candidate, native: string): string {
  return architecture === native ? name : `${name}:${architecture}`;
}

/** Candidates of the real apt, which sees a repository with two suites that list `rows`. */
function askApt(root: string, native: string): Map<string, string> {
  for (const path of ['etc/apt.conf.d', 'state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, 'status'), '');
  const sources = ['trixie', 'security'].flatMap((suite) => {
    const directory = join(root, 'repository', suite);
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      join(directory, 'Packages'),
      rows
        .filter(([id]) => id === suite)
        .map(writeStanza)
        .join(''),
    );
    return [`deb [trusted=yes] file:${directory} ./`];
  });
  writeFileSync(join(root, 'etc/sources.list'), `${sources.join('\n')}\n`);
  const other = native === 'amd64' ? 'i386' : 'amd64';
  writeFileSync(
    join(root, 'apt.conf'),
    [
      `Dir "${root}";`,
      `Dir::Etc "${root}/etc";`,
      `Dir::State "${root}/state";`,
      `Dir::State::status "${root}/status";`,
      `Dir::Cache "${root}/cache";`,
      `APT::Architecture "${native}";`,
      `APT::Architectures { "${native}"; "${other}"; };`,
      'APT::Sandbox::User "root";',
    ].join('\n'),
  );
  const env = { ...process.env, APT_CONFIG: join(root, 'apt.conf'), LC_ALL: 'C' };
  execFileSync('apt-get', ['update', '-q'], { env, stdio: 'pipe' });
  const names = execFileSync('apt-cache', ['pkgnames'], { env, encoding: 'utf8' }).trim().split('\n');
  const asked = names.flatMap((name) => [name, `${name}:${other}`]);
  const policy = execFileSync('apt-cache', ['policy', ...asked], { env, encoding: 'utf8', stdio: 'pipe' });
  return new Map(
    [...policy.matchAll(/^(\S+):\n {2}Installed: .*\n {2}Candidate: (?!\(none\))(.*)$/gm)].map((match) => [
      match[1] as string,
      match[2] as string,
    ]),
  );
}

function writeStanza([, name, version, architecture]: Row): string {
  const fields = {
    Package: name,
    Version: version,
    Architecture: architecture,
    Maintainer: 'x',
    Filename: `./${name}.deb`,
  };
  const lines = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`);
  return `${lines.join('')}Size: 1\nSHA256: ${'a'.repeat(64)}\nDescription: ${name} ${version}\n\n`;
}

function entry([from, name, version, architecture]: Row): PackageEntry {
  const filename = `pool/${name}_${version}_${architecture}.deb`;
  const sha256 = 'a'.repeat(64);
  return {
    mirror: from,
    component: 'main',
    name,
    version,
    architecture,
    source: name,
    filename,
    sizeBytes: 1,
    sha256,
  };
}

function mirror(id: string, notAutomatic: boolean): MirrorContent {
  return {
    id,
    types: ['deb'],
    suite: id,
    components: ['main'],
    architectures: ['amd64'],
    filters: noFilters,
    release: {
      sha256: 'a'.repeat(64),
      origin: 'Debian',
      label: 'Debian',
      codename: id,
      date: '2026-11-22T00:00:00Z',
      notAutomatic,
      butAutomaticUpgrades: notAutomatic,
    },
    indices: [],
    packages: { count: 0, omitted: 0, sizeBytes: 0, sha256: 'a'.repeat(64) },
  };
}
