/**
 * Decides from a host's state alone what it admits, and what an import costs; the refusals protect it from older or
 * foreign baselines.
 */
import { valueOf } from '../../core/domain/named.ts';
import type { Bundle } from '../../medium/domain/bundle.ts';
import { largestJump } from '../../medium/domain/largest-jump.ts';
import { formatBytes } from '../../core/domain/byte-size.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Decision, StoreState } from './store-state.ts';

/** Block size of a file system: the space that a small file takes. */
const blockBytes = 4096;

/** The parts of a bundle that admission looks at. */
export interface Offer {
  track: string;
  sequence: number;
  name: string;
  digest: string;
}

export interface Allowances {
  allowOlder: boolean;
  switchTrack: boolean;
  /** The exact number that the operator accepts, below the highest or far beyond it; the host continues from there. */
  acceptSequence?: number | undefined;
}

export function offerOf({ track, sequence, baseline }: Bundle): Offer {
  return { track, sequence, name: baseline.name, digest: baseline.digest };
}

/**
 * Checks that a host in this state may store the baseline, including an older one: what apt sees does not change.
 * Returns what the operator's flags decided.
 * @throws PommgrError `trust.known-name`, `trust.track`.
 */
export function admitImport(
  offer: Offer,
  state: StoreState,
  { switchTrack }: Pick<Allowances, 'switchTrack'>,
): Decision[] {
  checkKnownDigest(offer, state);
  if (state.applied === null || state.applied.track === offer.track) return [];
  if (!switchTrack) throw otherTrack(offer, state.applied.track);
  return ['switch-track'];
}

/**
 * Checks that a host in this state may be switched to the baseline; returns what the operator's flags decided.
 * @throws PommgrError as `admitImport`, `trust.older`, `trust.jump`.
 */
export function admitBaseline(offer: Offer, state: StoreState, allowances: Allowances): Decision[] {
  const decisions = admitImport(offer, state, allowances);
  const highest = valueOf(state.highest, offer.track);
  checkAccepted(offer, allowances);
  if (highest === undefined || state.applied?.baseline === offer.name) return decisions;
  const isOutOfOrder = offer.sequence < highest || offer.sequence - highest > largestJump;
  if (isOutOfOrder && allowances.acceptSequence !== undefined) return [...decisions, 'accept-sequence'];
  if (offer.sequence < highest) {
    if (!allowances.allowOlder) throw older(offer, highest);
    decisions.push('allow-older');
  }
  if (offer.sequence - highest > largestJump) throw jump(offer, highest);
  return decisions;
}

/** @throws PommgrError `trust.sequence` when the operator accepted another number than that of the baseline. */
function checkAccepted({ name, sequence }: Offer, { acceptSequence }: Allowances): void {
  if (acceptSequence === undefined || acceptSequence === sequence) return;
  throw new PommgrError(
    'trust.sequence',
    `The baseline ${name} has the sequence number ${sequence}, but ${acceptSequence} was to be accepted.`,
    {
      hints: ['Name the number of the baseline that you mean, and choose its bundle with --bundle.'],
      details: { expected: acceptSequence, found: sequence },
    },
  );
}

/** @throws PommgrError `trust.known-name` when the store knows the name with another digest. */
function checkKnownDigest(offer: Offer, state: StoreState): void {
  const known = valueOf(state.known, offer.name);
  if (known === undefined || known === offer.digest) return;
  throw new PommgrError(
    'trust.known-name',
    `The baseline ${offer.name} on the medium is not the one this host knows by that name: expected digest ${known}, found ${offer.digest}.`,
    {
      hints: ['A baseline never changes. Find out on the online side why two were made with one name.'],
      details: { baseline: offer.name, expected: known, found: offer.digest },
    },
  );
}

function otherTrack(offer: Offer, track: string): PommgrError {
  return new PommgrError(
    'trust.track',
    `The baseline ${offer.name} is of track ${offer.track}, expected this host's track ${track}.`,
    {
      hints: ['If the host is to change its track, run the same command with --switch-track.'],
      details: { expected: track, found: offer.track },
    },
  );
}

function older(offer: Offer, highest: number): PommgrError {
  return new PommgrError(
    'trust.older',
    `The baseline ${offer.name} is older than ${offer.track}-${highest}, which this host has applied: expected a sequence of at least ${highest}, found ${offer.sequence}.`,
    {
      hints: [
        'Bring a newer bundle. If the host is to go back, run the same command with --allow-older.',
        `If the number ${highest} was never right, run the same command with --accept-sequence ${offer.sequence}: the host then goes on from there.`,
      ],
      details: { expected: highest, found: offer.sequence },
    },
  );
}

function jump(offer: Offer, highest: number): PommgrError {
  return new PommgrError(
    'trust.jump',
    `The baseline ${offer.name} is ${offer.sequence - highest} steps ahead of ${offer.track}-${highest}: expected at most ${largestJump}.`,
    {
      hints: [
        'Nobody makes so many baselines between two visits. Check who made this bundle.',
        `If it is right, run the same command with --accept-sequence ${offer.sequence}.`,
      ],
      details: { expected: highest + largestJump, found: offer.sequence },
    },
  );
}

/** Space that a file system must still have: bytes rounded up to blocks, and one inode for each file or directory. */
export interface Cost {
  sizeBytes: number;
  files: number;
}

/** Returns the cost of writing files of these sizes and creating `directories` directories. */
export function costOf(sizesBytes: Iterable<number>, directories = 0): Cost {
  const cost: Cost = { sizeBytes: directories * blockBytes, files: directories };
  for (const size of sizesBytes) {
    cost.sizeBytes += Math.ceil(size / blockBytes) * blockBytes;
    cost.files += 1;
  }
  return cost;
}

/** Free space of a file system; `files` is null where it has no inode limit. */
interface FreeSpace {
  sizeBytes: number;
  files: number | null;
}

/** @throws PommgrError `state.space` when there is too little space or there are too few inodes at `where`. */
export function checkSpace(cost: Cost, free: FreeSpace, where: string): void {
  const hints = [
    'Free some space there: "pommgr store gc --keep 1" removes baselines that the host does not use any more.',
    'Or name a store on a larger file system with --store, then run the same command again.',
  ];
  if (cost.sizeBytes > free.sizeBytes) {
    throw new PommgrError(
      'state.space',
      `There is too little space at ${where}: expected ${formatBytes(cost.sizeBytes)} free, found ${formatBytes(free.sizeBytes)}. Nothing was changed.`,
      { hints, details: { path: where, expected: cost.sizeBytes, found: free.sizeBytes } },
    );
  }
  if (free.files !== null && cost.files > free.files) {
    throw new PommgrError(
      'state.space',
      `There are too few free inodes at ${where}: expected ${cost.files}, found ${free.files}.`,
      { hints, details: { path: where, expected: cost.files, found: free.files } },
    );
  }
}
