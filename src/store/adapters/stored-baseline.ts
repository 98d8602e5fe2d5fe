/**
 * Reads a baseline that the store holds. Invariant: a StoredBaseline's documents were read from the store and have the
 * requested digest; its other files were verified before its directory got its name.
 */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { join } from 'node:path';
import { baselineFileName, packagesFileName, parseBaseline } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Shares } from '../../closure/domain/shares.ts';
import { readStoredShare, type StoredShare } from './stored-share.ts';
import type { HeldTargets } from '../domain/held-targets.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import type { PommgrError } from '../../core/domain/errors.ts';

/** Location of a baseline. */
export interface StoredPlace {
  /** Absolute: `<store>/baselines/<name>`, or `<store>/remotes/<name>` for one that is used from another store. */
  directory: string;
  /** Address of the other host's store that has its indices and packages; null for a baseline that is kept whole. */
  remote: string | null;
}

/** What is read of it. */
type StoredParts = Pick<StoredShare, 'shares' | 'held'> & { baseline: Baseline };

let sealed: (place: StoredPlace, parts: StoredParts) => StoredBaseline;

/** Only `readStoredBaseline` creates one. */
export class StoredBaseline {
  readonly directory: string;
  readonly remote: string | null;
  readonly #parts: StoredParts;

  static {
    sealed = (place, parts) => new StoredBaseline(place, parts);
  }

  private constructor({ directory, remote }: StoredPlace, parts: StoredParts) {
    this.directory = directory;
    this.remote = remote;
    this.#parts = parts;
  }

  get baseline(): Baseline {
    return this.#parts.baseline;
  }

  /** Which target sees which part of the baseline. */
  get shares(): Shares {
    return this.#parts.shares;
  }

  /** The targets whose files the store holds. */
  get held(): HeldTargets {
    return this.#parts.held;
  }
}

/**
 * `digest` is the baseline's digest in the store's state, or in a verified bundle.
 * @throws PommgrError `integrity.digest` unless baseline.json has that digest and packages.jsonl is the one it names.
 */
export async function readStoredBaseline(
  place: StoredPlace,
  { digest }: { digest: string | undefined },
): Promise<StoredBaseline> {
  const path = join(place.directory, baselineFileName);
  const baseline = parseBaseline((await readPlainFile(path, Number.MAX_SAFE_INTEGER)).toString('utf8'), path);
  if (digest !== baseline.digest) throw changed(path, digest ?? 'none', baseline.digest);
  const hashers = openHasherPool(1);
  try {
    const list = join(place.directory, packagesFileName);
    const { sha256 } = await hashFile(list, hashers);
    if (sha256 !== baseline.packages.sha256) throw changed(list, baseline.packages.sha256, sha256);
  } finally {
    await hashers.close();
  }
  const { shares, held } = await readStoredShare(place.directory);
  return sealed(place, { baseline, shares, held });
}

function changed(path: string, expected: string, found: string): PommgrError {
  return digestMismatch(path, {
    ...{ expected, found },
    hints: ['Find out who changed it, and import the baseline into a new store.'],
  });
}
