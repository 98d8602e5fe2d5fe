/** The path of a file as the user knows it, where the code reaches it by a handle of its directory. */
import { readlinkSync } from 'node:fs';

/** Undefined for what is no path. */
export function followedPath(path: unknown): string | undefined {
  if (typeof path !== 'string') return undefined;
  const [, handle, rest = ''] = /^(\/proc\/self\/fd\/\d+)(\/.*)?$/.exec(path) ?? [];
  return handle === undefined ? path : `${readlinkSync(handle)}${rest}`;
}
