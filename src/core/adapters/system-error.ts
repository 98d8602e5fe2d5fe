/** Errors of the system: their codes, and the one that is no error to most callers, that a file is not there. */

/** The code of a system error, e.g. `ENOENT`; undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the file or directory was not there (ENOENT). */
export function isAbsent(error: unknown): boolean {
  return systemErrorCode(error) === 'ENOENT';
}

/** As `isAbsent`; also where something on the way to the path is no directory (ENOTDIR). */
export function hasNoPath(error: unknown): boolean {
  return isAbsent(error) || systemErrorCode(error) === 'ENOTDIR';
}

/** What the work gives; undefined where its file or directory is not there. `isGone` says what counts as that. */
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
