/**
 * `pommgr verify`: whether a medium is what the online side wrote. Reads each byte once, changes nothing, and needs
 * only the public key.
 */
import { openHasherPool, type HasherPool } from '../../adapters/hashing.ts';
import { listMedium, listOtherSnapshots, openBundle, type VerifiedBundle } from '../../adapters/medium.ts';
import {
  readPublicKeyFile,
  readTrustedKeys,
  trustedKeysDirectory,
  type TrustedKeys,
} from '../../adapters/trusted-keys.ts';
import { bundleTotal } from '../../domain/bundle.ts';
import { PommgrError } from '../../domain/errors.ts';
import type { Context } from '../../domain/progress.ts';
import type { BundleVerification, Verification } from '../../domain/verification.ts';
import type { ReceiveObject } from './bundle-reading.ts';
import { readBundle } from './read-bundle.ts';

export interface VerifyOptions {
  media: string;
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
  const { media, context } = options;
  const trusted = await chooseKeys(options);
  const { bundles, strangers } = await listMedium(media);
  const opened: VerifiedBundle[] = [];
  for (const name of chooseBundles(bundles, options)) opened.push(await openBundle(media, name, trusted));
  const hashers = openHasherPool(2);
  try {
    const reports: BundleVerification[] = [];
    for (const bundle of opened) reports.push(await verifyBundle(bundle, hashers, context));
    return { media, bundles: reports, strangers: await listStrangers(options, opened, strangers) };
  } finally {
    await hashers.close();
  }
}

/** Besides what is no directory of ours, the snapshots that no bundle names: POM copies all that it has. */
async function listStrangers(
  { media, bundle }: VerifyOptions,
  opened: readonly VerifiedBundle[],
  top: readonly string[],
): Promise<string[]> {
  const snapshots = opened.flatMap((verified) => verified.bundle.snapshots ?? []);
  const below = await listOtherSnapshots(media, snapshots);
  const mirrors = new Set(snapshots.map(({ mirror }) => mirror));
  const others = top.filter((name) => !mirrors.has(name));
  // With one bundle chosen the others' snapshots are not known.
  return bundle === undefined ? [...others, ...below] : others;
}

async function chooseKeys({ keyFiles = [], root }: VerifyOptions): Promise<TrustedKeys> {
  const trusted = await readTrustedKeys(trustedKeysDirectory(root));
  if (keyFiles.length === 0) return trusted;
  const keys: TrustedKeys['keys'] = [];
  for (const file of keyFiles) keys.push({ ...(await readPublicKeyFile(file)), file });
  return { ...trusted, keys };
}

function chooseBundles(names: readonly string[], { media, bundle }: VerifyOptions): readonly string[] {
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
  verified: VerifiedBundle,
  hashers: HasherPool,
  context: Context,
): Promise<BundleVerification> {
  const { name, bundle, signers, newSigners } = verified;
  const total = bundleTotal(bundle);
  const meter = context.progress.meter(`Checking ${name}`, total);
  try {
    const { objects } = await readBundle(verified, {
      receive: hashing(hashers),
      signal: context.signal,
      onProgress: (bytes) => meter.add(bytes),
      volumeHashers: hashers,
    });
    return {
      name,
      baseline: { name: bundle.baseline.name, digest: bundle.baseline.digest },
      created: bundle.created,
      signers: signers.map(({ fingerprint }) => fingerprint),
      newSigners: newSigners.map(({ fingerprint, vouchedBy }) => ({ fingerprint, vouchedBy })),
      layout: bundle.layout,
      volumes: bundle.volumes.length,
      snapshots: bundle.snapshots?.length ?? 0,
      objects,
      sizeBytes: total.sizeBytes,
    };
  } finally {
    meter.done();
  }
}

/** Checks the digest and lets the bytes go. */
function hashing(hashers: HasherPool): ReceiveObject {
  return async ({ sha256 }, { chunks, where }) => {
    const hasher = hashers.createHasher();
    for await (const chunk of chunks) await hasher.update(chunk);
    const found = await hasher.digest();
    if (found === sha256) return;
    throw new PommgrError('integrity.digest', `${where} has the SHA-256 ${found}, expected ${sha256}.`, {
      hints: ['The file was changed or damaged. Copy the whole bundle again from the online side.'],
      details: { file: where, expected: sha256, found },
    });
  };
}
