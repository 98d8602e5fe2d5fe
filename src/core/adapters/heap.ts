/** How V8 collects garbage: `bin/pommgr.js` has it collect early, for memory; where bytes stream, late is faster. */
import { setFlagsFromString } from 'node:v8';

/** Runs work that keeps little and allocates much, such as downloads, without the early collections. */
export async function collectingLate<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString('--no-optimize-for-size');
  try {
    return await work();
  } finally {
    setFlagsFromString('--optimize-for-size');
  }
}
