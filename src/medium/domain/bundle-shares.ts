/** Determines which target sees which part of a bundle, from its document and its closure list. */
import { closureListFileName, parseClosureList } from '../../closure/domain/closure-list.ts';
import { createShares, type Shares } from '../../closure/domain/shares.ts';
import type { Bundle } from './bundle.ts';

/**
 * Returns the shares. `list` has bytes that the bundle vouches for; `directory` is where they are. @throws PommgrError
 * `integrity.closure`
 */
export function sharesOf(
  { targets }: Pick<Bundle, 'targets'>,
  list: Buffer | undefined,
  directory: string,
): Shares {
  const where = `${directory}/${closureListFileName}`;
  return createShares(targets, list === undefined ? undefined : parseClosureList(list.toString(), where));
}
