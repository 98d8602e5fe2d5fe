/** Errors by which a device says that it was pulled out or is failing, or a share that it is not reached any more. */
import { PommgrError } from '../domain/errors.ts';
import { systemErrorCode } from './atomic-files.ts';

const deviceCodes = ['EIO', 'ENODEV', 'ENXIO', 'ENOMEDIUM', 'EREMOTEIO', 'ENOTCONN', 'ESTALE', 'EHOSTDOWN'];

/** For a read of `path` that failed: such an error names it then; anything else stays what it is. */
export function readError(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || !deviceCodes.includes(code)) return error;
  return new PommgrError('state.io', `${path} cannot be read: the device reports ${code}.`, {
    hints: [
      'Check the device and its connection, then run the same command again.',
      'If a medium fails at the same place again, copy the bundle to another one.',
    ],
    details: { file: path, code },
    cause: error,
  });
}
