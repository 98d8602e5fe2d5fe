/** Reads the codes of system errors; most callers treat one of them, that a file does not exist, as no error. */

/** Returns the code of a system error, e.g. `ENOENT`; undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Returns whether the file or directory does not exist (ENOENT). */
export function isAbsent(error: unknown): boolean {
  return systemErrorCode(error) === 'ENOENT';
}

/** Works like `isAbsent`, and is also true where a part of the path is not a directory (ENOTDIR). */
export function hasNoPath(error: unknown): boolean {
  return isAbsent(error) || systemErrorCode(error) === 'ENOTDIR';
}

/** Returns the result of the work; undefined where its file or directory does not exist, which `isGone` decides. */
export async function ifPresent<T>(
  work: Promise<T>,
  isGone: (error: unknown) => boolean = isAbsent,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/**
 * Runs `undo` after `error`, and throws that error. A failing device fails there too, often with another error: after
 * EIO the kernel makes a FAT or ext4 read-only, and EROFS would hide the cause.
 */
export async function undoAndThrow(error: unknown, undo: () => Promise<unknown>): Promise<never> {
  try {
    await undo();
  } catch (second) {
    if (systemErrorCode(second) === undefined) throw second;
  }
  throw error;
}
