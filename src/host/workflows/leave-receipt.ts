/**
 * Writes the receipt, as the last step of `apply --receipt`: a signed statement of what the host holds now. A failure
 * undoes nothing.
 */
import { writeReport } from './write-report.ts';
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import { isAbsent, systemErrorCode } from '../../core/adapters/system-error.ts';
import { receiptsDirectory } from '../../hosts/adapters/receipt-files.ts';
import { isRealDirectory } from '../../core/adapters/regular-file.ts';
import { type Store } from '../../store/adapters/store.ts';
import type { ApplyReport } from '../domain/apply-report.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { placedError } from '../../core/domain/placed-error.ts';
import { systemError } from '../../core/domain/system-errors.ts';
import type { Context } from '../../core/domain/progress.ts';

/**
 * Checks the directory before anything is done. Warns where the receipt would stay on the host's own disk, for instance
 * at a mount point where nothing is mounted. @throws PommgrError `usage.receipt` unless `top`, where given, is a
 * directory.
 */
export async function checkReceiptTop(top: string | undefined, { progress }: Context): Promise<void> {
  if (top === undefined) return;
  try {
    const directory = await realpath(resolve(top));
    if (await isRealDirectory(directory)) {
      if ((await stat(directory)).dev === (await stat('/')).dev) {
        progress.warn(
          `${top} is on this host's own disk (the file system of /): what is left there does not travel. "findmnt --target ${top}" shows whether the medium is mounted.`,
        );
      }
      return;
    }
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  throw new PommgrError('usage.receipt', `There is no directory ${top} for the receipt.`, {
    hints: ['Mount the medium that is to carry it, then name its mount point with --receipt.'],
    details: { directory: top },
  });
}

/**
 * Returns the report with the path of the receipt; unchanged where no receipt was requested.
 * @throws PommgrError `state.receipt` when it cannot be written: what was applied stays applied.
 */
export async function leaveReceipt(
  report: ApplyReport,
  options: { receipt?: string | undefined; store: Store; root: string; context: Context },
): Promise<ApplyReport> {
  const { receipt: top, context } = options;
  if (top === undefined) return report;
  context.progress.step('Writing the receipt');
  try {
    return {
      ...report,
      receipt: await writeReport(top, { ...options, aptRoot: await openAptRoot(options.root) }),
    };
  } catch (error) {
    if (!(error instanceof PommgrError) && systemErrorCode(error) === undefined) throw error;
    throw notWritten(report, top, error as Error);
  }
}

function notWritten({ outcome, baseline }: ApplyReport, top: string, cause: Error): PommgrError {
  const done = outcome === 'stored' ? 'stored' : 'applied';
  const directory = receiptsDirectory(top);
  const why = placedError(cause) ?? systemError(cause) ?? cause;
  return new PommgrError(
    'state.receipt',
    `${baseline.name} is ${done}, but no receipt was written to ${directory}: ${why.message.replace(/\.$/, '')}.`,
    {
      hints: [
        `Nothing was undone. To leave a receipt, name a directory that can be written and run the same command again: it finds ${baseline.name} ${done} already.`,
      ],
      details: { outcome, baseline, directory },
      cause,
    },
  );
}
