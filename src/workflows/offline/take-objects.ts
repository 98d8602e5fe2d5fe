/**
 * What becomes of a bundle's bytes while it is read: kept in the pool, where the store lacks them, or only checked.
 * Invariant: nothing is written before both documents were checked and there is space for everything.
 */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathExists } from '../../adapters/atomic-files.ts';
import { freeSpace } from '../../adapters/free-space.ts';
import type { HasherPool } from '../../adapters/hashing.ts';
import { addToPool, checkIncoming, poolHolds, removeFromPool } from '../../adapters/store-pool.ts';
import type { Store } from '../../adapters/store.ts';
import { checkSpace, costOf } from '../../domain/apply-plan.ts';
import type { Baseline } from '../../domain/baseline.ts';
import type { BundleObjects } from '../../domain/bundle-objects.ts';
import type { Bundle } from '../../domain/bundle.ts';
import type { ObjectFact } from '../../domain/digest.ts';
import type { ReadBundleOptions } from './bundle-reading.ts';

export interface Taking extends Required<Pick<ReadBundleOptions, 'receive' | 'onDocuments'>> {
  /** Objects that the store lacked, the documents included; known once the documents are. */
  lacking(): { files: number; sizeBytes: number };
  /** Takes what was kept out of the pool again. */
  undo(): Promise<void>;
}

export interface TakingOptions {
  store: Store;
  /** Where the host's apt keeps its lists. */
  listsDirectory: string;
  hashers: HasherPool;
  /** Only checks; else `begin` is called before the first write. */
  dryRun: boolean;
  begin: () => Promise<void>;
}

export function takeObjects(bundle: Bundle, options: TakingOptions): Taking {
  const { store, hashers } = options;
  const documents: (ObjectFact & { bytes: Buffer; where: string })[] = [];
  let lacking: Map<string, number> | undefined;
  const kept = new Set<string>();

  async function keep(object: Parameters<typeof addToPool>[1]): Promise<void> {
    await addToPool(store, object, hashers);
    kept.add(object.sha256);
  }

  return {
    async receive(object, { chunks, where }) {
      const incoming = { ...object, chunks, where };
      if (lacking === undefined) {
        const parts: Buffer[] = [];
        await checkIncoming(incoming, hashers, (chunk) => void parts.push(Buffer.from(chunk)));
        documents.push({ ...object, bytes: Buffer.concat(parts), where });
      } else if (lacking.has(object.sha256) && !kept.has(object.sha256) && !options.dryRun)
        await keep(incoming);
      else await checkIncoming(incoming, hashers);
    },
    async onDocuments({ baseline, objects }) {
      lacking = await findLacking([bundle.baseline.file, bundle.packages], objects, options);
      await checkAllSpace({ baseline, objects }, lacking, options);
      if (!options.dryRun) {
        await options.begin();
        for (const { bytes, ...document } of documents) {
          if (lacking.has(document.sha256)) await keep({ ...document, chunks: [bytes] });
        }
      }
      documents.length = 0;
    },
    lacking() {
      const sizes = [...(lacking ?? new Map<string, number>()).values()];
      return { files: sizes.length, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) };
    },
    async undo() {
      for (const sha256 of kept) await removeFromPool(store, sha256);
    },
  };
}

/** SHA-256 and size of what the pool does not hold. */
async function findLacking(
  documents: readonly ObjectFact[],
  objects: BundleObjects,
  { store, hashers }: TakingOptions,
): Promise<Map<string, number>> {
  const lacking = new Map<string, number>();
  for (const document of documents) {
    if (!(await poolHolds(store, document, hashers))) lacking.set(document.sha256, document.sizeBytes);
  }
  for (const [sha256, { sizeBytes }] of objects) {
    if (!(await poolHolds(store, { sha256, sizeBytes }, hashers))) lacking.set(sha256, sizeBytes);
  }
  return lacking;
}

/** Of a directory entry and its share of a directory's own blocks, generously. */
const entryBytes = 256;
/** For what is not counted: the journal, states, directories above. */
const reserve = { sizeBytes: 1024 * 1024, files: 64 };

async function checkAllSpace(
  { baseline, objects }: { baseline: Baseline; objects: BundleObjects },
  lacking: ReadonlyMap<string, number>,
  { store, listsDirectory }: TakingOptions,
): Promise<void> {
  const storePlace = await nearestExisting(store.directory);
  const listsPlace = await nearestExisting(listsDirectory);
  const storeCost = costOf(lacking.values(), countDirectories(objects) + reserve.files);
  storeCost.sizeBytes += objects.size * entryBytes + reserve.sizeBytes;
  // apt keeps its lists uncompressed.
  const listsCost = costOf(
    baseline.content.mirrors.flatMap(({ indices }) => indices.map(({ sizeBytes }) => sizeBytes)),
  );
  if ((await stat(storePlace)).dev === (await stat(listsPlace)).dev) {
    storeCost.sizeBytes += listsCost.sizeBytes;
    storeCost.files += listsCost.files;
  } else checkSpace(listsCost, await freeSpace(listsPlace), listsPlace);
  checkSpace(storeCost, await freeSpace(storePlace), storePlace);
}

function countDirectories(objects: BundleObjects): number {
  const directories = new Set<string>();
  for (const object of objects.values()) {
    if (object.from === 'keyring') continue;
    for (let path = dirname(`${object.mirror}/${object.path}`); path !== '.'; path = dirname(path)) {
      directories.add(path);
    }
  }
  return directories.size;
}

async function nearestExisting(path: string): Promise<string> {
  return (await pathExists(path)) ? path : nearestExisting(dirname(path));
}
