/**
 * Knows the file systems that are common on media, by the magic numbers of statfs(2); for others no limit is assumed.
 */
import { PommgrError } from './errors.ts';

export interface FileSystem {
  name: string;
  /** Largest file in bytes; null where it is larger than any medium. */
  maxFileBytes: number | null;
  /** Whether a read can bypass every cache; not so in memory, nor with a driver that has its own cache. */
  hasDirectReads: boolean;
}

const fileSystems: ReadonlyMap<number, FileSystem> = new Map([
  [0x4d44, fileSystem('FAT32', 4_294_967_295)],
  [0x2011bab0, fileSystem('exFAT')],
  [0x5346544e, fileSystem('NTFS')],
  [0x7366746e, fileSystem('NTFS')],
  [0xef53, fileSystem('ext4')],
  [0x58465342, fileSystem('XFS')],
  [0x9123683e, fileSystem('Btrfs')],
  [0x15013346, fileSystem('UDF')],
  [0x6969, fileSystem('NFS')],
  [0xff534d42, fileSystem('CIFS')],
  [0xfe534d42, fileSystem('SMB')],
  [0x1021994, fileSystem('tmpfs', null, false)],
  [0x858458f6, fileSystem('ramfs', null, false)],
  [0x65735546, fileSystem('FUSE', null, false)],
]);

/** Returns undefined for an unknown file system. `type` comes from statfs(2). */
export function fileSystemOf(type: number): FileSystem | undefined {
  return fileSystems.get(type);
}

/** @throws PommgrError `usage.volume-size` for the first file that is too large; `path` names the medium. */
export function checkFileSizes(
  files: readonly { file: string; sizeBytes: number }[],
  on: FileSystem | undefined,
  path: string,
): void {
  const limit = on?.maxFileBytes ?? Number.POSITIVE_INFINITY;
  const tooLarge = files.find(({ sizeBytes }) => sizeBytes > limit);
  if (tooLarge === undefined) return;
  throw new PommgrError(
    'usage.volume-size',
    `${path} is ${on?.name}, which takes no file of ${tooLarge.sizeBytes} bytes (${tooLarge.file}): ${limit} at most.`,
    {
      hints: ['Leave out --volume-size, or give "fat32"; or use a medium with exFAT or ext4.'],
      details: { path, file: tooLarge.file, expected: limit, found: tooLarge.sizeBytes },
    },
  );
}

function fileSystem(name: string, maxFileBytes: number | null = null, hasDirectReads = true): FileSystem {
  return { name, maxFileBytes, hasDirectReads };
}
