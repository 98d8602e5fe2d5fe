/**
 * Handles a bundle's bytes while it is read: they are kept in the pool where the store lacks them, or only checked.
 * Invariant: nothing is written before both documents were checked and there is space for everything.
 */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import { freeSpace } from '../../core/adapters/free-space.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { baselineFileName, packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import type { PreviewDirectory } from '../adapters/preview-directory.ts';
import { addToPool, poolHolds, poolPath, removeFromPool } from '../adapters/store-pool.ts';
import { checkIncoming } from '../../core/adapters/incoming-object.ts';
import type { Store } from '../adapters/store.ts';
import { checkSpace, costOf } from '../domain/apply-plan.ts';
import type { VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import type { BaseViewers } from '../../medium/domain/bundle-base.ts';
import {
  countContents,
  isHeldFor,
  noContents,
  sourceText,
  type BundleContents,
  type BundleObject,
  type BundleObjects,
} from '../../medium/domain/bundle-objects.ts';
import type { HeldTargets } from '../domain/held-targets.ts';
import type { Bundle } from '../../medium/domain/bundle.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { ObjectBytes, ReadBundleOptions, ReadDocuments } from '../../medium/workflows/bundle-reading.ts';

export interface StoreBundleOptions {
  store: Store;
  /** Where the host's apt keeps its lists, for which there must be space too. */
  listsDirectory: string;
  /** In a dry run: where indices and documents are kept for inspection. */
  preview?: PreviewDirectory | undefined;
  /** Targets whose files the store should hold. */
  held: HeldTargets;
  context: Context;
}

/** Objects that the store lacked before; `files` includes documents and extras. */
export interface Added extends BundleContents {
  files: number;
  sizeBytes: number;
}

export const nothingAdded: Added = { files: 0, sizeBytes: 0, ...noContents };

export interface Taking extends Required<Pick<ReadBundleOptions, 'receive' | 'onDocuments'>> {
  /** Returns objects that the store lacked, including the documents; known once the documents are. */
  lacking(): Added;
  /** Returns the SHA-256 of all that must then be in the store, and the viewers of the baseline's own, without extras. */
  needed(): { all: readonly string[]; baseline: BaseViewers };
  /** Removes what was kept from the pool again. */
  undo(): Promise<void>;
}

export interface TakingOptions {
  store: Store;
  /** Where the host's apt keeps its lists. */
  listsDirectory: string;
  hashers: HasherPool;
  held: HeldTargets;
  /** Only checks; otherwise `begin` is called before the first write. */
  dryRun: boolean;
  /** SHA-256 of what the pool will hold by then, in a dry run of several bundles. */
  expected?: ReadonlySet<string> | undefined;
  preview?: PreviewDirectory | undefined;
  begin: () => Promise<void>;
}

export function takeObjects(verified: VerifiedBundle, options: TakingOptions): Taking {
  const { bundle, shares } = verified;
  const { store, hashers, held } = options;
  const documents: (ObjectFact & { bytes: Buffer; where: string })[] = [];
  let lacking: Map<string, number> | undefined;
  let needed: [string, BundleObject][] = [];
  const isOurs = ([, { viewers }]: [string, BundleObject]): boolean => isHeldFor(held, viewers);
  const kept = new Set<string>();

  async function keep(object: Parameters<typeof addToPool>[1]): Promise<void> {
    await addToPool(store, object, hashers);
    kept.add(object.sha256);
  }

  /** Receives an object of another medium of the set. A damaged one loses its name: its volume is requested again. */
  async function receiveTaken(object: ObjectFact, source: ObjectBytes): Promise<void> {
    if (lacking?.has(object.sha256) === false) return;
    try {
      await receiveNew(object, source);
    } catch (error) {
      if (!(error instanceof PommgrError) || error.family !== 'integrity') throw error;
      if (!options.dryRun) await removeFromPool(store, object.sha256);
      const { code, message, details } = error;
      const hints = ['The disk or somebody changed it. Run the same command again: it asks for its volume.'];
      throw new PommgrError(code, message, { hints, details, cause: error });
    }
  }

  async function receiveNew(object: ObjectFact, { chunks, where }: ObjectBytes): Promise<void> {
    const incoming = { ...object, chunks, where };
    if (lacking === undefined) {
      const parts: Buffer[] = [];
      await checkIncoming(incoming, hashers, (chunk) => void parts.push(Buffer.from(chunk)));
      documents.push({ ...object, bytes: Buffer.concat(parts), where });
    } else if (lacking.has(object.sha256) && !kept.has(object.sha256) && !options.dryRun)
      await keep(incoming);
    else if (options.preview === undefined) await checkIncoming(incoming, hashers);
    else await options.preview.receive(object.sha256, (write) => checkIncoming(incoming, hashers, write));
  }

  return {
    receive: (object, source) => (source.isTaken === true ? receiveTaken : receiveNew)(object, source),
    async onDocuments(read) {
      needed = [...read.objects, ...read.fromBase];
      const own = new Map([...read.objects].filter(isOurs));
      const ownOfBase = new Map([...read.fromBase].filter(isOurs));
      lacking = await findLacking([bundle.baseline.file, bundle.packages], own, options);
      await checkBaseHeld(ownOfBase, bundle, options);
      await checkAllSpace({ ...read, objects: own, fromBase: ownOfBase }, lacking, options);
      options.preview?.begin(
        read.baseline.snapshots.filter(({ mirror }) => isHeldFor(held, shares.ofMirror(mirror))),
      );
      for (const { sha256, bytes } of documents) {
        const isList = sha256 === bundle.packages.sha256;
        await options.preview?.write(isList ? packagesFileName : baselineFileName, bytes);
      }
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
      const added = new Map(needed.filter(([sha256]) => lacking?.has(sha256)));
      const total = { files: sizes.length, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) };
      return { ...total, ...countContents(added) };
    },
    needed: () => ({
      all: needed.filter(isOurs).map(([sha256]) => sha256),
      baseline: new Map(
        needed
          .filter(([, { from }]) => from !== 'extra' && from !== 'lock-proof')
          .map(([sha256, { viewers }]) => [sha256, viewers]),
      ),
    }),
    async undo() {
      for (const sha256 of kept) await removeFromPool(store, sha256);
    },
  };
}

