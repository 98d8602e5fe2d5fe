/**
 * Implements `pommgr verify`: checks that a medium is what the online side wrote. It reads each byte once, changes
 * nothing, and needs only the public key.
 */
import { kindAt } from '../../core/adapters/files-at.ts';
import { below, topPlace } from '../../core/domain/place.ts';
import { verifyApprovals } from '../../approval/workflows/verify-approvals.ts';
import { openHashLanes, type HashLanes } from '../../core/adapters/hash-lanes.ts';
import { openHasherPool, type HasherPool } from '../../core/adapters/hashing.ts';
import { openBundles, type FoundBundle } from '../../medium/adapters/medium-set.ts';
import { absentVolumes, type VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { listOtherSnapshots } from '../../medium/adapters/medium-snapshots.ts';
import { checkIncoming } from '../../core/adapters/incoming-object.ts';
import { chooseTrust, type TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { bundleTotal } from '../../medium/domain/bundle.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { bundlesDirectoryName } from '../../medium/domain/medium-layout.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { BundleVerification, MediumVerification, Verification } from '../domain/verification.ts';
import type { ReceiveObject } from '../../medium/workflows/bundle-reading.ts';
import { checkVolumeDigests } from '../../medium/workflows/check-volume-digests.ts';
import { readBundle } from './read-bundle.ts';
import { verifySubscriptions } from '../../subscription/workflows/verify-subscriptions.ts';
import { verifyTool } from '../../medium/workflows/verify-tool.ts';

export interface VerifyOptions {
  media: string;
  /** Other media that hold volumes of the same sets. */
  furtherMedia?: readonly string[];
  /** Only this one. Default: every bundle of the medium. */
  bundle?: string | undefined;
  /** Public keys to trust instead of those of the machine. */
  keyFiles?: readonly string[] | undefined;
  /** Where the machine's trusted keys are: `<root>/etc/pommgr/trusted-keys.d`. */
  root?: string;
  context: Context;
}

/**
 * @throws PommgrError `trust.*` or `integrity.*` for the first thing that is wrong; `integrity.missing` for a medium
 *   without bundles; `usage.*` for a medium or bundle that is not there.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { context } = options;
  const trusted = await chooseTrust(options.keyFiles ?? [], options.root);
  const places: OpenedMedium[] = [];
  for (const media of [options.media, ...(options.furtherMedia ?? [])]) {
    places.push(await openMedium({ ...options, media }, trusted));
  }
  const found: FoundBundle[] = [];
  for (const name of new Set(places.flatMap(({ bundles }) => bundles))) {
    const media = places.filter(({ bundles }) => bundles.includes(name)).map((place) => place.media);
    found.push(...(await openUnlessGone({ media, name, trusted }, context)));
  }
  if (found.length === 0 && places.some(({ bundles }) => bundles.length > 0)) throw allGone(options);
  const besides: MediumVerification[] = [];
  for (const { media, subscriptions, strangers, unfinished } of places) {
    const opened = found.map(({ verified }) => verified).filter(({ allMedia }) => allMedia.includes(media));
    const roots = new Map(opened.map(({ name, manifestDigest }) => [name, manifestDigest]));
    const beside = await verifyApprovals(media, { roots, root: options.root ?? '/', trusted, context });
    const unread = options.bundle === undefined ? beside.strangers : [];
    const others = [
      ...(await listStrangers({ ...options, media }, opened, strangers)),
      ...unfinished,
      ...unread,
    ];
    besides.push({
      media,
      ...(await verifyTool(media, { trusted, context })),
      ...{ subscriptions, reports: beside.reports, approvals: beside.approvals },
      strangers: others,
    });
  }
  const hashers = openHasherPool(2);
  const lanes = openHashLanes();
  try {
    const bundles: BundleVerification[] = [];
    for (const bundle of found) bundles.push(await verifyBundle(bundle, { hashers, lanes }, context));
    const [first, ...furtherMedia] = besides;
    if (first === undefined) throw new PommgrError('bug.verify', 'No medium was checked.');
    return { ...first, furtherMedia, bundles };
  } finally {
    await hashers.close();
    await lanes.close();
  }
}

/** If POM removed a bundle's snapshots from the medium, it is no longer a bundle; this is reported, and is no fault. */
async function openUnlessGone(
  { media, name, trusted }: { media: readonly string[]; name: string; trusted: TrustedKeys },
  { progress }: Context,
): Promise<FoundBundle[]> {
  try {
    return await openBundles(media, name, trusted);
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'integrity.gone') throw error;
    progress.warn(error.message);
    return [];
  }
}

function allGone({ media, bundle }: VerifyOptions): PommgrError {
  const what =
    bundle === undefined
      ? `No bundle on ${media} has its snapshots.`
      : `${bundle} on ${media} has no snapshots.`;
  return new PommgrError('integrity.gone', what, {
    hints: ['Bring the medium to the online side, and run "pommgr pack --format pom" there.'],
    details: { media },
  });
}

interface OpenedMedium {
  media: string;
  /** Bundles that must be checked. */
  bundles: readonly string[];
  subscriptions: MediumVerification['subscriptions'];
  /** Names at the top. */
  strangers: string[];
  /** Names in `subscriptions/`. */
  unfinished: string[];
}

async function openMedium(options: VerifyOptions, trusted: TrustedKeys): Promise<OpenedMedium> {
  const { media } = options;
  const { bundles, strangers } = await listMedium(media);
  const { sets, strangers: unfinished } = await verifySubscriptions(media, trusted);
  // Subscriptions may come without bundles, but then the directory for bundles does not exist either.
  const hasPlace = (await kindAt(below(topPlace(media), bundlesDirectoryName))) !== undefined;
  const chosen = chooseBundles(bundles, { ...options, mayBeNone: sets.length > 0 && !hasPlace });
  return { media, bundles: chosen, subscriptions: sets, strangers, unfinished };
}

/** Besides foreign entries, these are the snapshots that no bundle names: POM copies all that it has. */
async function listStrangers(
  { media, bundle }: VerifyOptions,
  opened: readonly VerifiedBundle[],
  top: readonly string[],
): Promise<string[]> {
  const snapshots = opened.flatMap((verified) => verified.bundle.snapshots ?? []);
  const below = await listOtherSnapshots(media, snapshots);
  const mirrors = new Set(snapshots.map(({ mirror }) => mirror));
  const others = top.filter((name) => !mirrors.has(name));
  // If one bundle was chosen, the others' snapshots are unknown.
  return bundle === undefined ? [...others, ...below] : others;
}

function chooseBundles(
  names: readonly string[],
  { media, bundle, mayBeNone }: VerifyOptions & { mayBeNone: boolean },
): readonly string[] {
  if (names.length === 0 && mayBeNone && bundle === undefined) return names;
  if (names.length === 0) {
    throw new PommgrError(
      'integrity.missing',
      `There is no bundle on ${media}: nothing in ${media}/bundles.`,
      {
        hints: ['Check that the medium is mounted, and that "pommgr pack" ended without an error.'],
        details: { media },
      },
    );
  }
  if (bundle === undefined) return names;
  if (names.includes(bundle)) return [bundle];
  throw new PommgrError('usage.bundle', `There is no bundle ${bundle} on ${media}.`, {
    hints: [`There are: ${names.join(', ')}.`],
    details: { media, bundle, found: names },
  });
}

async function verifyBundle(
  found: FoundBundle,
  { hashers, lanes }: { hashers: HasherPool; lanes: HashLanes },
  context: Context,
): Promise<BundleVerification> {
  const { verified } = found;
  const { name, bundle, signers, newSigners } = verified;
  const total = bundleTotal(bundle);
  const meter = context.progress.meter(`Checking ${name}`, total);
  const reading = { lanes, signal: context.signal, onProgress: (bytes: number) => meter.add(bytes) };
  const absent = absentVolumes(verified);
  try {
    await checkVolumeDigests(found, absent.length > 0 ? 'all' : 'copies', reading);
    let contents: BundleVerification['contents'] = null;
    if (absent.length === 0) {
      const receive: ReceiveObject = (object, source) => checkIncoming({ ...object, ...source }, hashers);
      const { counted } = await readBundle(verified, { ...reading, receive });
      if (bundle.layout === 'volumes') contents = counted;
    }
    return {
      name,
      baseline: { name: bundle.baseline.name, digest: bundle.baseline.digest },
      base: bundle.base,
      extras: bundle.extras,
      created: bundle.created,
      signers: signers.map(({ fingerprint }) => fingerprint),
      newSigners: newSigners.map(({ fingerprint, vouchedBy }) => ({ fingerprint, vouchedBy })),
      layout: bundle.layout,
      volumes: bundle.volumes.length,
      absent,
      snapshots: bundle.snapshots?.length ?? 0,
      objects: [
        ...bundle.volumes.map(({ objects }) => objects),
        ...(bundle.snapshots ?? []).map(({ files }) => files),
      ].reduce((sum, count) => sum + count, 0),
      contents,
      sizeBytes: total.sizeBytes,
    };
  } finally {
    meter.done();
  }
}
