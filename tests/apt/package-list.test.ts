import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import { isPackageEntry, packageEntrySchema, type PackageEntry } from '../../src/apt/domain/package-entry.ts';
import {
  comparePackages,
  createPackageLineParser,
  formatPackageLine,
  sortPackages,
} from '../../src/apt/domain/package-list.ts';

const base: PackageEntry = {
  mirror: 'trixie',
  component: 'main',
  name: 'alpha',
  version: '1.0-1',
  architecture: 'amd64',
  source: 'alpha',
  filename: 'pool/main/a/alpha/alpha_1.0-1_amd64.deb',
  sizeBytes: 30_912,
  sha256: 'a'.repeat(64),
};

describe('comparePackages', () => {
  // Each entry comes before the next; what decides is what differs first in the order of the list's fields.
  const ascending: PackageEntry[] = [
    { ...base, mirror: 'Trixie' },
    { ...base, component: 'contrib', name: 'zeta' },
    { ...base, name: 'Alpha' },
    { ...base, version: '1.0-1~' },
    { ...base, version: '1.0-01', architecture: 'zzz' },
    { ...base, architecture: 'all' },
    { ...base, source: 'aaa' },
    { ...base, filename: 'pool/a.deb' },
    { ...base, sizeBytes: 9 },
    base,
    { ...base, sha256: 'b'.repeat(64) },
    { ...base, version: '1.0-2' },
    { ...base, version: '1.0-10' },
    { ...base, version: '1:0' },
    { ...base, name: 'alpha-doc' },
    { ...base, component: 'non-free', name: 'a' },
    { ...base, mirror: 'trixie-security', component: 'a' },
  ];

  test('is a strict order', () => {
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries())
        expect(Math.sign(comparePackages(a, b))).toBe(Math.sign(i - j));
    }
  });

  test('sorts any order into the same list', () => {
    const different = ascending.map((entry, index) => ({ ...entry, filename: `${entry.filename}${index}` }));
    const sorted = sortPackages(different);
    expect(sortPackages(different.toReversed())).toEqual(sorted);
    expect(sortPackages([...different.slice(9), ...different.slice(0, 12).toReversed()])).toEqual(sorted);
    expect(sorted).toHaveLength(ascending.length);
  });
});

describe('sortPackages', () => {
  test('lists what two indices repeat once', () => {
    expect(sortPackages([base, { ...base, name: 'beta' }, { ...base }])).toEqual([
      base,
      { ...base, name: 'beta' },
    ]);
  });

  test('leaves its argument as it was', () => {
    const entries = [{ ...base, name: 'beta' }, base];
    sortPackages(entries);
    expect(entries.map(({ name }) => name)).toEqual(['beta', 'alpha']);
  });
});

describe('formatPackageLine', () => {
  test.each([
    ['a binary package', base],
    [
      'a version with an epoch and a large file',
      { ...base, version: '2:1.0~rc1+b1', sizeBytes: 3_180_000_000 },
    ],
    ['quotes and other alphabets', { ...base, component: 'ma"in\\', filename: 'pool/ü/\u2028.deb' }],
    ['members in another order', Object.fromEntries(Object.entries(base).toReversed()) as PackageEntry],
  ])('is canonical JSON: %s', (_, entry) => {
    expect(formatPackageLine(entry)).toBe(canonicalJson(entry));
  });
});

