/**
 * What `pack` learns of its track's sequence numbers from the medium and its receipts: a machine that was set up anew,
 * or restored from an old backup, must not give out a number twice. Only what a known key signed counts.
 */
import { valueOf } from '../../core/domain/named.ts';
import { readSignedBundle } from '../../medium/adapters/bundle-root.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { readReceipts } from '../../hosts/adapters/receipt-files.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { highestSequence, recordSequence } from '../../baseline/adapters/state-file.ts';
import {
  readHostTrust,
  readKeyDirectory,
  trustedHostsDirectory,
  type TrustedKeys,
} from '../../trust/adapters/trusted-keys.ts';
import { parseBundleName } from '../../medium/domain/bundle-choice.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';

export interface SequenceSources {
  media: string;
  /** Bundles that these signed count, as do those of the keys that this machine trusts. */
  keys: readonly SigningKey[];
  context: Context;
}

/** Puts the highest number that is signed on the medium into the state, where that is higher. */
export async function rememberSequence(
  { stateDir, track }: Pick<Config, 'stateDir' | 'track'>,
  sources: SequenceSources,
): Promise<void> {
  const known = await highestSequence(stateDir, track);
  const seen = Math.max(
    await highestBundle(track, known, sources),
    await highestInReceipts(stateDir, track, sources),
  );
  if (seen <= known) return;
  await recordSequence(stateDir, track, seen);
  sources.context.progress.note(
    `The medium has ${track}-${seen}, this machine only ${track}-${known}: the next baseline is ${track}-${seen + 1}.`,
  );
}

/** The highest above `known`; 0 where there is none. */
async function highestBundle(
  track: string,
  known: number,
  { media, keys, context }: SequenceSources,
): Promise<number> {
  const { bundles } = await listMedium(media);
  const higher = bundles
    .map(parseBundleName)
    .filter((bundle) => bundle.track === track && bundle.sequence > known)
    .toSorted((a, b) => b.sequence - a.sequence);
  if (higher.length === 0) return 0;
  const trusted = await signersThatCount(keys);
  for (const { name, sequence } of higher) {
    try {
      await readSignedBundle(media, name, trusted);
      return sequence;
    } catch (error) {
      if (!(error instanceof PommgrError)) throw error;
      context.progress.warn(
        `${name} on the medium does not count for the next sequence number: ${error.message}`,
      );
    }
  }
  return 0;
}

async function signersThatCount(keys: readonly SigningKey[]): Promise<TrustedKeys> {
  const trusted = await readHostTrust();
  const own = keys.map(({ publicKey }) => ({ ...publicKey, file: '' }));
  return { ...trusted, keys: [...own, ...trusted.keys], threshold: 1 };
}

async function highestInReceipts(
  stateDir: string,
  track: string,
  { media, context }: SequenceSources,
): Promise<number> {
  const hosts = await readKeyDirectory(trustedHostsDirectory(stateDir));
  try {
    const { receipts } = await readReceipts(media, hosts);
    return Math.max(0, ...receipts.map(({ highest }) => valueOf(highest, track) ?? 0));
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    context.progress.warn(`No receipt counts for the next sequence number: ${error.message}`);
    return 0;
  }
}
