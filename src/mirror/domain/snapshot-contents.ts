/**
 * Collects every file of a baseline's snapshots, by mirror and path: from its document, its package list and other
 * sources.
 */
import type { SnapshotRecord } from './mirror-content.ts';
import type { FileFact, ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** By mirror, then by path relative to the snapshot's directory. */
export type SnapshotContents = Map<string, Map<string, ObjectFact>>;

/** Returns the contents without packages, which `addContent` adds. @throws PommgrError `integrity.contents` */
export function snapshotContents(snapshots: readonly SnapshotRecord[]): SnapshotContents {
  const contents: SnapshotContents = new Map();
  for (const { mirror, files } of snapshots) {
    contents.set(mirror, new Map());
    for (const file of files) addContent(contents, mirror, file);
  }
  return contents;
}

/** A file may be named twice, but not with two different contents. @throws PommgrError `integrity.contents` */
export function addContent(contents: SnapshotContents, mirror: string, file: FileFact): void {
  const { path, sizeBytes, sha256 } = file;
  const ofMirror = contents.get(mirror);
  const known = ofMirror?.get(path);
  if (ofMirror !== undefined && known === undefined) {
    ofMirror.set(path, { sizeBytes, sha256 });
    return;
  }
  if (known?.sizeBytes === sizeBytes && known.sha256 === sha256) return;
  throw new PommgrError('integrity.contents', `${mirror}: ${path} is named as two different files.`, {
    hints: ['The baseline contradicts itself. Make a new one with "pommgr snapshot --force".'],
    details: { mirror, file: path },
  });
}

/** Returns number and bytes of one mirror's files. */
export function contentTotal(files: ReadonlyMap<string, ObjectFact>): { files: number; sizeBytes: number } {
  const sizeBytes = [...files.values()].reduce((sum, file) => sum + file.sizeBytes, 0);
  return { files: files.size, sizeBytes };
}
