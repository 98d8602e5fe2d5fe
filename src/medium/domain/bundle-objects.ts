/**
 * Decides which files of a baseline travel in a bundle, as objects named by their SHA-256. No other module does: `pack`
 * writes them, `verify` requires them, `apply` places them.
 */
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { SnapshotRecord } from '../../mirror/domain/mirror-content.ts';
import type { BundleBase } from './bundle.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { sha256Hex, type FileFact, type ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Extra } from '../../config/domain/extras.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { unionOfViewers, type Shares, type Viewers } from '../../closure/domain/shares.ts';

/**
 * Where the online side has the bytes of an object: below a snapshot, as a baseline's keyring, or at a path in the
 * config.
 */
export type ObjectSource =
  | { from: 'snapshot'; mirror: string; path: string }
  | { from: 'package'; mirror: string; path: string }
  | { from: 'keyring'; mirror: string }
  | { from: 'extra'; name: string }
  | { from: 'lock-proof' };

export type BundleObject = ObjectSource & {
  sizeBytes: number;
  /** Targets whose hosts see it. */
  viewers: Viewers;
};

/** Objects by SHA-256. */
export type BundleObjects = Map<string, BundleObject>;

const compressed = /\.(xz|gz|bz2|lzma|zst|lz4)$/;
/** Order of preference among the forms of an index: the first one that exists travels. */
const preference = ['xz', 'gz', 'zst', 'bz2', 'lzma', 'lz4', ''];

/**
 * Returns the signed Release and the indices of one snapshot that a bundle takes and a stored baseline has: every file,
 * but only one form of an index that exists in several. They are in the order of `record.files`.
 */
export function travellingFiles(record: SnapshotRecord): FileFact[] {
  const chosen = new Map<string, FileFact>();
  for (const file of record.files) {
    const name = file.path.replace(compressed, '');
    const other = chosen.get(name);
    if (other === undefined || rank(file) < rank(other)) chosen.set(name, file);
  }
  const kept = new Set(chosen.values());
  return record.files.filter((file) => kept.has(file));
}

/** Returns whether an index that is not empty travels uncompressed because upstream offers no other form. */
export function hasPlainIndices({ snapshots }: Pick<Baseline, 'snapshots'>): boolean {
  return snapshots.some((record) =>
    travellingFiles(record).some(
      ({ path, sizeBytes }) =>
        sizeBytes > 0 && !compressed.test(path) && !/(?:^|\/)(?:InRelease|Release|Release\.gpg)$/.test(path),
    ),
  );
}

/** Returns the objects of a baseline without its packages, which `addPackage` adds: indices and keyrings. */
export function baselineObjects(baseline: Baseline, shares: Shares): BundleObjects {
  const objects: BundleObjects = new Map();
  for (const record of baseline.snapshots) {
    const { mirror } = record;
    const by = { viewers: shares.ofMirror(mirror), shares };
    addObject(objects, { ...record.keyring, ...by }, { from: 'keyring', mirror });
    for (const file of travellingFiles(record)) {
      addObject(objects, { ...file, ...by }, { from: 'snapshot', mirror, path: file.path });
    }
  }
  return objects;
}

/** Adds one line of the package list, unless the package does not travel. */
export function addPackage(objects: BundleObjects, entry: PackageEntry, shares: Shares): void {
  if (!shares.travels(entry)) return;
  const { mirror, filename: path, sizeBytes, sha256 } = entry;
  const viewers = shares.ofPackage(entry);
  addObject(objects, { sizeBytes, sha256, viewers, shares }, { from: 'package', mirror, path });
}

/** Adds files that are not part of the baseline. */
export function addExtras(objects: BundleObjects, extras: readonly Extra[], shares: Shares): void {
  for (const { name, sizeBytes, sha256 } of extras)
    addObject(objects, { sizeBytes, sha256, viewers: everybody(shares), shares }, { from: 'extra', name });
}

/** Adds the lock proof of a closure; it is not part of the baseline itself. */
export function addLockProof(objects: BundleObjects, proof: ObjectFact | undefined, shares: Shares): void {
  if (proof === undefined) return;
  const { sizeBytes, sha256 } = proof;
  addObject(objects, { sizeBytes, sha256, viewers: everybody(shares), shares }, { from: 'lock-proof' });
}

