/** Places of files of a test. */
import { basename, dirname } from 'node:path';
import { below, topPlace, type Place } from '../../src/core/domain/place.ts';

/** The directory is the top. */
export function placeOfFile(path: string): Place {
  return below(topPlace(dirname(path)), basename(path));
}
