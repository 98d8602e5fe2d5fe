import { expect, test } from 'vitest';
import { noFilters, type Mirror } from '../../src/config/domain/mirror.ts';
import { pomReferences } from '../../src/pom/domain/pom-references.ts';
import { parseRelease } from '../../src/upstream/domain/release-file.ts';

const mirror: Mirror = {
  id: 'test',
  types: ['deb'],
  uri: 'http://host',
  suite: 'trixie',
  components: ['main'],
  architectures: ['amd64'],
  keyring: '/keys',
  checkValidUntil: true,
  filters: noFilters,
};
const paths = [
  'main/binary-amd64/Packages',
  'main/binary-amd64/Packages.gz',
  'main/binary-amd64/Packages.xz',
  'main/binary-amd64/Packages.diff/Index',
  'main/binary-amd64/Release',
  'main/binary-all/Packages.xz',
  'main/binary-arm64/Packages.xz',
  'main/Contents-amd64.gz',
  'main/Contents-arm64.gz',
  'main/cnf/Commands-amd64.xz',
  'main/dep11/icons-48x48.tar.gz',
  'main/i18n/Translation-de.xz',
  'main/source/Sources.xz',
  'main/debian-installer/binary-amd64/Packages.gz',
  'contrib/binary-amd64/Packages.gz',
];
const release = parseRelease(
  [
    'Date: Sat, 21 Nov 2026 00:53:03 UTC',
    'SHA256:',
    ...paths.map((path) => ` ${'a'.repeat(64)} 1 ${path}`),
  ].join('\n'),
  'test',
);

// As POM asks for them in transcripts 109 and 388.
test('are what POM fetches of packages', () => {
  expect(pomReferences(mirror, release).map(({ path }) => path)).toEqual([
    'main/Contents-amd64.gz',
    'main/binary-all/Packages.xz',
    'main/binary-amd64/Packages.gz',
    'main/binary-amd64/Packages.xz',
    'main/binary-amd64/Release',
    'main/cnf/Commands-amd64.xz',
    'main/dep11/icons-48x48.tar.gz',
    'main/i18n/Translation-de.xz',
  ]);
});

test('are what POM fetches of sources', () => {
  expect(pomReferences({ ...mirror, types: ['deb-src'] }, release).map(({ path }) => path)).toEqual([
    'main/dep11/icons-48x48.tar.gz',
    'main/i18n/Translation-de.xz',
    'main/source/Sources.xz',
  ]);
});
