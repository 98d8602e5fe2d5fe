/** `.mirror-state` on a medium: unsigned, one line of JSON, the subscriptions in clear. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFileOr } from './environment.mjs';
import { PomError } from './errors.mjs';
import { withLock } from './lock.mjs';
import { replaceFile } from './pool.mjs';

/**
 * @typedef {{ repository: string, architectures: string[], pool: string }} MirrorInfo
 * @typedef {object} MediumState
 * @property {Record<string, MirrorInfo>} mirrors
 * @property {number} last-sync seconds since 1970
 * @property {Record<string, unknown>[]} [subscriptions]
 */

/**
 * @param {string} mountpoint
 * @param {() => Promise<void> | void} work
 */
export async function withMedium(mountpoint, work) {
  checkMountpoint(mountpoint);
  await withLock(join(mountpoint, '.mirror-state.lock'), 30, work);
}

/** @param {string} mountpoint */
export function checkMountpoint(mountpoint) {
  if (!existsSync(mountpoint)) throw new PomError("Medium mountpoint doesn't exist.");
}

/**
 * Undefined when nothing was synced yet.
 * @param {string} mountpoint
 */
export function readState(mountpoint) {
  const path = statePath(mountpoint);
  return existsSync(path) ? parseState(readFileSync(path, 'utf8')) : undefined;
}

/** @param {string} mountpoint */
export function readStateOrFail(mountpoint) {
  return parseState(readFileOr(statePath(mountpoint)).toString('utf8'));
}

/**
 * @param {string} mountpoint
 * @param {MediumState} state
 */
export function writeState(mountpoint, state) {
  const { subscriptions = [], ...rest } = state;
  const ordered = subscriptions.length === 0 ? rest : { ...rest, subscriptions };
  replaceFile(statePath(mountpoint), Buffer.from(JSON.stringify(ordered)), true);
}

/** @param {string} mountpoint */
export function statePath(mountpoint) {
  return join(mountpoint, '.mirror-state');
}

/**
 * The name of a base-dir's pool on a medium.
 * @param {string} baseDirectory
 */
export function mediumPoolName(baseDirectory) {
  return `.pool_${createHash('sha256').update(baseDirectory).digest('hex')}`;
}

/**
 * @param {string} text
 * @returns {MediumState}
 */
function parseState(text) {
  if (text === '') throw new PomError('EOF while parsing a value at line 1 column 0');
  let state;
  try {
    state = JSON.parse(text);
  } catch {
    throw new PomError('expected value at line 1 column 1');
  }
  for (const field of ['mirrors', 'last-sync']) {
    if (!(field in state))
      throw new PomError(`missing field \`${field}\` at line 1 column ${text.trimEnd().length}`);
  }
  return state;
}
