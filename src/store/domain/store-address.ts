/** Defines addresses of other hosts' stores: `http://HOST:PORT[/PATH]` or `file:///DIR`, without a trailing slash. */
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { offeredDirectoryName } from './offered-path.ts';

export function isHttpAddress(text: string): boolean {
  return /^https?:/i.test(text);
}

/** @throws PommgrError `usage.from` for an address with a login, a query or characters that apt cannot read. */
export function parseHttpAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.username === '' && url.password === '' && !/[?#]/.test(text);
  if (isPlain && /^[!-~]+$/.test(text)) return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  throw new PommgrError('usage.from', 'That is not the address of a store: expected http://HOST:PORT.', {
    hints: ['Take what "pommgr serve" printed on the other host. It has no login and no query.'],
  });
}

/** Returns the URI of a baseline's directory in that store. */
export function baselineUri(address: string, name: string): string {
  return `${address}/${offeredDirectoryName}/${name}`;
}

/**
 * Returns the mirror list (apt-transport-mirror(1)) of one mirror whose packages are in another store. apt reads
 * Release files and indices only from `indices`, the URI of a directory of this host. It takes packages from the other
 * store, by `copy:` where that is a directory: apt hashes a copy that only root can change, and dpkg reads it.
 */
export function mirrorList({ indices, packages }: { indices: string; packages: string }): string {
  return [
    '# Written by pommgr. Only packages come from elsewhere: apt checks their digests by the indices.',
    `${indices}\tpriority:1 type:index`,
    `${packages.replace(/^file:/, 'copy:')}\tpriority:2 type:deb type:deb-src`,
    '',
  ].join('\n');
}

/** Returns the SHA-256 of each Release file that apt may accept for this baseline. */
export function releaseDigests({ snapshots }: Pick<Baseline, 'snapshots'>): Set<string> {
  const files = snapshots.flatMap((snapshot) => snapshot.files);
  return new Set(files.filter(({ path }) => /(^|\/)(In)?Release$/.test(path)).map(({ sha256 }) => sha256));
}
