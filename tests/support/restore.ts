/** The options of a plain restore, for tests that change some. */
import { restore, type RestoreOptions } from '../../src/restore/workflows/restore.ts';
import { testContext } from './online.ts';

export function restoreIn(root: string, options: Partial<RestoreOptions> = {}) {
  return restore({
    root,
    allowDowngrades: false,
    allowRemovals: false,
    removeForeign: false,
    trustExpiredUpstream: false,
    dryRun: false,
    askPassphrase: () => Promise.reject(new Error('nobody is asked')),
    context: testContext(),
    ...options,
  });
}

export const everythingAllowed = { allowDowngrades: true, allowRemovals: true };
