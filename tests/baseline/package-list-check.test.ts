import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../src/baseline/domain/baseline.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import type { PackageEntry } from '../../src/apt/domain/package-entry.ts';
import { formatPackageLine } from '../../src/apt/domain/package-list.ts';
import { createPackageListCheck } from '../../src/baseline/domain/package-list-check.ts';

function entryOf(mirror: string, name: string): PackageEntry {
  const filename = `pool/${name}.deb`;
  return {
    mirror,
    component: 'mäin',
    name,
    version: '1',
    architecture: 'all',
    source: name,
    filename,
    sizeBytes: 1,
    sha256: sha256Hex(name),
  };
}

const entries = [entryOf('one', 'aaa'), entryOf('one', 'bbb'), entryOf('two', 'ccc')];
const text = entries.map(formatPackageLine).join('');
const baseline = baselineOf({
  none: '',
  one: text.split('\n').slice(0, 2).join('\n') + '\n',
  two: formatPackageLine(entries[2] as PackageEntry),
});

function baselineOf(parts: Record<string, string>): Baseline {
  const mirrors = Object.entries(parts).map(([id, part]) => ({
    id,
    packages: {
      count: part.split('\n').length - 1,
      sizeBytes: Buffer.byteLength(part),
      sha256: sha256Hex(part),
    },
  }));
  return { content: { mirrors } } as unknown as Baseline;
}

function check(list: string, pieceBytes: number): PackageEntry[] {
  const bytes = Buffer.from(list);
  const checked = createPackageListCheck(baseline, 'list');
  const found: PackageEntry[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    found.push(...checked.add(bytes.subarray(at, at + pieceBytes)));
  checked.finish();
  return found;
}

describe('the check of a package list', () => {
  it.each([1, 7, 64, 100_000])('gives every entry, from pieces of %i bytes', (pieceBytes) => {
    expect(check(text, pieceBytes)).toEqual(entries);
  });

  it.each([
    ['a line less', text.slice(text.indexOf('\n') + 1), 'for mirror one'],
    ['a line twice', text + formatPackageLine(entries[2] as PackageEntry), 'comes after'],
    ['lines in another order', entries.toReversed().map(formatPackageLine).join(''), 'comes after'],
    ['another package', text.replaceAll('"bbb"', '"bbbb"'), 'for mirror one'],
    ['a mirror that the baseline lacks', text.replaceAll('"two"', '"who"'), 'mirror who'],
    ['no line break at its end', text.trimEnd(), 'no end'],
    ['a line without end', 'x'.repeat(2_000_000), 'longer'],
    ['a line that is not canonical', text.replace('{', '{ '), 'canonical'],
  ])('refuses a list with %s', (_what, list, says) => {
    expect(() => check(list, 1 << 20)).toThrow(
      expect.objectContaining({
        code: 'integrity.packages',
        message: expect.stringContaining(says) as unknown,
      }),
    );
  });
});
