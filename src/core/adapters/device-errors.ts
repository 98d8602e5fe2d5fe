/** Reads that fail because a device was pulled out or is failing, or a share is not reached any more. */
import { goneCodes, goneError } from '../domain/system-errors.ts';
import { systemErrorCode } from './system-error.ts';

/** For a read of `path` that failed: such an error names it then; anything else stays what it is. */
export function readError(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  return code === undefined || !goneCodes.includes(code) ? error : goneError(path, code, error);
}
