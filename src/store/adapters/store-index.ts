/** Writes what a store offers: `baselines/index.json`, which is derived from `baselines/`. */
import { join } from 'node:path';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { indexFileName } from '../domain/offered-path.ts';
import { isRootSignatureName } from '../../trust/domain/signing-key.ts';
import type { StoreIndex } from '../domain/store-index.ts';
import { listDirectory, pathExists, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { storedApprovals, storedReportRoot } from './stored-approvals.ts';
import { readHeldTargets } from './stored-share.ts';
import { storedBaselineDirectory, storedBaselineNames, type Store } from './store.ts';

const maxIndexBytes = 16 * 1024 * 1024;

/** At most as many as a reader accepts. */
const maxApprovalFiles = 256;

/** Lists the complete baselines, without those that are about to be removed. */
export async function writeStoreIndex(store: Store, without: readonly string[] = []): Promise<void> {
  const baselines: StoreIndex['baselines'] = [];
  for (const name of await storedBaselineNames(store)) {
    if (without.includes(name)) continue;
    const directory = storedBaselineDirectory(store, name);
    const signatures = (await listDirectory(directory)).filter(isRootSignatureName);
    const held = await readHeldTargets(directory);
    baselines.push({
      ...{ name, signatures },
      ...(await offeredApprovals(directory)),
      ...(held === null ? {} : { targets: [...held] }),
    });
  }
  const path = join(store.baselines, indexFileName);
  const text = canonicalJson({ schema: 'pommgr/store-index/v1', baselines } satisfies StoreIndex);
  const isSame =
    (await pathExists(path)) && (await readPlainFile(path, maxIndexBytes)).toString('utf8') === text;
  if (!isSame) await writeFileAtomic(path, text);
}

async function offeredApprovals(
  directory: string,
): Promise<Pick<StoreIndex['baselines'][number], 'approvals' | 'report'>> {
  const approvals = (await storedApprovals(directory)).names.slice(0, maxApprovalFiles);
  const report = (await storedReportRoot(directory)).names;
  return {
    ...(approvals.length === 0 ? {} : { approvals: [...approvals] }),
    ...(report.length === 0 ? {} : { report: [...report] }),
  };
}
