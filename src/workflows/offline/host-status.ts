/** `pommgr status` on a host: what is applied, and what does not fit it any more. Changes nothing. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { simulateUpgrade } from '../../adapters/apt.ts';
import { openAptRoot } from '../../adapters/apt-root.ts';
import { listOtherSources } from '../../adapters/host-apt-files.ts';
import { readJournal } from '../../adapters/journal.ts';
import { locateStore, readStoreState, storedBaselineNames, storeExists } from '../../adapters/store.ts';
import type { HostStatus } from '../../domain/status.ts';

/** Undefined when the host has no store. */
export async function hostStatus(options: {
  root?: string | undefined;
  store?: string | undefined;
}): Promise<HostStatus | undefined> {
  const root = await realpath(resolve(options.root ?? '/'));
  const store = await locateStore(root, options.store);
  if (!(await storeExists(store))) return undefined;
  const { applied, setAside } = await readStoreState(store);
  const journal = await readJournal(store);
  const aptRoot = applied === null ? undefined : await openAptRoot(root);
  return {
    root,
    store: store.directory,
    applied,
    stored: await storedBaselineNames(store),
    setAside,
    otherSources: aptRoot === undefined ? [] : await listOtherSources(aptRoot),
    interrupted:
      journal === undefined
        ? null
        : {
            operation: journal.operation.kind,
            baseline:
              journal.operation.kind === 'import'
                ? journal.operation.baseline
                : journal.operation.next.baseline,
            started: journal.started,
          },
    plan: aptRoot === undefined ? null : await simulateUpgrade(aptRoot),
  };
}
