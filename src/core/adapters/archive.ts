/**
 * Frames tar files, and is the only user of tar. Invariant: there is one canonical header for a name and a size, and
 * nothing else is accepted. A header is compared as a whole with the one that we would have written, so that none of
 * its bytes can differ.
 */
import { Header } from 'tar/header';
import { PommgrError } from '../domain/errors.ts';
import { tarBlockBytes, tarEndBytes } from '../domain/tar-blocks.ts';

/** Returns the 512-byte header of a regular file: mode 0644, uid and gid 0, mtime 0. */
export function encodeTarHeader(name: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(tarBlockBytes);
  const header = new Header({
    path: name,
    size: sizeBytes,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: new Date(0),
    type: 'File',
  });
  if (header.encode(block)) {
    throw new PommgrError('bug.tar', `The tar header of ${name} (${sizeBytes} bytes) needs an extension.`);
  }
  return block;
}

/**
 * Returns the name and size in a header; undefined for a block of zeros, which begins the end of an archive.
 * @throws PommgrError `integrity.tar` unless it is, to the byte, the header that `encodeTarHeader` makes of them.
 */
export function decodeTarHeader(
  block: Buffer,
  where: string,
): { name: string; sizeBytes: number } | undefined {
  if (isZero(block)) return undefined;
  const type = entryTypes.get(block.toString('latin1', 156, 157));
  if (type !== 'a regular file') throw badHeader(where, `an entry that is ${type ?? 'of an unknown type'}`);
  const name = block.toString('latin1', 0, 100).replace(/\0.*$/s, '');
  const digits = /^[0-7]{1,11}/.exec(block.toString('latin1', 124, 136))?.[0];
  const sizeBytes = Number.parseInt(digits ?? '', 8);
  if (
    !/^[a-z0-9./]+$/.test(name) ||
    Number.isNaN(sizeBytes) ||
    !encodeTarHeader(name, sizeBytes).equals(block)
  ) {
    throw badHeader(where, 'a header with other fields than name and size');
  }
  return { name, sizeBytes };
}

/** Returns whether the bytes are all zeros, as padding is; takes at most the two blocks that end an archive. */
export function isZero(bytes: Buffer): boolean {
  return bytes.equals(zeros.subarray(0, bytes.length));
}

const zeros = Buffer.alloc(tarEndBytes);

const entryTypes = new Map([
  ['0', 'a regular file'],
  ['1', 'a hard link'],
  ['2', 'a symbolic link'],
  ['3', 'a character device'],
  ['4', 'a block device'],
  ['5', 'a directory'],
  ['6', 'a FIFO'],
  ['L', 'a GNU long name'],
  ['K', 'a GNU long link'],
  ['x', 'a pax extension'],
  ['g', 'a pax extension'],
]);

function badHeader(where: string, found: string): PommgrError {
  return new PommgrError(
    'integrity.tar',
    `${where}: found ${found}, expected a regular file's header as pommgr writes it.`,
    {
      hints: ['Do not use this bundle. Pack the baseline again on the online side.'],
      details: { file: where, found },
    },
  );
}
