/**
 * Stores the closure that a bundle of a baseline carries: the baseline's own, or one that was made of a whole baseline
 * for the bundle. The last one of the latter stays beside the baseline, for the deltas that build on it.
 */
import { join } from 'node:path';
import type { Target } from '../../apt/domain/target.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { lockProofFileName, readClosureList, readLockProof } from '../../closure/adapters/closure-files.ts';
import {
  closureListFileName,
  renderClosureList,
  type ClosureList,
} from '../../closure/domain/closure-list.ts';
import type { LockProof } from '../../closure/domain/lock-proof.ts';
import { createShares, type Shares } from '../../closure/domain/shares.ts';
import {
  makeDirectory,
  removeDurably,
  renameDurably,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { sha256Hex, type ObjectFact } from '../../core/domain/digest.ts';
import { packedTargetsKind } from '../domain/packed-targets.ts';

/** Directory below a baseline's directory on the online side. */
const packedDirectoryName = 'packed-closure';
const targetsFileName = 'targets.json';

export interface PackedClosure {
  /** Targets of the baseline, the thin ones with their closure. */
  targets: Target[];
  list: ClosureList | undefined;
  /** Content of the list file; undefined where no target is thin. */
  bytes: Buffer | undefined;
  proof: ObjectFact | undefined;
  /** Path of the proof. */
  proofPath: string;
}

/** Returns the closure of a thin baseline itself; only the targets for a whole one. `directory` is the baseline's. */
export async function ownClosure(
  { content }: Pick<Baseline, 'content'>,
  directory: string,
): Promise<PackedClosure> {
  return read(content.targets, directory);
}

/** Returns the closure with which the baseline was packed last: its own, or the one that was made for the bundle. */
export async function lastPackedClosure(
  baseline: Pick<Baseline, 'content'>,
  directory: string,
): Promise<PackedClosure> {
  const packed = join(directory, packedDirectoryName);
  const made = await readJsonFileIfThere(join(packed, targetsFileName), packedTargetsKind);
  return made === undefined ? ownClosure(baseline, directory) : read(made.targets, packed);
}

/** Returns which target sees which part of a bundle with this closure. */
export function sharesOfPacked({ targets, list }: PackedClosure): Shares {
  return createShares(targets, list);
}

/** Stores a closure as the one with which the baseline is packed; `directory` is the baseline's. */
export async function keepPackedClosure(
  directory: string,
  { targets, list, proof }: { targets: Target[]; list: ClosureList; proof: LockProof },
): Promise<PackedClosure> {
  const packed = join(directory, packedDirectoryName);
  const temporary = `${packed}.tmp`;
  await removeDurably(temporary);
  await makeDirectory(temporary);
  await writeFileAtomic(join(temporary, closureListFileName), renderClosureList(list));
  await writeJsonFile(join(temporary, lockProofFileName), proof);
  await writeJsonFile(join(temporary, targetsFileName), { schema: 'pommgr/packed-targets/v1', targets });
  await removeDurably(packed);
  await renameDurably(temporary, packed);
  return read(targets, packed);
}

/** Returns what `keepPackedClosure` would store; writes nothing. */
export function plannedClosure(
  directory: string,
  { targets, list, proof }: { targets: Target[]; list: ClosureList; proof: LockProof },
): PackedClosure {
  const proofPath = join(directory, packedDirectoryName, lockProofFileName);
  return { targets, list, bytes: Buffer.from(renderClosureList(list)), proof: factOf(proof), proofPath };
}

/** Removes the closure: from now on the baseline travels whole. */
export async function forgetPackedClosure(directory: string): Promise<void> {
  await removeDurably(join(directory, packedDirectoryName));
}

async function read(targets: Target[], directory: string): Promise<PackedClosure> {
  const found = await readClosureList(directory);
  const proof = await readLockProof(directory);
  return {
    targets,
    list: found?.list,
    bytes: found?.bytes,
    proof: proof === undefined ? undefined : factOf(proof),
    proofPath: join(directory, lockProofFileName),
  };
}

function factOf(proof: LockProof): ObjectFact {
  const text = canonicalJson(proof);
  return { sizeBytes: Buffer.byteLength(text), sha256: sha256Hex(text) };
}
