/**
 * Learns its track's sequence numbers from the medium for `pack`: a machine that was set up anew, or restored from an
 * old backup, must not assign a number twice. Invariant: a number is accepted only with the signed manifest that has
 * it, under this machine's own threshold, and no further than `largestJump` from the known one; a receipt may carry
 * such a manifest. Anything else, including what a host claims, is a question to the operator: one key or one host must
 * not be able to use up the numbers of the whole site.
 */
import { valueOf } from '../../core/domain/named.ts';
import { readSignedBundle } from '../../medium/adapters/bundle-root.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { provenSequence } from './proven-sequence.ts';
import { readReceipts } from '../../hosts/adapters/receipt-files.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { highestSequence, recordSequence } from '../../baseline/adapters/state-file.ts';
import {
  readHostTrust,
  readKeyDirectory,
  trustedHostsDirectory,
  type TrustedKeys,
} from '../../trust/adapters/trusted-keys.ts';
import { largestJump } from '../../medium/domain/largest-jump.ts';
import { parseBundleName } from '../../medium/domain/bundle-choice.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';

export interface SequenceSources {
  media: string;
  /** Bundles that these keys signed count, as do those of the keys that this machine trusts. */
  keys: readonly SigningKey[];
  context: Context;
}

/**
 * Stores the highest sequence signed on the medium in the state, where it is higher. A number that is not accepted
 * leads to a warning, with the command that accepts it.
 */
export async function rememberSequence(
  { stateDir, track }: Pick<Config, 'stateDir' | 'track'>,
  sources: SequenceSources,
): Promise<void> {
  const known = await highestSequence(stateDir, track);
  const trusted = await signersThatCount(sources.keys);
  const onMedium = await highestBundle({ track, known }, { ...sources, trusted });
  const inReceipts = await highestInReceipts(
    stateDir,
    { track, known: Math.max(known, onMedium) },
    { ...sources, trusted },
  );
  const seen = Math.max(onMedium, inReceipts);
  if (seen <= known) return;
  await recordSequence(stateDir, track, seen);
  const where = inReceipts > onMedium ? 'A receipt on the medium proves' : 'The medium has';
  sources.context.progress.note(
    `${where} ${track}-${seen}, this machine has only ${track}-${known}: the next baseline is ${track}-${seen + 1}.`,
  );
}

interface TrustingSources extends Pick<SequenceSources, 'media' | 'context'> {
  trusted: TrustedKeys;
}

/** Returns the question for the operator. */
function question(what: string, { track, known }: { track: string; known: number }, found: number): string {
  return `${what} This machine knows ${track}-${known}, and goes on from there. If ${track}-${found} is right, run "pommgr snapshot --accept-sequence ${found}".`;
}

/** Returns the highest number above `known`; 0 where there is none. */
async function highestBundle(
  { track, known }: { track: string; known: number },
  { media, trusted, context }: TrustingSources,
): Promise<number> {
  const { bundles } = await listMedium(media);
  const higher = bundles
    .map(parseBundleName)
    .filter((bundle) => bundle.track === track && bundle.sequence > known)
    .toSorted((a, b) => b.sequence - a.sequence);
  for (const { name, sequence } of higher) {
    try {
      await readSignedBundle(media, name, trusted);
      if (sequence - known <= largestJump) return sequence;
      const what = `${name} on the medium is signed, but ${sequence - known} numbers ahead.`;
      context.progress.warn(question(what, { track, known }, sequence));
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
  return { ...trusted, keys: [...own, ...trusted.keys] };
}

/**
 * Returns the highest number above `known` that a trusted host's receipt proves; warns about numbers that are only
 * claimed.
 */
async function highestInReceipts(
  stateDir: string,
  { track, known }: { track: string; known: number },
  { media, trusted, context }: TrustingSources,
): Promise<number> {
  const hosts = await readKeyDirectory(trustedHostsDirectory(stateDir));
  let proven = 0;
  try {
    const { receipts } = await readReceipts(media, hosts);
    for (const receipt of receipts) {
      const sequence = await provenSequence(receipt, { track, media, trusted });
      if (sequence > known && sequence - known <= largestJump) proven = Math.max(proven, sequence);
    }
    for (const { host, highest } of receipts) {
      const found = valueOf(highest, track) ?? 0;
      if (found <= Math.max(known, proven)) continue;
      const name = host.name === '' ? host.id.slice(0, 16) : host.name;
      const what = `The receipt of the host ${name} says that it has applied ${track}-${found}.`;
      context.progress.warn(question(what, { track, known: Math.max(known, proven) }, found));
    }
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    context.progress.warn(`No receipt counts for the next sequence number: ${error.message}`);
  }
  return proven;
}
