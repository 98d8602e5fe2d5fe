/**
 * Decides when a lock proof of another machine counts as this machine's own: it must say the same about every host and
 * job. The plans may come from different versions of apt, because the two machines need not run the same release.
 */
import { join } from 'node:path';
import { lockProofFileName } from '../../closure/adapters/closure-files.ts';
import { lockProofKind, type LockProof } from '../../closure/domain/lock-proof.ts';
import { writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { kindAt, openAt } from '../../core/adapters/files-at.ts';
import { readJsonFile } from '../../core/adapters/json-file.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { sha256Hex, type ObjectFact } from '../../core/domain/digest.ts';
import { parseDocument } from '../../core/domain/document.ts';
import { below, pathOf, type Place } from '../../core/domain/place.ts';
import { tarBlockBytes } from '../../core/domain/tar-blocks.ts';
import { documentsSizeBytes, type PlannedVolume } from '../../medium/domain/volume-plan.ts';
import type { PackedClosure } from '../adapters/packed-closure.ts';

/** A lock proof has a few kilobytes for each host. */
const maxProofBytes = 64 * 1024 * 1024;

export interface ForeignProof {
  fact: ObjectFact;
  /** Volumes of the bundle that contains this proof, as this machine would write them. */
  volumes: readonly PlannedVolume[];
  /** Directory of the bundle. */
  directory: Place;
}

/**
 * Returns the closure with the other machine's proof, kept in `place`; undefined unless that proof says what this
 * machine's own says.
 */
export async function agreeOnProof(
  own: PackedClosure,
  { fact, volumes, directory }: ForeignProof,
  place: string,
): Promise<PackedClosure | undefined> {
  const bytes = await readObject(fact, volumes, directory);
  if (bytes === undefined) return undefined;
  const theirs = parseDocument(bytes.toString('utf8'), lockProofKind, pathOf(directory));
  const ours = await readJsonFile(own.proofPath, lockProofKind);
  if (statementOf(theirs) !== statementOf(ours)) return undefined;
  const proofPath = join(place, `their-${lockProofFileName}`);
  await writeFileAtomic(proofPath, bytes);
  return { ...own, proof: fact, proofPath };
}

function statementOf({ targets, ...proof }: LockProof): string {
  // A machine may have the apt of each release or not.
  const unversioned = { aptVersion: '', upgradeAptVersion: '' };
  return canonicalJson({ ...proof, targets: targets.map((target) => ({ ...target, ...unversioned })) });
}

/** Returns undefined where the volume is missing, or has other bytes there. */
async function readObject(
  { sizeBytes, sha256 }: ObjectFact,
  volumes: readonly PlannedVolume[],
  directory: Place,
): Promise<Buffer | undefined> {
  const name = `objects/${sha256}`;
  const volume = volumes.find(({ entries }) => entries.some((entry) => entry.name === name));
  if (volume === undefined || sizeBytes > maxProofBytes) return undefined;
  const before = volume.entries.slice(
    0,
    volume.entries.findIndex((entry) => entry.name === name),
  );
  const place = below(directory, volume.file);
  if ((await kindAt(place)) === undefined) return undefined;
  const { file } = await openAt(place);
  try {
    const bytes = Buffer.alloc(sizeBytes);
    await file.read(bytes, 0, sizeBytes, documentsSizeBytes(before) + tarBlockBytes);
    return sha256Hex(bytes) === sha256 ? bytes : undefined;
  } finally {
    await file.close();
  }
}
