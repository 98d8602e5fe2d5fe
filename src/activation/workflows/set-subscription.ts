/**
 * Sets a subscription key in a product. Invariant: it returns only when the product itself says that the key is active;
 * otherwise the previous state is restored, even after a kill (`recover`).
 */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { appendAudit, auditUser } from '../../store/adapters/audit-log.ts';
import { readStoreState, writeStoreState, type Store } from '../../store/adapters/store.ts';
import { keepInfo, keepSubscription, putBackSubscription } from '../../store/adapters/subscription-state.ts';
import { askSubscription, setOfflineKey } from '../../host/adapters/subscription-tools.ts';
import type { ChosenInfo } from '../domain/activation.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { ProductTool } from '../../subscription/domain/product-tool.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { ActivateOperation } from '../../store/domain/journal.ts';
import type { SubscriptionAnswer } from '../../subscription/domain/subscription-answer.ts';
import { formatTime } from '../../core/domain/time.ts';
import { withJournal } from '../../store/workflows/with-journal.ts';

export interface SetSubscriptionOptions {
  store: Store;
  aptRoot: AptRoot;
  tool: ProductTool;
  /** Time limit for each run of the product's tool. */
  limitSeconds?: number | undefined;
  context: Context;
}

/** @throws PommgrError `tool.subscription`, `tool.subscription-inactive`, `tool.timeout`; the host is as before then. */
export async function setSubscription(
  chosen: ChosenInfo,
  options: SetSubscriptionOptions,
): Promise<SubscriptionAnswer> {
  const { store, aptRoot, tool, context } = options;
  await keepSubscription(store, aptRoot, tool);
  const { audit } = await readStoreState(store);
  const operation: ActivateOperation = {
    kind: 'activate',
    product: tool.product,
    records: audit.records,
  };
  let isPutBack = false;
  const undo = async (): Promise<'undone' | 'committed'> => {
    const outcome = await undoUnlessCommitted(operation, options);
    isPutBack = outcome === 'undone';
    return outcome;
  };
  try {
    return await withJournal({ store, operation, what: 'The activation', undo, context }, async (begin) => {
      await begin();
      const answer = await setAndAsk(chosen, options);
      await commit(chosen, options);
      return answer;
    });
  } catch (error) {
    throw isPutBack ? putBackSaid(error) : error;
  }
}

async function setAndAsk(
  { text, info }: ChosenInfo,
  { aptRoot, tool, limitSeconds, context }: SetSubscriptionOptions,
): Promise<SubscriptionAnswer> {
  const { signal } = context;
  await setOfflineKey(aptRoot, tool, { text, limitSeconds, signal });
  const answer = await askSubscription(aptRoot, tool, { limitSeconds, signal });
  const isOurs = answer.key === null || answer.key === info.key;
  if (answer.status === 'active' && isOurs) return answer;
  const why = isOurs ? (answer.message ?? 'it does not say why') : 'it has another key';
  throw new PommgrError(
    'tool.subscription-inactive',
    `${tool.program} took the subscription key, and says that it is ${answer.status}: ${why}. Expected it to be active.`,
    {
      hints: ['"pommgr subscription steps" says what each message of the product means.'],
      details: { product: tool.product, status: answer.status, message: answer.message },
    },
  );
}

/** The record in the state is the commit. It contains no subscription key. */
async function commit({ text }: ChosenInfo, { store, tool, context }: SetSubscriptionOptions): Promise<void> {
  await keepInfo(store, tool.product, text);
  const state = await readStoreState(store);
  const audit = await appendAudit(store, state.audit, {
    time: formatTime(context.timestamp()),
    user: auditUser(),
    action: 'activate',
    baseline: state.applied?.baseline ?? null,
    digest: state.applied?.digest ?? null,
    target: null,
    product: tool.product,
    decisions: [],
  });
  await writeStoreState(store, { ...state, audit });
}

async function undoUnlessCommitted(
  { records, product }: ActivateOperation,
  { store, aptRoot }: SetSubscriptionOptions,
): Promise<'undone' | 'committed'> {
  const { audit } = await readStoreState(store);
  if (audit.records > records) return 'committed';
  await putBackSubscription(store, aptRoot, product);
  return 'undone';
}

function putBackSaid(error: unknown): unknown {
  if (!(error instanceof PommgrError)) return error;
  const { code, message, hints, details } = error;
  const said = 'The host has the subscription that it had before: it was put back.';
  return new PommgrError(code, message, { hints: [said, ...hints], details, cause: error });
}
