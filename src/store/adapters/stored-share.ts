/** Reads which part of a baseline the store holds, and which target sees which part, from the documents beside it. */
import { join } from 'node:path';
import { closureListFileName } from '../../closure/domain/closure-list.ts';
import type { Shares } from '../../closure/domain/shares.ts';
import { readJsonFileIfThere } from '../../core/adapters/json-file.ts';
import { readRegularFile } from '../../core/adapters/regular-file.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { bundleFileName, parseRoot, rootFileName } from '../../core/domain/sha256sums.ts';
import type { Bundle } from '../../medium/domain/bundle.ts';
import { sharesOf } from '../../medium/domain/bundle-shares.ts';
import { maxBundleDocumentBytes, maxRootBytes, readRootedBundle } from '../../medium/domain/rooted-bundle.ts';
import { heldTargetsFileName, heldTargetsKind, type HeldTargets } from '../domain/held-targets.ts';

const againHint = 'The file was changed or damaged. Import the baseline into a new store.';

export interface StoredShare {
  /** Bundle that it came with. */
  bundle: Bundle;
  shares: Shares;
  held: HeldTargets;
}

/**
 * Reads the share; `directory` is the stored baseline's. @throws PommgrError `integrity.*` where the documents
 * contradict each other.
 */
export async function readStoredShare(directory: string): Promise<StoredShare> {
  const rootFile = join(directory, rootFileName);
  const root = parseRoot((await readRegularFile(rootFile, maxRootBytes)).toString('utf8'), rootFile);
  const document = await readRegularFile(join(directory, bundleFileName), maxBundleDocumentBytes);
  const bundle = readRootedBundle(root, { document, directory, hint: againHint });
  return { bundle, shares: await readShares(directory, bundle), held: await readHeldTargets(directory) };
}

async function readShares(directory: string, bundle: Bundle): Promise<Shares> {
  if (bundle.closure === undefined) return sharesOf(bundle, undefined, directory);
  const file = join(directory, closureListFileName);
  const list = await readRegularFile(file, bundle.closure.sizeBytes);
  const [expected, found] = [bundle.closure.sha256, sha256Hex(list)];
  if (found === expected) return sharesOf(bundle, list, directory);
  throw new PommgrError('integrity.digest', `${file} has the SHA-256 ${found}, expected ${expected}.`, {
    hints: [againHint],
    details: { file, expected, found },
  });
}

/** Returns null where all are held. */
export async function readHeldTargets(directory: string): Promise<HeldTargets> {
  const document = await readJsonFileIfThere(join(directory, heldTargetsFileName), heldTargetsKind);
  return document?.targets ?? null;
}

export function heldTargetsText(targets: readonly string[]): string {
  return canonicalJson({ schema: 'pommgr/held-targets/v1', targets });
}
