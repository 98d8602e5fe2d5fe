/** Explains errors of the operating system, none of which is a bug of ours; see errno(3). */
import { placeOf } from './error-place.ts';
import { PommgrError, type ErrorCode } from './errors.ts';

/** Errors of a device that was unplugged or is failing, or of a share that is no longer reachable. */
export const goneCodes: readonly string[] = [
  'EIO',
  'ENODEV',
  'ENXIO',
  'ENOMEDIUM',
  'EREMOTEIO',
  'ENOTCONN',
  'ESTALE',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'ESHUTDOWN',
  'ECONNABORTED',
];

const others = new Map<string, { code: ErrorCode; hint: string }>([
  [
    'ENOENT',
    { code: 'state.missing', hint: 'Check that the path is right and that the medium is still there.' },
  ],
  ['ENOTDIR', { code: 'state.missing', hint: 'A part of the path is a file where a directory is needed.' }],
  ['EISDIR', { code: 'state.missing', hint: 'There is a directory where a file is needed.' }],
  [
    'ENAMETOOLONG',
    {
      code: 'state.name',
      hint: 'Somewhere below are names, or directories in directories, that the system cannot name. Remove them.',
    },
  ],
  ['ELOOP', { code: 'state.missing', hint: 'A part of the path is a link that leads to itself.' }],
  [
    'EFBIG',
    {
      code: 'state.file-size',
      hint: 'The file system takes no file of that size. Choose a smaller --volume-size.',
    },
  ],
  [
    'EMFILE',
    {
      code: 'state.limit',
      hint: 'Raise the limit of open files (ulimit -n), then run the same command again.',
    },
  ],
]);

/**
 * Returns undefined for anything that is not an error of the operating system; Node.js's own errors have other codes
 * (`ERR_…`).
 */
export function systemError(error: Error): PommgrError | undefined {
  const code = 'code' in error ? String(error.code) : '';
  if (!/^E(?!RR_)[A-Z0-9]+$/.test(code)) return undefined;
  const path =
    placeOf(error)?.path ?? ('path' in error && typeof error.path === 'string' ? error.path : null);
  if (goneCodes.includes(code)) return goneError(path ?? error.message, code, error);
  const { code: known, hint } = others.get(code) ?? {
    code: 'state.system' as const,
    hint: `The operating system refused it: see ${code} in errno(3). "dmesg" may tell more. Then run the same command again.`,
  };
  return new PommgrError(known, `${error.message}.`, {
    hints: [hint],
    details: { path, errno: code },
    cause: error,
  });
}

/** Returns the error for a medium, share or device that is gone or failing; it holds `path`. */
export function goneError(path: string, errno: string, cause: unknown): PommgrError {
  return new PommgrError(
    'state.medium-gone',
    `${path} is not reached any more: the medium, share or device is gone or failing (${errno}).`,
    {
      hints: [
        'Check the medium, its cable and its mount ("mount", "dmesg"); unmount it and mount it again. Then run the same command again: it goes on, or begins anew.',
        'If it was being written, check its file system with "fsck" before you mount it, again and again until nothing is found: the first run of fsck.vfat leaves errors behind.',
        'If it fails at the same place again, use another medium.',
      ],
      details: { path, errno },
      cause,
    },
  );
}
