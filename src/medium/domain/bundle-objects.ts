/**
 * Which files of a baseline travel in a bundle, as objects named by their SHA-256.
 * The one place that knows: `pack` writes them, `verify` asks for them, `apply` places them.
 */
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { SnapshotRecord } from '../../mirror/domain/mirror-content.ts';
import type { BundleBase } from './bundle.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { sha256Hex, type FileFact, type ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Extra } from '../../config/domain/extras.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';

/** Where the online side has the bytes of an object: below a snapshot, as a baseline's keyring, or where the config says. */
export type ObjectSource =
  | { from: 'snapshot'; mirror: string; path: string }
  | { from: 'keyring'; mirror: string }
  | { from: 'extra'; name: string }
  | { from: 'lock-proof' };

export type BundleObject = ObjectSource & { sizeBytes: number };

/** Objects by SHA-256. */
export type BundleObjects = Map<string, BundleObject>;

const compressed = /\.(xz|gz|bz2|lzma|zst|lz4)$/;
/** The form of an index that travels is the first of these that there is. */
const preference = ['xz', 'gz', 'zst', 'bz2', 'lzma', 'lz4', ''];

/**
 * The signed Release and the indices of one snapshot that a bundle takes and a stored baseline has: each file, but of an
 * index that is there compressed and not, or compressed in several ways, one form. Order of `record.files`.
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

/** The objects of a baseline without its packages, which `addPackage` adds: indices and keyrings. */
export function baselineObjects(baseline: Baseline): BundleObjects {
  const objects: BundleObjects = new Map();
  for (const record of baseline.snapshots) {
    const { mirror } = record;
    addObject(objects, record.keyring, { from: 'keyring', mirror });
    for (const file of travellingFiles(record)) {
      addObject(objects, file, { from: 'snapshot', mirror, path: file.path });
    }
  }
  return objects;
}

/** Adds one line of the package list. */
export function addPackage(objects: BundleObjects, entry: PackageEntry): void {
  addObject(objects, entry, { from: 'snapshot', mirror: entry.mirror, path: entry.filename });
}

/** Adds files that are no part of the baseline. */
export function addExtras(objects: BundleObjects, extras: readonly Extra[]): void {
  for (const { name, ...fact } of extras) addObject(objects, fact, { from: 'extra', name });
}

/** Adds the lock proof of a thin baseline; it is no part of the baseline itself. */
export function addLockProof(objects: BundleObjects, proof: ObjectFact | undefined): void {
  if (proof !== undefined) addObject(objects, proof, { from: 'lock-proof' });
}

/** SHA-256 and object, in the order in which they are packed. */
export function sortedObjects(objects: BundleObjects): [string, BundleObject][] {
  return [...objects].toSorted(([a], [b]) => compareText(a, b));
}

/** Number, size and digest of objects, as bundle.json has them: of their SHA-256, sorted, a line each. */
export function describeObjects(objects: BundleObjects): BundleBase['objects'] {
  const names = [...objects.keys()].toSorted(compareText);
  return {
    count: names.length,
    sizeBytes: [...objects.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    sha256: sha256Hex(names.map((sha256) => `${sha256}\n`).join('')),
  };
}

function addObject(objects: BundleObjects, fact: ObjectFact, source: ObjectSource): void {
  const known = objects.get(fact.sha256);
  if (known === undefined) {
    objects.set(fact.sha256, { sizeBytes: fact.sizeBytes, ...source });
    return;
  }
  if (known.sizeBytes === fact.sizeBytes) return;
  throw new PommgrError(
    'integrity.size',
    `${sourceText(known)} and ${sourceText(source)} have the same SHA-256 but are ${known.sizeBytes} and ${fact.sizeBytes} bytes long.`,
    {
      hints: ['The baseline contradicts itself. Make a new one.'],
      details: { sha256: fact.sha256, expected: known.sizeBytes, found: fact.sizeBytes },
    },
  );
}

/** For messages: which file it is. */
export function sourceText(source: ObjectSource): string {
  switch (source.from) {
    case 'keyring':
      return `the keyring of mirror ${source.mirror}`;
    case 'lock-proof':
      return 'the lock proof';
    case 'extra':
      return `the extra ${source.name}`;
    case 'snapshot':
      return `${source.mirror}: ${source.path}`;
  }
}

function rank(file: FileFact): number {
  return preference.indexOf(compressed.exec(file.path)?.[1] ?? '');
}
