/** How the stand-in ends badly: an error (exit 255), a panic (101), and the words that POM has for errno. */

/** An error that POM prints as `Error: <message>`, ending with 255. */
export class PomError extends Error {
  /**
   * @param {string} message
   * @param {{ caused?: string[] }} [options] lines of the `Caused by:` block
   */
  constructor(message, options = {}) {
    super(message);
    this.caused = options.caused ?? [];
  }
}

/** Wrong arguments: printed with the usage of the command where one is given. */
export class ParameterError extends PomError {
  /**
   * @param {readonly (readonly [string, string])[]} problems name and reason
   * @param {{ usage?: boolean }} [options] whether the usage follows; it does for what the parser finds
   */
  constructor(problems, options = {}) {
    const [first] = problems;
    super(
      problems.length === 1 && first !== undefined
        ? `parameter verification failed - '${first[0]}': ${first[1]}`
        : `parameter verification failed:\n${problems.map(([name, why]) => `- '${name}': ${why}`).join('\n')}`,
    );
    this.usage = options.usage === true;
  }
}

/** What POM does where its author thought it could not happen; exit 101. */
export class Panic extends Error {
  /**
   * @param {string} place
   * @param {string} message
   */
  constructor(place, message) {
    super(message);
    this.place = place;
  }
}

/** @type {Record<string, [number, string]>} */
const errnoTexts = {
  EPERM: [1, 'Operation not permitted'],
  ENOENT: [2, 'No such file or directory'],
  EINTR: [4, 'Interrupted system call'],
  EACCES: [13, 'Permission denied'],
  EBUSY: [16, 'Device or resource busy'],
  EEXIST: [17, 'File exists'],
  ENOTDIR: [20, 'Not a directory'],
  EISDIR: [21, 'Is a directory'],
  ENOSPC: [28, 'No space left on device'],
  EROFS: [30, 'Read-only file system'],
  ENOTEMPTY: [39, 'Directory not empty'],
};

/**
 * The errno name of a system error; anything else is thrown on.
 * @param {unknown} error
 * @returns {string}
 */
function errnoOf(error) {
  if (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code in errnoTexts
  ) {
    return error.code;
  }
  throw error;
}

/**
 * `No such file or directory (os error 2)`.
 * @param {unknown} error
 */
export function osErrorText(error) {
  const [number, text] = errnoTexts[errnoOf(error)] ?? [0, ''];
  return `${text} (os error ${number})`;
}

/**
 * `ENOENT: No such file or directory`.
 * @param {unknown} error
 */
export function errnoText(error) {
  const name = errnoOf(error);
  return `${name}: ${errnoTexts[name]?.[1]}`;
}

/**
 * The error of a walk over a directory that is not there.
 * @param {string} path
 * @param {unknown} error
 */
export function walkError(path, error) {
  const text = osErrorText(error);
  return new PomError(`IO error for operation on ${path}: ${text}`, { caused: [text] });
}

/** @param {string} path */
export function quoted(path) {
  return JSON.stringify(path);
}