function everybody({ targets }: Shares): Viewers {
  return targets.map(({ name }) => name);
}

/** Returns whether a store that holds these targets holds the object; null stands for a store that holds all. */
export function isHeldFor(held: readonly string[] | null, viewers: Viewers): boolean {
  return held === null || viewers.some((name) => held.includes(name));
}

/** Contents of a bundle by kind, each file counted once. */
export interface BundleContents {
  packages: FileCount;
  /** Release files, indices, keyrings and the lock proof. */
  indices: FileCount;
}

interface FileCount {
  files: number;
  sizeBytes: number;
}

/** Extras are counted separately. */
export function countContents(objects: BundleObjects): BundleContents {
  const contents = { packages: { files: 0, sizeBytes: 0 }, indices: { files: 0, sizeBytes: 0 } };
  for (const { from, sizeBytes } of objects.values()) {
    if (from === 'extra') continue;
    const count = contents[from === 'package' ? 'packages' : 'indices'];
    count.files += 1;
    count.sizeBytes += sizeBytes;
  }
  return contents;
}

/** Contents of an empty selection. */
export const noContents: BundleContents = {
  packages: { files: 0, sizeBytes: 0 },
  indices: { files: 0, sizeBytes: 0 },
};

/** Subtracts `part` from `whole`. */
export function contentsWithout(whole: BundleContents, part: BundleContents): BundleContents {
  return {
    packages: difference(whole.packages, part.packages),
    indices: difference(whole.indices, part.indices),
  };
}

/** Adds up the files of several such counts. */
export function sumOf(counts: readonly FileCount[]): FileCount {
  return {
    files: counts.reduce((sum, { files }) => sum + files, 0),
    sizeBytes: counts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

function difference(whole: FileCount, part: FileCount): FileCount {
  return { files: whole.files - part.files, sizeBytes: whole.sizeBytes - part.sizeBytes };
}

/** Returns SHA-256 and object, in the order in which they are packed. */
export function sortedObjects(objects: BundleObjects): [string, BundleObject][] {
  return [...objects].toSorted(([a], [b]) => compareText(a, b));
}

/**
 * Returns number, size and digest of objects, as in bundle.json: the digest covers their sorted SHA-256, one on each
 * line.
 */
export function describeObjects(objects: BundleObjects): BundleBase['objects'] {
  const names = [...objects.keys()].toSorted(compareText);
  return {
    count: names.length,
    sizeBytes: [...objects.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    sha256: sha256Hex(names.map((sha256) => `${sha256}\n`).join('')),
  };
}

function addObject(
  objects: BundleObjects,
  fact: ObjectFact & { viewers: Viewers; shares: Shares },
  source: ObjectSource,
): void {
  const { sha256, sizeBytes, viewers, shares } = fact;
  const known = objects.get(sha256);
  if (known === undefined) {
    objects.set(sha256, { sizeBytes, viewers, ...source });
    return;
  }
  known.viewers = unionOfViewers(known.viewers, viewers, shares);
  if (known.sizeBytes === sizeBytes) return;
  throw new PommgrError(
    'integrity.size',
    `${sourceText(known)} and ${sourceText(source)} have the same SHA-256 but are ${known.sizeBytes} and ${sizeBytes} bytes long.`,
    {
      hints: ['The baseline contradicts itself. Make a new one.'],
      details: { sha256, expected: known.sizeBytes, found: sizeBytes },
    },
  );
}

/** Names the file in messages. */
export function sourceText(source: ObjectSource): string {
  switch (source.from) {
    case 'keyring':
      return `the keyring of mirror ${source.mirror}`;
    case 'lock-proof':
      return 'the lock proof';
    case 'extra':
      return `the extra ${source.name}`;
    case 'package':
    case 'snapshot':
      return `${source.mirror}: ${source.path}`;
  }
}

function rank(file: FileFact): number {
  return preference.indexOf(compressed.exec(file.path)?.[1] ?? '');
}
