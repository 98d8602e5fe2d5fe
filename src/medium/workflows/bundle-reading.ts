/**
 * Reads a bundle of any layout: the two documents, and a check that they fit together. The receiver decides what
 * becomes of the bytes.
 */
import { sizeMismatch } from '../../core/domain/mismatch.ts';
import { parseBaseline } from '../../baseline/adapters/baseline-files.ts';
import type { HashLanes } from '../../core/adapters/hash-lanes.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Bundle } from '../domain/bundle.ts';
import { checkBaseObjects, leaveToBase, type BaseViewers } from '../domain/bundle-base.ts';
import {
  addExtras,
  addLockProof,
  addPackage,
  baselineObjects,
  countContents,
  type BundleContents,
  type BundleObjects,
} from '../domain/bundle-objects.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { Shares } from '../../closure/domain/shares.ts';
import { createPackageListCheck } from '../../baseline/domain/package-list-check.ts';

/**
 * Receives one object, or one of the documents, which come first. It must read the chunks to their end and throw
 * `integrity.*` unless they are `object`; a chunk is valid until the next is requested. An object may come twice.
 */
export type ReceiveObject = (object: ObjectFact, source: ObjectBytes) => Promise<void>;

export interface ObjectBytes {
  chunks: AsyncIterable<Buffer>;
  where: string;
  /** Set for an object that is in the pool already, from another medium of the set: these are its bytes there. */
  isTaken?: boolean;
}

export interface ReadBundleOptions {
  receive: ReceiveObject;
  /** Objects of a delta's base, where it is available. */
  base?: BaseViewers | undefined;
  /** Called once with what the bundle must hold, before the first object is received. */
  onDocuments?: (documents: ReadDocuments) => Promise<void>;
  signal: AbortSignal;
  /** Bytes that were read. */
  onProgress: (bytes: number) => void;
  /** If given, objects of volumes are only hashed, all at once, and not received. */
  lanes?: HashLanes;
}

export interface ReadDocuments {
  baseline: Baseline;
  /** Objects of the bundle that are still expected; the set shrinks as they come. */
  objects: BundleObjects;
  /** Objects that a delta leaves to its base. */
  fromBase: BundleObjects;
}

export interface BundleReading {
  bundle: Bundle;
  /** Which target sees which part of the bundle. */
  shares: Shares;
  options: ReadBundleOptions;
  baseline: Baseline | undefined;
  /** Objects not yet seen. */
  needed: BundleObjects;
  /** Contents of the baseline, once both documents have been read. */
  contents: BundleContents | undefined;
}

/** A document as it is read: an entry of a volume, or a file. */
interface DocumentSource {
  sizeBytes: number;
  body: AsyncIterable<Buffer>;
  isTaken?: boolean;
}

/** @throws PommgrError `integrity.*` */
export async function readBaselineDocument(
  reading: BundleReading,
  source: DocumentSource,
  where: string,
): Promise<void> {
  const { bundle, options } = reading;
  checkSize(source, bundle.baseline.file, where);
  const parts: Buffer[] = [];
  const chunks = tapped(source.body, (chunk) => parts.push(Buffer.from(chunk)));
  await options.receive(bundle.baseline.file, { ...source, chunks, where });
  const baseline = parseBaseline(Buffer.concat(parts).toString('utf8'), where);
  checkBaseline(bundle, baseline, where);
  reading.baseline = baseline;
  reading.needed = baselineObjects(baseline, reading.shares);
}

/** Reads the list, after the baseline's document. @throws PommgrError `integrity.*` */
export async function readPackageList(
  reading: BundleReading,
  source: DocumentSource,
  { where, onPackage }: { where: string; onPackage?: (entry: PackageEntry) => void },
): Promise<void> {
  const { bundle, options, needed, shares } = reading;
  const baseline = requireBaseline(reading, where);
  checkSize(source, bundle.packages, where);
  const list = createPackageListCheck(baseline, where);
  const chunks = tapped(source.body, (chunk) => {
    for (const line of list.add(chunk)) {
      addPackage(needed, line, shares);
      onPackage?.(line);
    }
  });
  await options.receive(bundle.packages, { ...source, chunks, where });
  list.finish();
}

