/** Chooses which of the offered infos a host activates. Invariant: the chosen info was judged usable. */
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError, type ErrorCode } from '../../core/domain/errors.ts';
import type { ShownSubscription } from '../../host/domain/activation-report.ts';
import type { SubscriptionAnswer } from '../../subscription/domain/subscription-answer.ts';
import {
  dueDate,
  isSigned,
  parseSubscriptionInfo,
  validUntil,
  type SubscriptionInfo,
} from '../../subscription/domain/subscription-info.ts';
import {
  isOnlyUnchecked,
  judgeSubscription,
  type JudgeOptions,
  type SubscriptionProblem,
} from '../../subscription/domain/subscription-judgement.ts';
import { maskSubscriptionKey, parseSubscriptionKey } from '../../config/domain/subscription-key.ts';

/** An info from a medium or the store. */
export interface OfferedInfo {
  /** Names it in messages. */
  where: string;
  /** Its exact text, which the product gets. */
  text: string;
}

export interface ChosenInfo extends OfferedInfo {
  info: SubscriptionInfo;
}

/**
 * Returns the usable info with the latest due date, and of several the one that was checked last; in a tie, the one
 * that is already active.
 * @throws PommgrError `trust.subscription-*` or `config.subscription-info` when none is usable, with all that is wrong;
 *   `trust.subscription-choice` when two keys fit equally.
 */
export function chooseInfo(
  offered: readonly OfferedInfo[],
  options: JudgeOptions & { active: SubscriptionAnswer | null },
): ChosenInfo {
  const refused: Refusal[] = [];
  const usable: ChosenInfo[] = [];
  for (const offer of offered) {
    const judged = judge(offer, options);
    if ('code' in judged) refused.push(judged);
    else usable.push(judged);
  }
  const [best, ...rest] = usable.toSorted(
    (a, b) =>
      compareText(dueOf(b), dueOf(a)) ||
      Number(isActive(b, options)) - Number(isActive(a, options)) ||
      checkedAt(b) - checkedAt(a),
  );
  if (best === undefined) throw refusedAll(refused);
  const rival = rest.find((other) => other.info.key !== best.info.key && dueOf(other) === dueOf(best));
  if (rival === undefined || isActive(best, options)) return best;
  throw new PommgrError(
    'trust.subscription-choice',
    `Two subscription keys fit this host and run equally long: ${maskSubscriptionKey(best.info.key)} and ${maskSubscriptionKey(rival.info.key)}; expected one.`,
    { hints: ['Take one of them away on the online side, then pack the keys again.'] },
  );
}

/**
 * Returns why the active key stays: it is the same one, or a better one. Returns undefined where the info improves on
 * it.
 */
export function reasonToKeep(
  active: SubscriptionAnswer | null,
  { info }: ChosenInfo,
): 'unchanged' | 'kept' | undefined {
  if (active === null || active.status !== 'active') return undefined;
  const due = compareText(active.nextDueDate ?? '', dueDate(info) ?? '');
  const isNewer = !active.isSigned || (info.checktime ?? 0) > (active.checkTime ?? 0);
  if (due < 0 || (due === 0 && isNewer)) return undefined;
  return due === 0 && active.key === info.key ? 'unchanged' : 'kept';
}

/** Returns an info in a form that may be shown. */
export function shownInfo(info: SubscriptionInfo): ShownSubscription {
  return {
    ...shownKey(info.key),
    nextDueDate: dueDate(info),
    validUntil: validUntil(info),
  };
}

/** Returns what a product reported about its key; null where it has none. */
export function shownAnswer({ key, nextDueDate }: SubscriptionAnswer): ShownSubscription | null {
  return key === null ? null : { ...shownKey(key), nextDueDate, validUntil: null };
}

function shownKey(key: string): Pick<ShownSubscription, 'maskedKey' | 'plan' | 'sockets'> {
  const shape = parseSubscriptionKey(key);
  return {
    maskedKey: maskSubscriptionKey(key),
    plan: shape?.plan ?? null,
    sockets: shape?.sockets ?? null,
  };
}

interface Refusal {
  code: ErrorCode;
  text: string;
  hints: string[];
}

function judge(offer: OfferedInfo, options: JudgeOptions): ChosenInfo | Refusal {
  let info: SubscriptionInfo;
  try {
    info = parseSubscriptionInfo(offer.text, offer.where);
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'config.subscription-info') throw error;
    return { code: error.code, text: error.message, hints: error.hints };
  }
  const { problems } = judgeSubscription(info, options);
  return problems.length === 0 ? { ...offer, info } : refusal(offer, info, problems);
}

/** A bad signature is reported first: nothing else in the info can then be trusted. */
function refusal({ where }: OfferedInfo, info: SubscriptionInfo, all: SubscriptionProblem[]): Refusal {
  const signature = all.filter(({ code }) => code === 'signature' || code === 'unsigned');
  const problems = isSigned(info) && signature.length > 0 ? signature : all;
  return {
    code: `trust.subscription-${problems[0]?.code ?? 'info'}`,
    text: `${where} ${isOnlyUnchecked(problems) ? 'could not be checked' : 'cannot be used'}: ${problems.map(({ text }) => text).join(' ')}`,
    hints: [...new Set(problems.map(({ hint }) => hint))],
  };
}

function refusedAll(refused: readonly Refusal[]): PommgrError {
  const hints = [...new Set(refused.flatMap((refusal) => refusal.hints))];
  return new PommgrError(
    refused[0]?.code ?? 'trust.subscription-missing',
    refused.map(({ text }) => text).join('\n'),
    {
      hints,
    },
  );
}

/** Dates like `2027-01-31` compare as text; no date sorts first. */
function dueOf({ info }: ChosenInfo): string {
  return dueDate(info) ?? '';
}

function checkedAt({ info }: ChosenInfo): number {
  return info.checktime ?? 0;
}

function isActive({ info }: ChosenInfo, { active }: { active: SubscriptionAnswer | null }): boolean {
  return active?.status === 'active' && active.key === info.key;
}
