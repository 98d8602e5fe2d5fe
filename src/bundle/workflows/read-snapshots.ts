/** Reads a bundle of layout `pom`: its documents and keyrings as files, and the snapshot directories that it names. */
import { below, pathOf, type Place } from '../../core/domain/place.ts';
import { checkSnapshotTree, readOneFile, readSnapshotFiles } from '../../pom/adapters/medium-snapshot.ts';
import { mediumSnapshotPlace } from '../../medium/adapters/medium-snapshots.ts';
import { type VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { bundleKeyringName, type BundleSnapshot } from '../../medium/domain/bundle.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { addContent, contentTotal, snapshotContents } from '../../mirror/domain/snapshot-contents.ts';
import {
  announceDocuments,
  contradiction,
  readBaselineDocument,
  readPackageList,
  requireBaseline,
  type BundleReading,
} from '../../medium/workflows/bundle-reading.ts';

type SnapshotFiles = { directory: Place; files: Map<string, ObjectFact> };

/** Returns the number of files in the snapshots. @throws PommgrError `integrity.*`, and what `receive` throws. */
export async function readSnapshots(verified: VerifiedBundle, reading: BundleReading): Promise<number> {
  const { bundle, directory } = verified;
  const { options } = reading;
  const snapshots = bundle.snapshots ?? [];
  const contents = await readDocuments(verified, reading);
  for (const snapshot of contents) await checkSnapshotTree(snapshot.directory, snapshot.files);
  await announceDocuments(reading, pathOf(directory));
  for (const { mirror, keyring } of snapshots) {
    await readOneFile(below(directory, bundleKeyringName(mirror)), keyring, options);
    reading.needed.delete(keyring.sha256);
  }
  for (const snapshot of contents) {
    await readSnapshotFiles(snapshot.directory, snapshot.files, options);
    for (const { sha256 } of snapshot.files.values()) reading.needed.delete(sha256);
  }
  return snapshots.reduce((sum, { files }) => sum + files, 0);
}

/** Returns the files of each snapshot, in the order of the bundle. */
async function readDocuments(
  { bundle, directory, media }: VerifiedBundle,
  reading: BundleReading,
): Promise<SnapshotFiles[]> {
  const { options } = reading;
  const snapshots = bundle.snapshots ?? [];
  const baselineFile = below(directory, 'baseline.json');
  await readOneFile(baselineFile, bundle.baseline.file, {
    ...options,
    receive: ({ sizeBytes }, { chunks, where }) =>
      readBaselineDocument(reading, { sizeBytes, body: chunks }, where),
  });
  const contents = snapshotContents(requireBaseline(reading, pathOf(baselineFile)).snapshots);
  await readOneFile(below(directory, 'packages.jsonl'), bundle.packages, {
    ...options,
    receive: ({ sizeBytes }, { chunks, where }) =>
      readPackageList(
        reading,
        { sizeBytes, body: chunks },
        {
          where,
          onPackage: (entry) => addContent(contents, entry.mirror, { ...entry, path: entry.filename }),
        },
      ),
  });
  return snapshots.map((snapshot) => {
    const files = contents.get(snapshot.mirror) ?? new Map<string, ObjectFact>();
    addOthers(snapshot, files, pathOf(directory));
    return { directory: mediumSnapshotPlace(media, snapshot), files };
  });
}

/** Adds the files that only bundle.json names: they are none of the documents' files, and complete the snapshot. */
function addOthers(snapshot: BundleSnapshot, files: Map<string, ObjectFact>, directory: string): void {
  for (const { path, sizeBytes, sha256 } of snapshot.others) {
    if (files.has(path)) throw contradiction(directory, `bundle.json names ${path} among other files`);
    files.set(path, { sizeBytes, sha256 });
  }
  const { files: count, sizeBytes } = contentTotal(files);
  if (count === snapshot.files && sizeBytes === snapshot.sizeBytes) return;
  const expected = `${snapshot.files} files of ${snapshot.sizeBytes} bytes`;
  throw contradiction(
    directory,
    `bundle.json says that ${snapshot.mirror}/${snapshot.snapshot} has ${expected}, its documents say ${count} of ${sizeBytes}`,
  );
}
