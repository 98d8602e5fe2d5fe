/** Steps 3 and 4 of `snapshot`: what the pool lacks, and fetching that in parallel, each file checked as it streams in. */
import type { Downloader } from '../../upstream/adapters/download.ts';
import { requireSpace } from '../../core/adapters/free-space.ts';
import { collectingLate } from '../../core/adapters/heap.ts';
import { readSelectedPackages } from '../adapters/package-list-file.ts';
import type { Pool } from '../adapters/pool.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import type { SelectedPackage } from '../../upstream/domain/package-selection.ts';
import type { Context } from '../../core/domain/progress.ts';
import { isUpstreamFault } from '../../upstream/domain/upstream-fault.ts';
import type { FetchedPlan, FetchPlan, IndexedMirror } from './steps.ts';

/** With so many in the lists, memory is better used for them than to collect late. */
const manyPackages = 20_000;

/** Counts what must be fetched; a file that several mirrors list counts once. */
export async function planFetch(mirrors: IndexedMirror[], pool: Pool): Promise<FetchPlan> {
  const packages = { files: 0, sizeBytes: 0 };
  const missing = { files: 0, sizeBytes: 0 };
  const counted = new Set<string>();
  const wanted = new Set<string>();
  for await (const { entry } of plannedPackages(mirrors)) {
    packages.files += 1;
    packages.sizeBytes += entry.sizeBytes;
    if (counted.has(entry.sha256)) continue;
    counted.add(entry.sha256);
    if (await pool.has(entry)) continue;
    wanted.add(entry.sha256);
    missing.files += 1;
    missing.sizeBytes += entry.sizeBytes;
  }
  return { mirrors, packages, missing, wanted };
}

/**
 * Fetches what the pool lacks. With `tolerant` a package that upstream lacks or has wrong is left out, for the engine
 * to find.
 * @throws PommgrError `network.*`, `integrity.*`, `state.space` before the first byte.
 */
export async function fetchPackages(
  plan: FetchPlan,
  tools: { downloader: Downloader; pool: Pool; context: Context; tolerant?: boolean },
): Promise<FetchedPlan> {
  const digests = new Set<string>();
  const fetched = { files: 0, sizeBytes: 0, digests };
  if (plan.missing.files === 0) return { ...plan, fetched };
  await requireSpace(tools.pool.baseDir, plan.missing.sizeBytes, {
    files: plan.missing.files,
    what: 'the packages',
    waysOut: [
      'Remove old baselines ("pommgr baseline remove NAME", then "pommgr pool gc"), or take less: filters and "versions: latest" of the mirrors.',
    ],
  });
  const meter = tools.context.progress.meter('Fetching packages', plan.missing);
  const wanted = new Set(plan.wanted);
  const fetchOne = async ({ mirror, entry }: PlannedPackage, signal: AbortSignal): Promise<void> => {
    if (!wanted.delete(entry.sha256)) return;
    const path = await tools.pool.partialPath(entry.sha256);
    const { sizeBytes, sha256, sha512 } = entry;
    try {
      await tools.downloader.fetchFile(
        { uri: packageUri(mirror, entry), path, sizeBytes, sha256 },
        { onBytes: (bytes) => meter.add(bytes), signal },
      );
    } catch (error) {
      if (tools.tolerant !== true || !isUpstreamFault(error)) throw error;
      tools.context.progress.note(error.message);
      return;
    }
    await tools.pool.addFile(path, sha512 === '' ? { sizeBytes, sha256 } : { sizeBytes, sha256, sha512 });
    meter.add(0, 1);
    digests.add(sha256);
    fetched.files += 1;
    fetched.sizeBytes += sizeBytes;
  };
  const fetchAll = (): Promise<void> => tools.downloader.fetchAll(plannedPackages(plan.mirrors), fetchOne);
  await (plan.packages.files > manyPackages ? fetchAll() : collectingLate(fetchAll));
  meter.done();
  return { ...plan, fetched };
}

interface PlannedPackage {
  mirror: Mirror;
  entry: SelectedPackage;
}

async function* plannedPackages(mirrors: readonly IndexedMirror[]): AsyncGenerator<PlannedPackage> {
  for (const { mirror, packages } of mirrors) {
    for await (const entry of readSelectedPackages(packages.path)) yield { mirror, entry };
  }
}

/** Each part of the file name is percent-encoded, as apt does it: `+` and `~` are left as they are. */
function packageUri(mirror: Mirror, entry: SelectedPackage): string {
  return `${mirror.uri}/${(entry.upstreamPath ?? entry.filename).split('/').map(encodePart).join('/')}`;
}

function encodePart(part: string): string {
  return encodeURIComponent(part)
    .replaceAll('%2B', '+')
    .replaceAll('%3A', ':')
    .replaceAll('%40', '@')
    .replaceAll('%3D', '=');
}
