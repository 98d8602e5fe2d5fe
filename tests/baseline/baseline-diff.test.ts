import { describe, expect, test } from 'vitest';
import {
  createHighestVersions,
  diffCandidates,
  type HighestVersions,
} from '../../src/baseline/domain/baseline-diff.ts';

type Row = [mirror: string, name: string, version: string, architecture?: string];

describe('diffCandidates', () => {
  test.each<[string, Row[], Row[], string[]]>([
    ['nothing', [], [], []],
    ['no change', [['pve', 'a', '1']], [['pve', 'a', '1']], ['pve:']],
    [
      'added',
      [['pve', 'a', '1']],
      [
        ['pve', 'a', '1'],
        ['pve', 'b', '2'],
      ],
      ['pve: added b:amd64 null 2'],
    ],
    [
      'removed',
      [
        ['pve', 'a', '1'],
        ['pve', 'b', '2'],
      ],
      [['pve', 'a', '1']],
      ['pve: removed b:amd64 2 null'],
    ],
    ['upgraded', [['pve', 'a', '1.9']], [['pve', 'a', '1.10']], ['pve: upgraded a:amd64 1.9 1.10']],
    ['downgraded', [['pve', 'a', '1:1']], [['pve', 'a', '2']], ['pve: downgraded a:amd64 1:1 2']],
    ['written in another way', [['pve', 'a', '1.0-1']], [['pve', 'a', '1.0-01']], ['pve:']],
    [
      'the highest of several versions counts',
      [
        ['pve', 'a', '1'],
        ['pve', 'a', '3'],
        ['pve', 'a', '2'],
      ],
      [
        ['pve', 'a', '4'],
        ['pve', 'a', '1'],
      ],
      ['pve: upgraded a:amd64 3 4'],
    ],
    [
      'an old version that is gone is no change',
      [
        ['pve', 'a', '1'],
        ['pve', 'a', '2'],
      ],
      [['pve', 'a', '2']],
      ['pve:'],
    ],
    [
      'each architecture for itself',
      [
        ['pve', 'a', '1', 'amd64'],
        ['pve', 'a', '1', 'arm64'],
      ],
      [
        ['pve', 'a', '2', 'arm64'],
        ['pve', 'a', '1', 'all'],
      ],
      ['pve: added a:all null 1, removed a:amd64 1 null, upgraded a:arm64 1 2'],
    ],
    [
      'mirrors that only one side has',
      [
        ['pve', 'a', '1'],
        ['old', 'b', '1'],
      ],
      [
        ['new', 'c', '1'],
        ['pve', 'a', '1'],
      ],
      ['new: added c:amd64 null 1', 'old: removed b:amd64 1 null', 'pve:'],
    ],
    ['sources do not count', [['pve', 'a', '1', 'source']], [['pve', 'a', '2', 'source']], ['pve:']],
    [
      'names in order',
      [],
      [
        ['pve', 'b', '1'],
        ['pve', 'B', '1'],
        ['pve', 'a', '1'],
      ],
      ['pve: added B:amd64 null 1, added a:amd64 null 1, added b:amd64 null 1'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(write(highest(before), highest(after))).toEqual(expected);
    expect(write(highest(before.toReversed()), highest(after.toReversed()))).toEqual(expected);
  });
});

function write(before: HighestVersions, after: HighestVersions): string[] {
  return diffCandidates(before, after).map(({ mirror, changes }) => {
    const texts = changes.map(
      (change) => `${change.change} ${change.name}:${change.architecture} ${change.from} ${change.to}`,
    );
    return `${mirror}: ${texts.join(', ')}`.trimEnd();
  });
}

function highest(rows: Row[]): HighestVersions {
  const versions = createHighestVersions();
  for (const [mirror, name, version, architecture = 'amd64'] of rows) {
    const filename = `pool/${name}_${version}_${architecture}.deb`;
    const sha256 = 'a'.repeat(64);
    versions.add({
      mirror,
      component: 'main',
      name,
      version,
      architecture,
      source: name,
      filename,
      sizeBytes: 1,
      sha256,
    });
  }
  return versions;
}