describe('isPackageEntry', () => {
  const odd = fc.constantFrom(
    '',
    '..',
    '/',
    ':',
    'A',
    '~',
    ' ',
    '"',
    '\\',
    '\n',
    'é',
    '\ud800',
    '-',
    '1:',
    'a (1)',
  );
  const text = fc
    .array(fc.oneof(odd, fc.constantFrom('a', '0', '.', 'x'.repeat(31))))
    .map((parts) => parts.join(''));

  test('takes what the schema takes, and the parser with it', () => {
    const taken = new Set<boolean>();
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(base) as (keyof PackageEntry)[])),
        fc.oneof(text, fc.integer(), fc.double(), fc.constantFrom('f'.repeat(64), 2 ** 53, null)),
        (key, value) => {
          if (key !== 'sizeBytes' && typeof value !== 'string') return;
          if (key === 'sizeBytes' && typeof value !== 'number') return;
          const entry = { ...base, [key]: value };
          const isTaken = packageEntrySchema.safeParse(entry).success;
          taken.add(isTaken);
          expect(isPackageEntry(entry)).toBe(isTaken);
          const parse = (): unknown => createPackageLineParser('list')(formatPackageLine(entry).trimEnd());
          if (isTaken) expect(parse()).toEqual(entry);
          else expect(parse).toThrow();
        },
      ),
      { seed: 15, numRuns: 2000 },
    );
    expect(taken.size).toBe(2);
  });
});

describe('createPackageLineParser, one line', () => {
  const line = formatPackageLine(base).trimEnd();

  test('gives back what was written', () => {
    expect(createPackageLineParser('packages.jsonl')(line)).toEqual(base);
  });

  test.each([
    ['nothing', '', 'expected a JSON object, found ""'],
    ['half a line', line.slice(0, 100), 'expected a JSON object'],
    ['an array', '[]', 'not a package entry'],
    ['an unknown member', line.replace('{', '{"a":1,'), 'not a package entry'],
    ['a missing member', line.replace(/"sizeBytes":\d+,/, ''), 'not a package entry: sizeBytes'],
    ['a size as text', line.replace(/:(\d+),/, ':"$1",'), 'not a package entry: sizeBytes'],
    ['a negative size', line.replace(/:(\d+),/, ':-$1,'), 'not a package entry: sizeBytes'],
    [
      'a path with ..',
      line.replace('pool/main', '../main'),
      'filename: expected a relative path without ".."',
    ],
    [
      'a name with a line break',
      line.replace('"alpha"', '"al\\npha"'),
      'name: expected the name of a Debian package',
    ],
    ['an empty version', line.replace('1.0-1"', '"'), 'version: expected the version'],
    [
      'an architecture that is none',
      line.replace('"amd64"', '"*"'),
      'architecture: expected a Debian architecture',
    ],
    [
      'a source that is none',
      line.replace('"source":"alpha"', '"source":"a b"'),
      'source: expected the name of a source',
    ],
    ['an upper-case digest', line.replace('aaaa', 'AAAA'), 'sha256: expected 64 lower-case hex digits'],
    ['a blank', line.replace(',', ', '), 'expected canonical JSON'],
    ['members in another order', JSON.stringify(base), 'expected canonical JSON'],
    ['a member twice', line.replace('{', '{"architecture":"all",'), 'expected canonical JSON'],
  ])('refuses %s', (_, text, message) => {
    const parse = (): unknown => createPackageLineParser('packages.jsonl')(text);
    expect(text).not.toBe(line);
    expect(parse).toThrow(message);
    expect(parse).toThrow('packages.jsonl, line 1: ');
    expect(parse).toThrow(expect.objectContaining({ code: 'integrity.packages' }));
  });
});

describe('createPackageLineParser, a list', () => {
  test('reads a list in its order', () => {
    const entries = [base, { ...base, name: 'beta' }, { ...base, mirror: 'trixie-security' }];
    const parse = createPackageLineParser('packages.jsonl');
    expect(entries.map((entry) => parse(formatPackageLine(entry).trimEnd()))).toEqual(entries);
  });

  test.each([
    ['the same line again', base],
    ['an earlier line', { ...base, version: '0.9' }],
  ])('refuses %s', (_, second) => {
    const parse = createPackageLineParser('packages.jsonl');
    parse(formatPackageLine(base).trimEnd());
    expect(() => parse(formatPackageLine(second).trimEnd())).toThrow(
      expect.objectContaining({
        code: 'integrity.packages',
        message: expect.stringContaining(
          'packages.jsonl, line 2: expected a line that comes after',
        ) as string,
      }),
    );
  });
});
