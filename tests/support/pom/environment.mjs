/**
 * What tests may tell the stand-in through its environment: clock, lock time-out, order, the machine's files, the shop.
 * Without any of these it does what POM does.
 */
import { readFileSync } from 'node:fs';
import { osErrorText, PomError, quoted } from './errors.mjs';

/** Whole seconds since 1970; `POM_STANDIN_TIME` sets it, so that runs need not wait for the next second. */
export function epochSeconds() {
  const fixed = process.env['POM_STANDIN_TIME'];
  return fixed === undefined ? Math.floor(Date.now() / 1000) : Number(fixed);
}

/** @param {number} seconds */
export function rfc3339(seconds) {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/**
 * Whole seconds until a lock is given up; `POM_STANDIN_LOCK_SECONDS` shortens the wait.
 * @param {number} usual
 */
export function lockSeconds(usual) {
  const wanted = process.env['POM_STANDIN_LOCK_SECONDS'];
  return wanted === undefined ? usual : Math.max(1, Number(wanted));
}

let randomState = Number(process.env['POM_STANDIN_SEED'] ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;

/**
 * The items in the order of a hash map: any. `POM_STANDIN_SEED` makes it the same each time.
 * @template T
 * @param {Iterable<T>} items
 * @returns {T[]}
 */
export function anyOrder(items) {
  const keyed = [...items].map((item) => ({ item, key: nextRandom() }));
  return keyed.toSorted((left, right) => left.key - right.key).map(({ item }) => item);
}

/** mulberry32 */
function nextRandom() {
  randomState = (randomState + 0x6d2b79f5) >>> 0;
  let mixed = randomState;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

/**
 * A file of the machine, below `POM_STANDIN_ROOT` where that is set; messages name it without the root.
 * @param {string} path absolute
 */
export function readMachineFile(path) {
  return readFileOr(`${process.env['POM_STANDIN_ROOT'] ?? ''}${path}`, path);
}

/**
 * @param {string} path
 * @param {string} [shown] the path in the message
 */
export function readFileOr(path, shown = path) {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new PomError(`unable to read ${quoted(shown)} - ${osErrorText(error)}`);
  }
}

/**
 * What Proxmox' shop says of a key: `POM_STANDIN_SHOP` names a JSON file, key to subscription info, or to
 * `{ error }` for a key at which the connection fails. Without it there is no network.
 * @param {string} key
 * @returns {Record<string, unknown>}
 */
export function askShop(key) {
  const shop = process.env['POM_STANDIN_SHOP'];
  if (shop === undefined) {
    throw new PomError(
      'Error checking subscription: io: failed to lookup address information: Name or service not known',
    );
  }
  const answers = JSON.parse(readFileSync(shop, 'utf8'));
  const failure = answers[key]?.error;
  if (failure !== undefined) throw new PomError(`Error checking subscription: ${failure}`);
  return answers[key] ?? { status: 'notfound', key };
}
