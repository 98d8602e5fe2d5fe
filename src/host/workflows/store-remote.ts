/**
 * VerifiedOffer -> StoredBaseline whose packages stay in the store of another host; this store keeps everything else:
 * documents, keyrings, Release files and indices. Invariant: `remotes/<name>` gets its name when all of them exist and
 * match, so that apt reads only Release files and indices that the bundle's signature covers.
 */
import { openPlainStream } from '../../core/adapters/plain-file.ts';
import { dirname, join } from 'node:path';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { sumOf, travellingFiles } from '../../medium/domain/bundle-objects.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { replaceDocuments } from '../../store/adapters/next-documents.ts';
import { heldTargetsText, readStoredShare } from '../../store/adapters/stored-share.ts';
import { heldTargetsFileName, holds, unionOfHeld } from '../../store/domain/held-targets.ts';
import type { Target } from '../../apt/domain/target.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { writeMirrorLists, type RemotePackages } from '../../store/adapters/mirror-lists.ts';
import {
  makeDirectory,
  pathExists,
  removeDurably,
  renameDurably,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { baselineFileName, keyringPath, packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { freeSpace } from '../../core/adapters/free-space.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { syncStore } from '../../store/adapters/store-pool.ts';
import {
  makeStore,
  readStoreState,
  remoteBaselineDirectory,
  type Store,
} from '../../store/adapters/store.ts';
import { checkSpace, costOf } from '../../store/domain/apply-plan.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { createPackageListCheck } from '../../baseline/domain/package-list-check.ts';
import type { Context } from '../../core/domain/progress.ts';
import { readStoredBaseline, type StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { pathInStore, type VerifiedOffer } from '../../store/workflows/open-offer.ts';
import { isRecorded, recordImport } from '../../store/workflows/record-import.ts';
import { nothingAdded, type Added } from '../../store/workflows/take-objects.ts';
import { withJournal, type JournalledChange } from '../../store/workflows/with-journal.ts';

interface StoreRemoteOptions {
  store: Store;
  aptRoot: AptRoot;
  /** Target whose documents are kept, and no others. */
  target: Target;
  context: Context;
}

/** @throws PommgrError `integrity.*` for documents that are not what was signed; the store is then as before. */
export async function storeRemote(
  offer: VerifiedOffer,
  options: StoreRemoteOptions,
): Promise<{ stored: StoredBaseline; added: Added }> {
  const { baseline, source } = offer;
  const imported = { name: baseline.name, digest: baseline.digest, from: source.address };
  const directory = remoteBaselineDirectory(options.store, baseline.name);
  const isThere = await hasDocuments(offer, directory);
  if (isThere) {
    await addDocuments(offer, directory, options);
    await recordImport(imported, options);
  } else await importDocuments(offer, directory, options);
  const stored = await readStoredBaseline({ directory, remote: source.address }, baseline);
  return { stored, added: isThere ? nothingAdded : totalOf(offer, options.target) };
}

/** Adds the documents of one more target, where they are missing; what apt sees of the others does not change. */
async function addDocuments(
  offer: VerifiedOffer,
  directory: string,
  { store, target, aptRoot, context }: StoreRemoteOptions,
): Promise<void> {
  const { held, bundle } = await readStoredShare(directory);
  const isOther = canonicalJson(bundle) !== canonicalJson(offer.bundle);
  await writeMirrorLists(remotePackages(offer, { directory, target, aptRoot }));
  if (holds(held, target.name) && !isOther) return;
  const documents = new Map<string, string | Uint8Array>(offer.files);
  const now = isOther
    ? unionOfHeld([target.name], [], offer.shares.targets)
    : unionOfHeld(held, [target.name], offer.shares.targets);
  if (now !== null) documents.set(heldTargetsFileName, heldTargetsText(now));
  const { name, digest } = offer.baseline;
  const change: JournalledChange = {
    ...{ store, context, what: `Adding ${target.name} to ${name}` },
    operation: { kind: 'import', baseline: name, digest, from: offer.source.address },
    // Additional indices do no harm, and the recovery of the next run finishes the documents.
    undo: () => Promise.resolve('committed'),
  };
  await withJournal(change, async (begin) => {
    await begin();
    await fetchMirrors(offer, { directory, target });
    await replaceDocuments(directory, documents, 'all');
  });
}

/**
 * Fetches the documents into `directory`, checks them, and keeps nothing else. @throws PommgrError as `storeRemote`.
 */
export async function checkRemote(offer: VerifiedOffer, directory: string, target: Target): Promise<Added> {
  await makeDirectory(directory);
  await fetchDocuments(offer, { directory, target });
  return totalOf(offer, target);
}

/** @throws PommgrError `trust.known-name` when others are there by that name. */
async function hasDocuments({ bundle }: VerifiedOffer, directory: string): Promise<boolean> {
  if (!(await pathExists(directory))) return false;
  const path = join(directory, baselineFileName);
  const hashers = openHasherPool(1);
  try {
    const { sha256: found } = await hashFile(path, hashers);
    const expected = bundle.baseline.file.sha256;
    if (found === expected) return true;
    throw new PommgrError(
      'trust.known-name',
      `${path} is not that of the other store: expected SHA-256 ${expected}, found ${found}.`,
      {
        hints: ['A baseline never changes. Find out on the online side why two were made with one name.'],
        details: { file: path, expected, found },
      },
    );
  } finally {
    await hashers.close();
  }
}

function remotePackages(
  { baseline, source }: VerifiedOffer,
  { directory, target, aptRoot }: { directory: string; target: Target; aptRoot: AptRoot },
): RemotePackages {
  const { mirrors } = target;
  return { name: baseline.name, directory, remote: source.address, mirrors, aptRoot };
}

function totalOf({ files, bundle, baseline }: VerifiedOffer, { mirrors }: Target): Added {
  const documents = [...files.values()].map(({ length }) => length);
  const ofMirrors = baseline.snapshots
    .filter(({ mirror }) => mirrors.includes(mirror))
    .flatMap((record) => [record.keyring, ...travellingFiles(record)])
    .map(({ sizeBytes }) => sizeBytes);
  const countOf = (sizes: readonly number[]): typeof packages =>
    sumOf(sizes.map((sizeBytes) => ({ files: 1, sizeBytes })));
  const { packages } = nothingAdded;
  const all = countOf([...documents, bundle.packages.sizeBytes, ...ofMirrors]);
  return { ...all, packages, indices: countOf(ofMirrors) };
}

async function importDocuments(
  offer: VerifiedOffer,
  directory: string,
  { store, aptRoot, target, context }: StoreRemoteOptions,
): Promise<void> {
  const { baseline, source, shares } = offer;
  const imported = { name: baseline.name, digest: baseline.digest, from: source.address };
  const { name, digest, from } = imported;
  await makeStore(store);
  await makeDirectory(store.remotes);
  const { sizeBytes, files } = totalOf(offer, target);
  checkSpace(costOf([sizeBytes], files + 16), await freeSpace(store.directory), store.directory);
  const before = await readStoreState(store);
  const temporary = `${directory}.tmp`;
  const change: JournalledChange = {
    ...{ store, context },
    operation: { kind: 'import', baseline: name, digest, from },
    what: `The import of ${name}`,
    async undo() {
      if (!isRecorded(imported, before) && isRecorded(imported, await readStoreState(store)))
        return 'committed';
      for (const path of [temporary, directory]) await removeDurably(path);
      return 'undone';
    },
  };
  await withJournal(change, async (begin) => {
    await begin();
    await removeDurably(temporary);
    await makeDirectory(temporary);
    await fetchDocuments(offer, { directory: temporary, target });
    await writeMirrorLists(remotePackages(offer, { directory, target, aptRoot }), temporary);
    const held = unionOfHeld([target.name], [], shares.targets);
    if (held !== null) await writeFileAtomic(join(temporary, heldTargetsFileName), heldTargetsText(held));
    await syncStore(store);
    await renameDurably(temporary, directory);
    await recordImport(imported, { store, context });
  });
}

interface FetchedPlace {
  directory: string;
  target: Target;
}

async function fetchDocuments(offer: VerifiedOffer, place: FetchedPlace): Promise<void> {
  const { source, bundle, baseline, files } = offer;
  const { directory } = place;
  for (const [file, bytes] of files) await writeFileAtomic(join(directory, file), bytes);
  const list = join(directory, packagesFileName);
  await source.fetch(pathInStore(baseline.name, packagesFileName), bundle.packages, list);
  const check = createPackageListCheck(baseline, list);
  for await (const chunk of await openPlainStream(list)) check.add(chunk as Buffer);
  check.finish();
  await fetchMirrors(offer, place);
}

/** Keyrings, Release files and indices of the target's mirrors. */
async function fetchMirrors(
  { source, baseline }: VerifiedOffer,
  { directory, target }: FetchedPlace,
): Promise<void> {
  const fetchTo = async (file: string, fact: ObjectFact): Promise<void> => {
    await makeDirectory(dirname(join(directory, file)));
    await source.fetch(pathInStore(baseline.name, file), fact, join(directory, file));
  };
  for (const record of baseline.snapshots) {
    if (!target.mirrors.includes(record.mirror)) continue;
    await fetchTo(keyringPath(record.mirror), record.keyring);
    for (const file of travellingFiles(record)) await fetchTo(`${record.mirror}/${file.path}`, file);
  }
}
