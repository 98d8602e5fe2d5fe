import { describe, expect, it } from 'vitest';
import type { SnapshotRecord } from '../../src/mirror/domain/mirror-content.ts';
import { addContent, contentTotal, snapshotContents } from '../../src/mirror/domain/snapshot-contents.ts';

const file = { path: 'dists/stable/InRelease', sizeBytes: 3, sha256: 'a'.repeat(64) };
const records = [{ mirror: 'one', files: [file] }] as unknown as SnapshotRecord[];

describe('the contents of snapshots', () => {
  it('are files and packages by path; one that is named twice counts once', () => {
    const contents = snapshotContents(records);
    const deb = { path: 'pool/x.deb', sizeBytes: 5, sha256: 'b'.repeat(64), name: 'x' };
    addContent(contents, 'one', deb);
    addContent(contents, 'one', deb);
    const files = contents.get('one') ?? new Map();
    expect(contentTotal(files)).toEqual({ files: 2, sizeBytes: 8 });
    expect(files.get('pool/x.deb')).toEqual({ sizeBytes: 5, sha256: 'b'.repeat(64) });
  });

  it.each([
    { what: 'another digest', change: { sha256: 'c'.repeat(64) }, mirror: 'one' },
    { what: 'another size', change: { sizeBytes: 4 }, mirror: 'one' },
    { what: 'a mirror that is not there', change: {}, mirror: 'two' },
  ])('are refused with $what', ({ change, mirror }) => {
    const contents = snapshotContents(records);
    expect(() => addContent(contents, mirror, { ...file, ...change })).toThrow(
      expect.objectContaining({ code: 'integrity.contents' }),
    );
  });
});
