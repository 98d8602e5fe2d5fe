/** The last step of `apply --receipt`: the host says, signed, what it holds now. A failure undoes nothing. */
import { valueOf } from '../../core/domain/named.ts';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import { systemErrorCode } from '../../core/adapters/atomic-files.ts';
import { hostName } from '../../apt/adapters/host-facts.ts';
import { receiptsDirectory, writeReceipt } from '../../medium/adapters/receipt-files.ts';
import { openReceiptKey } from '../../store/adapters/receipt-key.ts';
import { isRealDirectory } from '../../core/adapters/regular-file.ts';
import { readStoreState, storedBaselineNames, type Store } from '../../store/adapters/store.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';
import type { ApplyReport, LeftReceipt } from '../domain/apply-report.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Receipt } from '../../medium/domain/receipt.ts';
import { formatTime } from '../../core/domain/time.ts';

/** Before anything is done. @throws PommgrError `usage.receipt` unless `top`, where given, is a directory. */
export async function checkReceiptTop(top: string | undefined): Promise<void> {
  if (top === undefined) return;
  try {
    if (await isRealDirectory(await realpath(resolve(top)))) return;
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  throw new PommgrError('usage.receipt', `There is no directory ${top} for the receipt.`, {
    hints: ['Mount the medium that is to carry it, then name its mount point with --receipt.'],
    details: { directory: top },
  });
}

/**
 * The report with where the receipt lies; as it is where none was asked for.
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
    return { ...report, receipt: await write(top, options) };
  } catch (error) {
    if (!(error instanceof PommgrError) && systemErrorCode(error) === undefined) throw error;
    throw notWritten(report, top, error as Error);
  }
}

async function write(
  top: string,
  { store, root, context }: { store: Store; root: string; context: Context },
): Promise<LeftReceipt> {
  const key = await openReceiptKey(store);
  const { applied, known, highest } = await readStoreState(store);
  const held = await storedBaselineNames(store);
  const { fingerprint } = key.publicKey;
  const receipt: Receipt = {
    schema: 'pommgr/receipt/v1',
    host: { name: (await hostName(await openAptRoot(root))).slice(0, 255), id: fingerprint },
    time: formatTime(context.timestamp()),
    track: applied?.track ?? null,
    applied:
      applied === null
        ? null
        : { name: applied.baseline, digest: applied.digest, sequence: applied.sequence },
    baselines: held.flatMap((name) => {
      const digest = valueOf(known, name);
      return digest === undefined ? [] : [{ name, digest }];
    }),
    highest,
    pommgrVersion: toolVersion(),
  };
  return { file: await writeReceipt(top, receipt, key), hostFingerprint: fingerprint };
}

function notWritten({ outcome, baseline }: ApplyReport, top: string, cause: Error): PommgrError {
  const done = outcome === 'stored' ? 'stored' : 'applied';
  const directory = receiptsDirectory(top);
  return new PommgrError(
    'state.receipt',
    `${baseline.name} is ${done}, but no receipt was written to ${directory}: ${cause.message.replace(/\.$/, '')}.`,
    {
      hints: [
        `Nothing was undone. To leave a receipt, name a directory that can be written and run the same command again: it finds ${baseline.name} ${done} already.`,
      ],
      details: { outcome, baseline, directory },
      cause,
    },
  );
}
