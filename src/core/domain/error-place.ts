/** Where an operation of the operating system failed, and what its file system was like; what a person needs to mend it. */

export interface ErrorPlace {
  path: string;
  /** The file system that holds it; undefined where it could not be asked. */
  fileSystem?: PlaceFileSystem | undefined;
  /** Whether the process runs as root; undefined where nobody looked. */
  isRoot?: boolean;
}

export interface PlaceFileSystem {
  mountPoint: string;
  type: string;
  source: string;
  isReadOnly: boolean;
  /** For a user who is not root. */
  freeBytes: number;
  sizeBytes: number;
  /** Inodes; null where the file system counts none. */
  freeFiles: number | null;
}

const places = new WeakMap<object, ErrorPlace>();

/** Remembers where `error` happened; the innermost place, which is told first, stays. */
export function rememberPlace(error: object, place: ErrorPlace): void {
  if (!places.has(error)) places.set(error, place);
}

/** What `rememberPlace` was told of this error. */
export function placeOf(error: object): ErrorPlace | undefined {
  return places.get(error);
}
