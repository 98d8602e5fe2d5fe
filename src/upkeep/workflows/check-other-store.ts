/** Checks whether the store of another host that has the applied baseline still has it. Changes nothing. */
import { join } from 'node:path';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { openStoreSource } from '../../store/adapters/store-source.ts';
import type { DoctorProblem } from '../domain/doctor-report.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import type { HostCheck } from './check-host.ts';
import { pathInStore } from '../../store/workflows/open-offer.ts';

const maxRootBytes = 1024 * 1024;

/** Checks by its manifest: that covers everything else, and apt checks what it fetches. */
export async function checkOtherStore(
  { aptRoot, stored }: Pick<HostCheck, 'aptRoot' | 'stored'>,
  context: Context,
): Promise<DoctorProblem[]> {
  if (stored === undefined || stored.remote === null) return [];
  const { remote, directory, baseline } = stored;
  context.progress.step(`Asking ${remote}`);
  const hashers = openHasherPool(1);
  try {
    const source = await openStoreSource(remote, { aptRoot, hashers, signal: context.signal });
    try {
      const theirs = await source.read(pathInStore(baseline.name, rootFileName), maxRootBytes);
      const ours = await readPlainFile(join(directory, rootFileName), maxRootBytes);
      if (theirs.equals(ours)) return [];
      const what = `${remote} has another ${rootFileName} of ${baseline.name} than when it was applied here.`;
      return [{ what, hint: `Run "pommgr apply --from ${remote}" again, which checks it.` }];
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!(error instanceof PommgrError) || error.family === 'interrupted') throw error;
    return [{ what: error.message, hint: error.hints.join(' ') }];
  } finally {
    await hashers.close();
  }
}
