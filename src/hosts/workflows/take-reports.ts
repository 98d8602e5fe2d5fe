/**
 * Takes in what trusted hosts left on a medium: receipts, locks, wishes and records of rollouts. A newer report replaces an older one, never
 * the reverse; a report of a host that is not trusted is ignored; everything that is ignored is reported.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import { lockGaps } from '../../apt/domain/host-lock.ts';
import {
  readKeyDirectory,
  trustedHostsDirectory,
  type KeyDirectory,
} from '../../trust/adapters/trusted-keys.ts';
import { readAcceptedWishes, writeAcceptedWishes } from '../adapters/accepted-wishes.ts';
import { readReceipts, type SignedReceipt } from '../adapters/receipt-files.ts';
import {
  keepReportedHost,
  readLock,
  readReportedHosts,
  type ReportedHost,
} from '../adapters/reported-hosts.ts';
import { hostLabel } from '../domain/receipt.ts';
import { takeRollouts } from './take-rollouts.ts';
import type { AcceptedWish, Wish } from '../domain/wish.ts';

export interface TakeReportsOptions {
  stateDir: string;
  /** Directories whose `receipts/` are read; none: what was taken in before. */
  media: readonly string[];
  /** Asks whether wishes are accepted; without it, they are only shown. */
  acceptWishes?: ((wishes: readonly HostWish[]) => Promise<boolean>) | undefined;
  dryRun: boolean;
  /** Says nothing of hosts that are not trusted. */
  skipUnknown?: boolean;
  context: Context;
}

/** A wish, and whose it is. */
export interface HostWish extends Wish {
  host: { name: string; id: string };
}

export interface TakenReports {
  /** All trusted hosts that ever reported, as they said last. */
  hosts: ReportedHost[];
  /** Agreed to so far, those of this run included. */
  accepted: AcceptedWish[];
  /** Hosts whose report this run took in, by fingerprint. */
  taken: string[];
  /** Wishes that wait for an answer. */
  open: HostWish[];
}

/** @throws PommgrError `trust.signature` for a report in a trusted host's name that its key did not sign. */
export async function takeReports(options: TakeReportsOptions): Promise<TakenReports> {
  const { stateDir, context, dryRun } = options;
  const trusted = await readKeyDirectory(trustedHostsDirectory(stateDir));
  const hosts = new Map(
    (await readReportedHosts(stateDir, trusted)).map((host) => [host.receipt.host.id, host]),
  );
  await takeRollouts({ ...options, trusted });
  const taken: string[] = [];
  for (const { top, signed } of await readMedia(options, trusted)) {
    const { receipt } = signed;
    const known = hosts.get(receipt.host.id)?.receipt;
    if (!isNews(receipt, known, context)) continue;
    const lock = await readReportedLock(top, signed, context);
    if (lock === undefined) continue;
    if (!dryRun) await keepReportedHost(stateDir, { signed, lock: lock?.text ?? null });
    hosts.set(receipt.host.id, { receipt, lock });
    taken.push(receipt.host.id);
    context.progress.note(`Took in the report of ${hostLabel(receipt)} of ${receipt.time}.`);
  }
  const reported = [...hosts.values()].toSorted((a, b) => compareText(a.receipt.host.id, b.receipt.host.id));
  return { hosts: reported, taken, ...(await answerWishes(reported, options)) };
}

async function readMedia(
  { media, skipUnknown = false, context }: TakeReportsOptions,
  trusted: KeyDirectory,
): Promise<{ top: string; signed: SignedReceipt }[]> {
  const found: { top: string; signed: SignedReceipt }[] = [];
  for (const top of media) {
    const { signed, unknown } = await readReceipts(top, trusted);
    for (const path of skipUnknown ? [] : unknown) {
      context.progress.warn(`${path} is ignored: its host is not trusted ("pommgr host trust FILE").`);
    }
    found.push(...signed.map((one) => ({ top, signed: one })));
  }
  return found.toSorted((a, b) => compareText(a.signed.receipt.time, b.signed.receipt.time));
}

function isNews(
  receipt: SignedReceipt['receipt'],
  known: SignedReceipt['receipt'] | undefined,
  context: Context,
): boolean {
  if (known === undefined || compareText(known.time, receipt.time) < 0) return true;
  if (known.time !== receipt.time) {
    context.progress.warn(
      `The report of ${hostLabel(receipt)} of ${receipt.time} is ignored: a newer one, of ${known.time}, is known.`,
    );
  }
  return false;
}

/**
 * Returns undefined where the receipt names a lock that does not exist: an incomplete report is ignored, and the
 * earlier one stays.
 */
async function readReportedLock(
  top: string,
  signed: SignedReceipt,
  context: Context,
): Promise<ReportedHost['lock'] | undefined> {
  const { receipt } = signed;
  try {
    const lock = await readLock(top, signed);
    const gaps = lock === null ? [] : lockGaps(lock.lock);
    if (gaps.length > 0) {
      context.progress.warn(
        `The lock of ${hostLabel(receipt)} lacks: ${gaps.join(', ')}. An older pommgr made it.`,
      );
    }
    return lock;
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'integrity.missing') throw error;
    context.progress.warn(
      `The report of ${hostLabel(receipt)} is ignored, for its lock is missing: ${error.message}`,
    );
    return undefined;
  }
}

async function answerWishes(
  hosts: readonly ReportedHost[],
  { stateDir, acceptWishes, dryRun, context }: TakeReportsOptions,
): Promise<Pick<TakenReports, 'accepted' | 'open'>> {
  const accepted = await readAcceptedWishes(stateDir);
  const isAccepted = (wish: HostWish): boolean =>
    accepted.some((one) => one.package === wish.package && one.host.id === wish.host.id);
  const open = hosts.flatMap(({ receipt: { host, wishes } }) =>
    wishes
      .map((wish): HostWish => ({ ...wish, host: { name: host.name, id: host.id } }))
      .filter((wish) => !isAccepted(wish)),
  );
  if (open.length === 0 || acceptWishes === undefined || !(await acceptWishes(open)))
    return { accepted, open };
  const time = formatTime(context.timestamp());
  const all = [...accepted, ...open.map((wish) => ({ ...wish, accepted: time }))];
  if (!dryRun) await writeAcceptedWishes(stateDir, all);
  return { accepted: all, open: [] };
}
