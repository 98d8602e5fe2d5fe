/**
 * Adds what another bundle of an already stored baseline brings: files of more targets, another closure, extras.
 * Invariant: files come first, and the documents that vouch for them last, together; what apt sees does not change.
 */
import { dirname, join } from 'node:path';
import { linkOnce, makeDirectory } from '../../core/adapters/atomic-files.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { replaceDocuments } from '../adapters/next-documents.ts';
import { poolPath, syncStore } from '../adapters/store-pool.ts';
import { heldTargetsText, readStoredShare } from '../adapters/stored-share.ts';
import type { VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { readStoredExtras, replaceStoredExtras } from '../adapters/stored-extras.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { mergeExtras } from '../../config/domain/extras.ts';
import { heldTargetsFileName, unionOfHeld, type HeldTargets } from '../domain/held-targets.ts';
import type { StoredBaseline } from '../adapters/stored-baseline.ts';
import { gatherVolumes } from './gather-volumes.ts';
import { openBase } from './open-base.ts';
import { placeFiles } from './place-files.ts';
import { readWithProgress } from '../../bundle/workflows/read-bundle.ts';
import { type Added, type StoreBundleOptions, takeObjects, type Taking } from './take-objects.ts';
import { withJournal, type JournalledChange } from './with-journal.ts';

/** What a bundle adds to a stored baseline. */
export interface Extension {
  /** Targets that the store holds afterwards. */
  held: HeldTargets;
  /** Whether the bundle's documents replace the existing ones. */
  isReplaced: boolean;
  hasMoreFiles: boolean;
  hasExtras: boolean;
}

/**
 * Returns undefined where the bundle brings nothing. A bundle without a closure holds everything that others hold: a
 * thin bundle of the same baseline adds only targets that the store does not hold yet.
 */
export async function extensionBy(
  { bundle, shares }: Pick<VerifiedBundle, 'bundle' | 'shares'>,
  stored: StoredBaseline,
  wanted: HeldTargets,
): Promise<Extension | undefined> {
  const { closure } = (await readStoredShare(stored.directory)).bundle;
  const held = unionOfHeld(stored.held, wanted, shares.targets);
  const hasMoreTargets = canonicalJson(held) !== canonicalJson(stored.held);
  const isOther = closure?.sha256 !== bundle.closure?.sha256;
  const isReplaced = isOther && (closure !== undefined || hasMoreTargets);
  const hasMoreFiles = hasMoreTargets || isReplaced;
  const have = await readStoredExtras(stored.directory);
  const hasExtras = canonicalJson(mergeExtras(have, bundle.extras)) !== canonicalJson(have);
  return hasMoreFiles || hasExtras ? { held, isReplaced, hasMoreFiles, hasExtras } : undefined;
}

/**
 * Reads and checks the whole bundle, and adds what it brings.
 * @throws PommgrError `integrity.*`, `state.space`, `state.base`; the store is then as before.
 */
export async function extendStored(
  verified: VerifiedBundle,
  { stored, extension }: { stored: StoredBaseline; extension: Extension },
  options: StoreBundleOptions,
): Promise<Added> {
  const { store, context } = options;
  const { extras, baseline } = verified.bundle;
  const base = extension.hasMoreFiles ? await openBase(verified, store) : undefined;
  const gathered = await gatherVolumes(verified, { ...options, dryRun: false });
  const hashers = openHasherPool(2);
  const { held } = extension;
  let taking: Taking | undefined;
  let isLinking = false;
  const change: JournalledChange = {
    ...{ store, context, isResumable: true },
    operation: { kind: 'import', baseline: baseline.name, digest: baseline.digest },
    what: `Adding to ${baseline.name}`,
    async undo() {
      // The recovery of the next run finishes what has links already.
      if (isLinking) return 'committed';
      await taking?.undo();
      return 'undone';
    },
  };
  try {
    return await withJournal(change, async (begin) => {
      const objects = takeObjects(verified, { ...options, held, hashers, dryRun: false, begin });
      taking = objects;
      await readWithProgress(gathered, { ...objects, base }, context);
      // From here on the objects that were taken get links, and stay.
      isLinking = true;
      if (extension.hasMoreFiles) await addFiles(verified, { stored, extension }, options);
      if (extension.hasExtras) {
        const have = await readStoredExtras(stored.directory);
        await replaceStoredExtras(store, stored.directory, mergeExtras(have, extras));
      }
      return objects.lacking();
    });
  } finally {
    await hashers.close();
  }
}

async function addFiles(
  verified: VerifiedBundle,
  { stored, extension }: { stored: StoredBaseline; extension: Extension },
  { store }: StoreBundleOptions,
): Promise<void> {
  const { directory, baseline } = stored;
  const { held, isReplaced } = extension;
  const made = new Set<string>();
  async function link(sha256: string, path: string): Promise<void> {
    const to = join(directory, path);
    if (!made.has(dirname(to))) await makeDirectory(dirname(to));
    made.add(dirname(to));
    await linkOnce(poolPath(store, sha256), to);
  }
  const { bundle, shares } = isReplaced ? verified : await readStoredShare(directory);
  await placeFiles(baseline, { bundle, shares, held, link, path: (path) => join(directory, path) });
  await syncStore(store);
  const documents = new Map<string, string | Uint8Array>(isReplaced ? verified.files : []);
  if (held !== null) documents.set(heldTargetsFileName, heldTargetsText(held));
  await replaceDocuments(directory, documents, isReplaced ? 'all' : 'held-targets');
}
