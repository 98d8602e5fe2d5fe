/**
 * Gathers what a host's products know about subscriptions: server IDs, CPU sockets, the present key. What a tool does
 * not report is computed, so that a host can still be locked and repaired when the product's state file is damaged or
 * the product does not run.
 */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { countSockets, readComputedServerIds } from '../../apt/adapters/server-id-files.ts';
import type { ServerId } from '../../apt/domain/host-lock.ts';
import { hostServerIds, maskServerId } from '../../apt/domain/server-ids.ts';
import { productTools, type ProductTool } from '../../subscription/domain/product-tool.ts';
import type { SubscriptionAnswer } from '../../subscription/domain/subscription-answer.ts';
import { subscriptionProductSchema } from '../../config/domain/subscription-key.ts';
import { askSubscription, hasTool } from './subscription-tools.ts';

export interface ProductFacts {
  /** Output of the product's tool; null where the tool does not exist or fails. */
  answer: SubscriptionAnswer | null;
  /** All IDs that the product answers to here, its own report first. Upper-case. */
  serverIds: string[];
  /** Undefined where it is unknown. */
  sockets: number | undefined;
}

export interface AskOptions {
  /** Time limit for the tool. Default: a minute. */
  limitSeconds?: number | undefined;
  context: Pick<Context, 'progress' | 'signal'>;
}

/** Never fails because of the tool's output: that leads to a warning. */
export async function askProduct(
  aptRoot: AptRoot,
  tool: ProductTool,
  options: AskOptions,
): Promise<ProductFacts> {
  const { progress } = options.context;
  const answer = (await hasTool(aptRoot, tool)) ? await answerOf(aptRoot, tool, options) : null;
  const { ids, foreign } = hostServerIds(await readComputedServerIds(aptRoot), {
    ids: answer?.serverIds ?? [],
    isActive: answer?.status === 'active',
  });
  for (const id of foreign) progress.warn(foreignText(tool, id));
  return { answer, serverIds: ids, sockets: answer?.sockets ?? (await countSockets(aptRoot)) };
}

async function answerOf(
  aptRoot: AptRoot,
  tool: ProductTool,
  { limitSeconds, context }: AskOptions,
): Promise<SubscriptionAnswer | null> {
  try {
    return await askSubscription(aptRoot, tool, { limitSeconds, signal: context.signal });
  } catch (error) {
    if (!(error instanceof PommgrError) || !['tool.subscription', 'tool.timeout'].includes(error.code))
      throw error;
    context.progress.warn(
      [error.message, "The server IDs are computed from the host's SSH host key and machine ID."].join('\n'),
    );
    return null;
  }
}

function foreignText({ program }: ProductTool, id: string): string {
  return `${program} names the server ID ${maskServerId(id)}, which is not one of this host's: its state file comes from another machine (a clone, or a restored backup). A key that is made for this host replaces it.`;
}

/** Reads the server ID of each product that has subscription keys, sorted by product. */
export async function readServerIds(
  aptRoot: AptRoot,
  { products, context }: { products: readonly string[]; context: AskOptions['context'] },
): Promise<ServerId[]> {
  const found: ServerId[] = [];
  for (const product of subscriptionProductSchema.options.filter((name) => products.includes(name))) {
    const { serverIds } = await askProduct(aptRoot, productTools[product], { context });
    if (serverIds.length === 0) context.progress.warn(noneText(product));
    for (const serverId of serverIds) found.push({ product, serverId });
  }
  return found;
}

function noneText(product: string): string {
  return `The lock names no server ID for ${product}: /etc/ssh/ssh_host_rsa_key.pub and /etc/machine-id are missing or empty. No subscription key can be bound to this host until one of them is there.`;
}