/** Returns SHA-256 and size of what the pool does not hold. */
async function findLacking(
  documents: readonly ObjectFact[],
  objects: BundleObjects,
  options: TakingOptions,
): Promise<Map<string, number>> {
  const lacking = new Map<string, number>();
  for (const document of documents) {
    if (!(await isHeld(document, options))) lacking.set(document.sha256, document.sizeBytes);
  }
  for (const [sha256, { sizeBytes }] of objects) {
    if (!(await isHeld({ sha256, sizeBytes }, options))) lacking.set(sha256, sizeBytes);
  }
  return lacking;
}

async function isHeld(object: ObjectFact, { store, hashers, expected }: TakingOptions): Promise<boolean> {
  return expected?.has(object.sha256) === true || (await poolHolds(store, object, hashers));
}

/**
 * Checks that what a delta leaves to its base exists with the right size; docs/decisions/0014-deltas.md says why it is
 * not hashed again.
 * @throws PommgrError `integrity.missing`
 */
async function checkBaseHeld(
  fromBase: BundleObjects,
  { base }: Bundle,
  options: TakingOptions,
): Promise<void> {
  for (const [sha256, object] of fromBase) {
    if (await isHeld({ sha256, sizeBytes: object.sizeBytes }, options)) continue;
    const path = poolPath(options.store, sha256);
    throw new PommgrError(
      'integrity.missing',
      `${path} (${sourceText(object)}) is missing or damaged; the delta leaves it to its base ${base?.name}.`,
      {
        hints: [
          'If the base was stored for another target, bring it once more with --all-targets.',
          'Otherwise the store is not whole any more: "pommgr doctor --deep" says what else is wrong with it.',
          'A full bundle brings everything again: "pommgr pack --since none" on the online side.',
        ],
        details: { file: path, sha256, base: base?.name },
      },
    );
  }
}

/** Bytes for a directory entry and its share of a directory's own blocks, rounded up generously. */
const entryBytes = 256;
/** Reserve for what is not counted: the journal, states, parent directories. */
const reserve = { sizeBytes: 1024 * 1024, files: 64 };

async function checkAllSpace(
  { baseline, objects, fromBase }: ReadDocuments,
  lacking: ReadonlyMap<string, number>,
  { store, listsDirectory }: TakingOptions,
): Promise<void> {
  const storePlace = await nearestExisting(store.directory);
  const listsPlace = await nearestExisting(listsDirectory);
  const storeCost = costOf(
    lacking.values(),
    countDirectories([...objects.values(), ...fromBase.values()]) + reserve.files,
  );
  storeCost.sizeBytes += (objects.size + fromBase.size) * entryBytes + reserve.sizeBytes;
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

function countDirectories(objects: readonly BundleObject[]): number {
  const directories = new Set<string>();
  for (const object of objects) {
    if (object.from !== 'snapshot' && object.from !== 'package') continue;
    for (let path = dirname(`${object.mirror}/${object.path}`); path !== '.'; path = dirname(path)) {
      directories.add(path);
    }
  }
  return directories.size;
}

async function nearestExisting(path: string): Promise<string> {
  return (await pathExists(path)) ? path : nearestExisting(dirname(path));
}
