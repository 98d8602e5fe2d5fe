/** `apply --activate`: the subscription keys, after the switch. A failure is in the report; the switch stays. */
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import type { Store } from '../../store/adapters/store.ts';
import type { ActivationReport } from '../domain/activation-report.ts';
import type { ApplyReport } from '../../host/domain/apply-report.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { activateOn } from './activate.ts';

export interface ActivateAfterOptions {
  activate?: boolean;
  media: string;
  root: string;
  /** Locked, unless nothing is to change. */
  store: Store;
  dryRun?: boolean;
  context: Context;
}

/** The report with what became of the keys, where that was asked for. */
export async function activateAfter(
  report: ApplyReport,
  { activate = false, store, ...options }: ActivateAfterOptions,
): Promise<ApplyReport> {
  if (!activate) return report;
  const { root, media } = options;
  const at = { store, aptRoot: await openAptRoot(root), recovered: null };
  try {
    return { ...report, activation: await activateOn(at, options) };
  } catch (error) {
    if (!(error instanceof PommgrError) || error.family === 'interrupted') throw error;
    const { code, message, hints } = error;
    const activation: ActivationReport = {
      ...{ root, store: store.directory, media, products: [], recovered: null },
      error: { code, message, hints },
    };
    return { ...report, activation };
  }
}
