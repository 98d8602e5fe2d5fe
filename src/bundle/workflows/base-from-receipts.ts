/** Chooses the base of a delta by what all hosts report to hold. */
import { listBaselines } from '../../baseline/adapters/baseline-files.ts';
import { readReceipts, receiptsDirectory } from '../../hosts/adapters/receipt-files.ts';
import {
  readKeyDirectory,
  trustedHostsDirectory,
  type KeyDirectory,
} from '../../trust/adapters/trusted-keys.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { isOfTrack, newestHeldByAll, newestReceipts, type Receipt } from '../../hosts/domain/receipt.ts';

const hostHint = 'On each host, "pommgr apply --receipt DIR" leaves one.';
const trustHint = 'A host whose key you know is trusted by "pommgr host trust FILE".';
const otherHint = 'Name the base by --since BASELINE, or pack a full bundle with --since none.';

/** Returns the directory whose `receipts/` decide, where `--since receipt` or `--since receipt:DIR` asks for that. */
export function receiptsTop(since: string, media: string): string | undefined {
  if (since === 'receipt') return media;
  return since.startsWith('receipt:') ? since.slice('receipt:'.length) : undefined;
}

/**
 * Returns the newest baseline before `baseline` that every trusted host of its track holds, by its newest receipt below
 * `top`.
 * @throws PommgrError `trust.signature` for a receipt that was changed, `config.receipt` where there is no such base.
 */
export async function baseFromReceipts(
  config: Config,
  baseline: Baseline,
  { top, context }: { top: string; context: Context },
): Promise<Baseline> {
  const hosts = await readKeyDirectory(trustedHostsDirectory(config.stateDir));
  const { receipts, unknown } = await readReceipts(top, hosts);
  for (const path of unknown) {
    context.progress.warn(`${path} counts for nothing: its host is not trusted ("pommgr host trust").`);
  }
  const { track, sequence } = baseline;
  const newest = newestReceipts(receipts);
  const ofTrack = newest.filter((receipt) => isOfTrack(receipt, track));
  warnOfSilentHosts(hosts, newest, context);
  if (ofTrack.length === 0) throw noReceipt(receiptsDirectory(top), track, newest.length);
  const older = (await listBaselines(config.stateDir)).filter(
    (candidate) => candidate.track === track && candidate.sequence < sequence,
  );
  const base = newestHeldByAll(older, ofTrack);
  if (base === undefined) throw nothingHeld(baseline, older, ofTrack);
  context.progress.note(
    `${ofTrack.map(hostText).join(', ')} ${ofTrack.length === 1 ? 'holds' : 'hold'} ${base.name}: it is the base.`,
  );
  return base;
}

/**
 * Silent hosts do not limit the base, because their baseline is unknown: `apply` there names the base if it is missing.
 */
function warnOfSilentHosts(hosts: KeyDirectory, newest: readonly Receipt[], context: Context): void {
  const heard = new Set(newest.map(({ host }) => host.id));
  for (const { keyId, fingerprint } of hosts.keys) {
    if (!heard.has(fingerprint)) context.progress.warn(`The trusted host ${keyId} has left no receipt here.`);
  }
}

function noReceipt(directory: string, track: string, others: number): PommgrError {
  const what = others === 0 ? 'of a trusted host' : `of a trusted host of the track ${track}`;
  return new PommgrError('config.receipt', `There is no receipt ${what} in ${directory}.`, {
    hints: [hostHint, trustHint, otherHint],
    details: { directory, track },
  });
}

function nothingHeld(
  baseline: Baseline,
  older: readonly Baseline[],
  receipts: readonly Receipt[],
): PommgrError {
  const held = receipts.map(
    (receipt) => `${hostText(receipt)}: ${receipt.baselines.map(({ name }) => name).join(', ') || 'none'}`,
  );
  return new PommgrError(
    'config.receipt',
    `No baseline before ${baseline.name} is held by all the hosts that left a receipt. They hold, ${held.join('; ')}.`,
    {
      hints: [
        `Here are: ${older.map(({ name }) => name).join(', ') || 'none'}. One of the same name with another digest does not count.`,
        otherHint,
      ],
      details: { baseline: baseline.name, hosts: receipts.map(({ host }) => host) },
    },
  );
}

function hostText({ host }: Receipt): string {
  const keyId = host.id.slice(0, 16);
  return host.name === '' ? keyId : `${host.name} (${keyId})`;
}
