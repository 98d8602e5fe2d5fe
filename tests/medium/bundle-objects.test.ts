import { describe, expect, it } from 'vitest';
import {
  addPackage,
  baselineObjects,
  countContents,
  sortedObjects,
  travellingFiles,
} from '../../src/medium/domain/bundle-objects.ts';
import type { Target } from '../../src/apt/domain/target.ts';
import { createShares } from '../../src/closure/domain/shares.ts';
import type { Baseline } from '../../src/baseline/domain/baseline.ts';
import type { SnapshotRecord } from '../../src/mirror/domain/mirror-content.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';

function recordOf(paths: readonly string[]): SnapshotRecord {
  return {
    mirror: 'base',
    snapshot: '2026-11-01T00:00:00Z',
    uri: 'http://localhost',
    signers: ['A'.repeat(40)],
    keyring: { sizeBytes: 3, sha256: sha256Hex('keyring') },
    files: paths.map((path) => ({ path, sizeBytes: path.length, sha256: sha256Hex(path) })),
  };
}

function entryOf(filename: string, sizeBytes: number, sha256 = sha256Hex(filename)) {
  return {
    mirror: 'base',
    component: 'main',
    name: 'a',
    version: '1',
    architecture: 'all',
    source: 'a',
    filename,
    sizeBytes,
    sha256,
  };
}

describe('travellingFiles', () => {
  it.each([
    [
      ['Release', 'Release.gpg', 'InRelease'],
      ['Release', 'Release.gpg', 'InRelease'],
    ],
    [['Packages', 'Packages.gz', 'Packages.xz'], ['Packages.xz']],
    [['Packages', 'Packages.gz'], ['Packages.gz']],
    [['Packages.xz', 'Packages.gz', 'Packages'], ['Packages.xz']],
    [['Packages'], ['Packages']],
    [['Packages.bz2', 'Packages'], ['Packages.bz2']],
    [
      ['a/Packages', 'a/Packages.gz', 'b/Packages', 'i18n/Translation-en.xz', 'i18n/Translation-en'],
      ['a/Packages.gz', 'b/Packages', 'i18n/Translation-en.xz'],
    ],
  ])('takes of %j %j', (paths, taken) => {
    expect(travellingFiles(recordOf(paths)).map(({ path }) => path)).toEqual(taken);
  });
});

const target: Target = {
  name: 'debian',
  mirrors: ['base'],
  products: ['debian'],
  codename: 'bookworm',
  architectures: ['amd64'],
  notAutomatic: [],
};
const shares = createShares([target], undefined);
const viewers = ['debian'];

describe('the objects of a baseline', () => {
  const objectsOf = (paths: readonly string[]) =>
    baselineObjects({ snapshots: [recordOf(paths)] } as unknown as Baseline, shares);

  it('are keyrings, files under dists and packages, each content once, by digest', () => {
    const objects = objectsOf(['dists/x/InRelease', 'dists/x/Packages', 'dists/x/Packages.xz']);
    addPackage(objects, entryOf('pool/a.deb', 5), shares);
    addPackage(objects, entryOf('pool/same.deb', 5, sha256Hex('pool/a.deb')), shares);
    expect(Object.fromEntries(objects)).toEqual({
      [sha256Hex('keyring')]: { from: 'keyring', mirror: 'base', sizeBytes: 3, viewers },
      [sha256Hex('dists/x/InRelease')]: {
        from: 'snapshot',
        mirror: 'base',
        path: 'dists/x/InRelease',
        sizeBytes: 17,
        viewers,
      },
      [sha256Hex('dists/x/Packages.xz')]: {
        from: 'snapshot',
        mirror: 'base',
        path: 'dists/x/Packages.xz',
        sizeBytes: 19,
        viewers,
      },
      [sha256Hex('pool/a.deb')]: {
        from: 'package',
        mirror: 'base',
        path: 'pool/a.deb',
        sizeBytes: 5,
        viewers,
      },
    });
    expect(countContents(objects)).toEqual({
      packages: { files: 1, sizeBytes: 5 },
      indices: { files: 3, sizeBytes: 3 + 17 + 19 },
    });
    const digests = sortedObjects(objects).map(([sha256]) => sha256);
    expect(digests).toEqual(digests.toSorted());
  });

  it('must not have two sizes for one digest', () => {
    const objects = objectsOf([]);
    addPackage(objects, entryOf('pool/a.deb', 5), shares);
    expect(() => addPackage(objects, entryOf('pool/b.deb', 6, sha256Hex('pool/a.deb')), shares)).toThrow(
      expect.objectContaining({ code: 'integrity.size' }),
    );
  });
});
