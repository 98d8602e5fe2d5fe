/**
 * Recognises reads that fail because a device was unplugged or is failing, or because a share is no longer reachable.
 */
import { goneCodes, goneError } from '../domain/system-errors.ts';
import { systemErrorCode } from './system-error.ts';

/**
 * Translates the error of a failed read of `path` into one that names the path; any other error is returned unchanged.
 */
export function readError(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  return code === undefined || !goneCodes.includes(code) ? error : goneError(path, code, error);
}
