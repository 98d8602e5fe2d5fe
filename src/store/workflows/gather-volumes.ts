/**
 * Gathers the volumes of a bundle that spans several media: those available now, and those that the store took from
 * media before. Invariant: the result has every volume, or the next medium is requested.
 */
import { openHashLanes } from '../../core/adapters/hash-lanes.ts';
import { readIncoming, removeIncoming } from '../adapters/incoming-file.ts';
import { watchMedium } from '../../medium/adapters/medium-watch.ts';
import { absentVolumes, type VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import type { Store } from '../adapters/store.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { missingVolumes, waitingText, type Incoming } from '../../bundle/domain/incoming.ts';
import type { Context } from '../../core/domain/progress.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { formatTime } from '../../core/domain/time.ts';
import { checkVolumeDigests } from '../../medium/workflows/check-volume-digests.ts';
import { takeVolumes, volumesAtHand } from './take-volumes.ts';

export interface GatherOptions {
  store: Store;
  context: Context;
  /** Takes nothing, and abandons nothing. */
  dryRun: boolean;
}

/**
 * Returns the bundle with every volume, including those taken from other media. Where some are missing, the available
 * ones are taken. A set of another bundle that was started is abandoned.
 * @throws PommgrError `state.next-medium` while volumes are missing, `integrity.volumes` for a medium of another set of
 *   this bundle, `integrity.*`, `state.space`.
 */
export async function gatherVolumes(
  verified: VerifiedBundle,
  options: GatherOptions,
): Promise<VerifiedBundle> {
  const { store, dryRun, context } = options;
  const begun = await readIncoming(store);
  const isSame = begun?.root === verified.manifestDigest;
  const gathered = isSame ? withTaken(verified, begun, store) : verified;
  const isWhole = absentVolumes(gathered).length === 0;
  if (begun !== undefined && !isSame) {
    if (!isWhole && begun.bundle === verified.name) throw otherSet(verified, begun);
    if (!dryRun) await giveUpVolumes(store, context);
  }
  if (isWhole) return gathered;
  if (dryRun) {
    await checkPart(verified, context);
    throw nextMedium(gathered, { taken: [...gathered.taken.keys()], added: undefined });
  }
  const before = begun !== undefined && isSame ? begun : begin(verified, context);
  const incoming = await takeVolumes(gathered, before, { store, context });
  throw nextMedium(gathered, {
    taken: incoming.taken.map(({ file }) => file),
    added: incoming.taken.length - before.taken.length,
    missing: missingVolumes(incoming),
  });
}

/** Abandons a set of media that was started, and removes what only it had. */
export async function giveUpVolumes(store: Store, { progress }: Context): Promise<void> {
  const incoming = await removeIncoming(store);
  if (incoming === undefined) return;
  const { bundle, taken } = incoming;
  progress.warn(`Gave up the set of ${bundle}: ${taken.map(({ file }) => file).join(', ')} left the store.`);
}

function withTaken(verified: VerifiedBundle, { taken }: Incoming, { pool }: Store): VerifiedBundle {
  return verified.withTaken(new Map(taken.map(({ file, objects }) => [file, { objects, directory: pool }])));
}

function begin({ name, bundle, manifestDigest }: VerifiedBundle, { timestamp }: Context): Incoming {
  return {
    schema: 'pommgr/incoming/v1',
    started: formatTime(timestamp()),
    bundle: name,
    baseline: bundle.baseline.name,
    root: manifestDigest,
    volumes: bundle.volumes.map(({ file }) => file),
    taken: [],
  };
}

/** Hashes the available volumes, and keeps nothing. */
async function checkPart(verified: VerifiedBundle, { progress, signal }: Context): Promise<void> {
  const volumes = volumesAtHand(verified);
  const sizeBytes = volumes.reduce((sum, volume) => sum + volume.sizeBytes, 0);
  const meter = progress.meter(`Checking ${verified.name}`, { files: volumes.length, sizeBytes });
  const lanes = openHashLanes();
  const reading = { lanes, signal, onProgress: (bytes: number) => meter.add(bytes) };
  try {
    await watchMedium(verified.allMedia, () => checkVolumeDigests({ verified, copies: [] }, 'all', reading));
  } finally {
    meter.done();
    await lanes.close();
  }
}

/** `added`: the number of volumes from this medium; undefined for a dry run. */
function nextMedium(
  verified: VerifiedBundle,
  {
    taken,
    added,
    missing = absentVolumes(verified),
  }: { taken: string[]; added: number | undefined; missing?: string[] },
): PommgrError {
  const { name } = verified;
  const media = verified.allMedia.join(', ');
  const held = `${taken.join(', ') || 'No volume'} ${taken.length > 1 ? 'are' : 'is'} in the store`;
  const waiting = waitingText({ bundle: name, missing });
  const message = {
    dryRun: `What ${media} has is right. ${waiting}. ${held}; nothing was changed: this was a dry run.`,
    nothing: `${media} has no new volume. ${waiting}. ${held}.`,
    some: `${waiting}. ${held}; what apt sees was not changed.`,
  }[added === undefined ? 'dryRun' : added === 0 ? 'nothing' : 'some'];
  return new PommgrError('state.next-medium', message, {
    hints: [
      'Put in the next medium, and run the same command again.',
      'Or give all media of the set at once: --media DIR --media DIR.',
    ],
    details: { bundle: name, media: verified.allMedia, taken, missing },
  });
}

function otherSet({ name, media, manifestDigest: found }: VerifiedBundle, begun: Incoming): PommgrError {
  return new PommgrError(
    'integrity.volumes',
    `${media} carries ${name} of another set than the one that the store waits for since ${begun.started}: expected ${rootFileName} with the SHA-256 ${begun.root}, found ${found}.`,
    {
      hints: [
        `Put in a medium of the set that was begun: ${missingVolumes(begun).join(', ')} ${missingVolumes(begun).length === 1 ? 'is' : 'are'} missing.`,
        'To begin with this set, give that one up: "pommgr doctor --repair".',
      ],
      details: { bundle: name, media, expected: begun.root, found, missing: missingVolumes(begun) },
    },
  );
}
