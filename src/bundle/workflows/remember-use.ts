/** Records what retention must not remove: baselines that hosts report on a medium, and the bases of packed deltas. */
import { recordDelta, recordHost } from '../../baseline/adapters/baselines-in-use.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { readReceipts } from '../../hosts/adapters/receipt-files.ts';
import { newestReceipts } from '../../hosts/domain/receipt.ts';
import { readKeyDirectory, trustedHostsDirectory } from '../../trust/adapters/trusted-keys.ts';
import type { PackPlan } from './plan-pack.ts';

/**
 * Records the receipts in `receipts/` below `top`. A modified receipt is only a warning here: nothing depends on it
 * yet.
 */
export async function rememberReceipts(
  { stateDir }: Config,
  { top, context }: { top: string; context: Context },
): Promise<void> {
  const hosts = await readKeyDirectory(trustedHostsDirectory(stateDir));
  if (hosts.keys.length === 0) return;
  try {
    const { receipts } = await readReceipts(top, hosts);
    for (const { host, applied, time } of newestReceipts(receipts)) {
      await recordHost(stateDir, host.id, { name: host.name, applied: applied?.name ?? null, time });
    }
  } catch (error) {
    if (!(error instanceof PommgrError) || error.family !== 'trust') throw error;
    context.progress.warn(`Receipts on ${top} are ignored: ${error.message}`);
  }
}

/** Records the base of a delta that was packed. */
export async function rememberDelta({ stateDir }: Config, { name, base, baseline }: PackPlan): Promise<void> {
  if (base !== null) await recordDelta(stateDir, baseline.track, { bundle: name, base: base.name });
}
