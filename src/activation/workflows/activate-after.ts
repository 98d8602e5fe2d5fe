/**
 * Implements `apply --activate`: it activates subscription keys after the switch. A failure is in the report; the
 * switch stays.
 */
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import type { ActivationReport } from '../../host/domain/activation-report.ts';
import type { ApplyReport } from '../../host/domain/apply-report.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { ActivationPlace } from '../../host/workflows/apply.ts';
import { activateOn } from './activate.ts';

/** Returns the report with the outcome for the keys. */
export async function activateAfter(
  report: ApplyReport,
  { store, ...options }: ActivationPlace,
): Promise<ApplyReport> {
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
