/** Where a system call failed, and the state of its file system: what a person needs to fix it. */

export interface ErrorPlace {
  path: string;
  /** The file system that holds it; undefined where it could not be queried. */
  fileSystem?: PlaceFileSystem | undefined;
  /** Whether the process runs as root; undefined where that was not checked. */
  isRoot?: boolean;
}

export interface PlaceFileSystem {
  mountPoint: string;
  type: string;
  source: string;
  isReadOnly: boolean;
  /** Bytes that are free for a user who is not root. */
  freeBytes: number;
  sizeBytes: number;
  /** Free inodes; null where the file system has no inode count. */
  freeFiles: number | null;
}

/** The total that an operation writes, for the message when the file system fills up in the middle of it. */
export interface SpaceNeed {
  sizeBytes: number;
  files: number;
  /** Names what is written. */
  what: string;
  /** How room is made, besides freeing some. */
  waysOut?: readonly string[];
}

const places = new WeakMap<object, ErrorPlace>();
const needs = new WeakMap<object, SpaceNeed>();

/** Remembers where `error` occurred; the innermost place is set first and stays. */
export function rememberPlace(error: object, place: ErrorPlace): void {
  if (!places.has(error)) places.set(error, place);
}

/** Returns the place that `rememberPlace` was told for this error. */
export function placeOf(error: object): ErrorPlace | undefined {
  return places.get(error);
}

/** Remembers what the work needed that ended with `error`. */
export function rememberNeed(error: object, need: SpaceNeed): void {
  if (!needs.has(error)) needs.set(error, need);
}

/** Returns what `rememberNeed` was told for this error. */
export function needOf(error: object): SpaceNeed | undefined {
  return needs.get(error);
}