/** Reports that both documents are valid, so that the receiver of the objects may begin. */
export async function announceDocuments(reading: BundleReading, where: string): Promise<void> {
  const { bundle, options, needed, shares } = reading;
  const baseline = requireBaseline(reading, where);
  // Extras come after the baseline's own objects: an object that is both belongs to the baseline.
  addExtras(needed, bundle.extras, shares);
  addLockProof(needed, bundle.lockProof, shares);
  reading.contents = countContents(needed);
  let fromBase: BundleObjects = new Map();
  if (bundle.base !== null && options.base !== undefined) {
    fromBase = leaveToBase(options.base, needed);
    checkBaseObjects(bundle.base, fromBase, where);
  }
  await options.onDocuments?.({ baseline, objects: needed, fromBase });
}

export function requireBaseline({ baseline }: BundleReading, where: string): Baseline {
  if (baseline === undefined) throw contradiction(where, 'no baseline.json comes before it');
  return baseline;
}

/** Yields the same bytes, shown to `see` as they pass. */
async function* tapped(chunks: AsyncIterable<Buffer>, see: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    see(chunk);
    yield chunk;
  }
}

/** Checks that both documents say the same about the baseline. @throws PommgrError `integrity.contents` */
export function checkBaseline(bundle: Bundle, baseline: Baseline, where: string): void {
  const snapshots = baseline.snapshots.map(({ mirror, snapshot, keyring }) => ({
    mirror,
    snapshot,
    keyring,
  }));
  const expected = {
    name: bundle.baseline.name,
    digest: bundle.baseline.digest,
    track: bundle.track,
    sequence: bundle.sequence,
    packages: bundle.packages,
    targets: bundle.targets,
    upgrades: bundle.upgrades ?? [],
    mirrors: baseline.content.mirrors.map(({ id }) => id),
    snapshots:
      bundle.snapshots?.map(({ mirror, snapshot, keyring }) => ({ mirror, snapshot, keyring })) ?? snapshots,
  };
  const found = {
    name: baseline.name,
    digest: baseline.digest,
    track: baseline.track,
    sequence: baseline.sequence,
    packages: baseline.packages,
    targets: targetsInBundle(baseline, bundle),
    upgrades: baseline.content.upgrades ?? [],
    mirrors: baseline.snapshots.map(({ mirror }) => mirror),
    snapshots,
  };
  if (canonicalJson(expected) === canonicalJson(found)) return;
  throw contradiction(where, 'bundle.json says something else about the baseline than the baseline itself', {
    expected,
    found,
  });
}

/**
 * A bundle may make a target thin that the baseline has as a whole; otherwise both describe the targets identically.
 */
function targetsInBundle({ content }: Baseline, bundle: Bundle): Target[] {
  return content.targets.map((target) => {
    const closure = bundle.targets.find(({ name }) => name === target.name)?.closure;
    return target.closure === undefined && closure !== undefined ? { ...target, closure } : target;
  });
}

/** @throws PommgrError `integrity.size` */
export function checkSize(
  found: { sizeBytes: number },
  expected: { sizeBytes: number },
  where: string,
): void {
  if (found.sizeBytes === expected.sizeBytes) return;
  throw sizeMismatch(where, {
    ...{ expected: expected.sizeBytes, found: found.sizeBytes },
    hints: ['Do not use this bundle. Pack the baseline again on the online side.'],
  });
}

/** Returns the error for parts of a bundle that do not fit together, though each may be what was signed. */
export function contradiction(
  where: string,
  why: string,
  details: Record<string, unknown> = {},
): PommgrError {
  return new PommgrError('integrity.contents', `${where}: ${why}.`, {
    hints: ['Pack the baseline again on the online side.'],
    details: { file: where, ...details },
  });
}
