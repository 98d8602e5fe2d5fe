/** Chooses the base of a bundle, as `pack --since` names it. */
import { readBaseline } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { isBaseOf } from '../../medium/domain/bundle-checks.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { baseFromReceipts, receiptsTop } from './base-from-receipts.ts';

export interface BaseChoice {
  /** A baseline's name, `none`, `receipt`, or `receipt:DIR`. */
  since: string | undefined;
  /** Medium whose `receipts/` a bare `receipt` means. */
  media: string;
  context: Context;
}

/**
 * Returns null for a full bundle.
 * @throws PommgrError `config.baseline` for one that is gone, of another track or not older; as `baseFromReceipts`.
 */
export async function chooseBase(
  config: Config,
  baseline: Baseline,
  { since, media, context }: BaseChoice,
): Promise<Baseline | null> {
  if (since === undefined || since === 'none') return null;
  const top = receiptsTop(since, media);
  if (top !== undefined) return baseFromReceipts(config, baseline, { top, context });
  const base = await readBase(config, since);
  if (isBaseOf(base.name, baseline)) return base;
  throw new PommgrError(
    'config.baseline',
    `${base.name} cannot be the base of ${baseline.name}: expected an older baseline of the track ${baseline.track}.`,
    {
      hints: ['"pommgr baseline list" shows them. Without --since the bundle is full.'],
      details: { baseline: baseline.name, base: base.name },
    },
  );
}

async function readBase({ stateDir }: Config, name: string): Promise<Baseline> {
  try {
    return await readBaseline(stateDir, name);
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'config.baseline') throw error;
    throw new PommgrError('config.baseline', error.message, {
      hints: [
        ...error.hints,
        'What a bundle builds on must still be here: retention or "pommgr baseline remove" may have removed it. Give --since another one, or none for a full bundle.',
      ],
      details: error.details,
      cause: error,
    });
  }
}
