/**
 * Tunes when V8 collects garbage: `bin/pommgr.js` makes it collect early, to save memory; for streamed bytes, late
 * collection is faster.
 */
import { setFlagsFromString } from 'node:v8';

/** Runs work that allocates much and keeps little, such as downloads, without the early collections. */
export async function collectingLate<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString('--no-optimize-for-size');
  try {
    return await work();
  } finally {
    setFlagsFromString('--optimize-for-size');
  }
}
