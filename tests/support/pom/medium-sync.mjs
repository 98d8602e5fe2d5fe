/** `medium sync`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { configPath, findSection, readConfig } from './config-file.mjs';
import { anyOrder, epochSeconds, rfc3339 } from './environment.mjs';
import { mediumPoolName, readState, withMedium, writeState } from './medium-state.mjs';
import { say, setText, warn } from './output.mjs';
import { createPool, destroyPool, openPool } from './pool.mjs';
import { syncPool } from './pool-sync.mjs';
import { subscriptionsForMedium } from './subscription.mjs';

/**
 * @typedef {import('./config-file.mjs').Section} Section
 * @typedef {import('./medium-state.mjs').MediumState} MediumState
 */

/** @param {import('./arguments.mjs').Arguments} args */
export async function syncMedium(args) {
  const sections = readConfig(configPath(args));
  const medium = findSection(sections, 'medium', String(args['id']));
  const subscriptions = subscriptionsForMedium(sections);
  warn(`will sync ${subscriptions.length} subscription keys to medium`);
  const mountpoint = String(medium.properties['mountpoint']);
  if (args['keys-only'] === true) {
    await withMedium(mountpoint, () => {
      const state = startState(mountpoint);
      say('Updating statefile..');
      writeState(mountpoint, { ...state, subscriptions });
    });
    return;
  }
  const ids = /** @type {string[]} */ (medium.properties['mirrors']);
  const mirrors = ids.map((id) => findSection(sections, 'mirror', id));
  const names = `[${ids.map((id) => JSON.stringify(id)).join(', ')}]`;
  say(`Syncing ${ids.length} mirrors ${names} to medium '${medium.id}' (${JSON.stringify(mountpoint)})`);
  await withMedium(mountpoint, async () => {
    const state = startState(mountpoint);
    const verify = medium.properties['verify'] === true;
    await syncMirrors(state, { mountpoint, mirrors, verify });
    say('Updating statefile..');
    writeState(mountpoint, { ...state, subscriptions });
  });
}

/**
 * @param {string} mountpoint
 * @returns {MediumState}
 */
function startState(mountpoint) {
  const known = readState(mountpoint);
  if (known === undefined) say('Creating new statefile..');
  else {
    say('Loaded existing statefile.');
    say(`Last sync timestamp: ${rfc3339(known['last-sync'])}`);
  }
  const now = epochSeconds();
  say(`Sync timestamp: ${rfc3339(now)}`);
  return { mirrors: known?.mirrors ?? {}, 'last-sync': now };
}

/**
 * @param {MediumState} state changed
 * @param {{ mountpoint: string, mirrors: readonly Section[], verify: boolean }} options
 */
async function syncMirrors(state, { mountpoint, mirrors, verify }) {
  const synced = anyOrder(Object.keys(state.mirrors));
  const wanted = mirrors.map(({ id }) => id);
  say(`Previously synced mirrors: ${setText(synced)}`);
  const fresh = anyOrder(wanted.filter((id) => !synced.includes(id)));
  if (fresh.length > 0) say(`Adding ${fresh.length} new mirror(s) to target medium: ${setText(fresh)}`);
  const dropped = synced.filter((id) => !wanted.includes(id));
  if (dropped.length > 0) {
    const lead = `Dropping ${dropped.length} removed mirror(s) from target medium (after syncing):`;
    say(`${lead} ${setText(dropped)}`);
  }
  say('\nStarting sync now!');
  for (const mirror of mirrors) {
    const info = infoOf(mirror);
    const directory = join(mountpoint, mirror.id);
    say(`\nSyncing '${mirror.id}' to ${JSON.stringify(directory)}..`);
    const source = openPool(String(mirror.properties['base-dir']), mirror.id);
    // The pool of the last sync; only the new state names that of the present base-dir, which then is never there.
    const poolName = state.mirrors[mirror.id]?.pool ?? info.pool;
    const target = existsSync(directory)
      ? openPool(mountpoint, mirror.id, poolName)
      : createPool(mountpoint, mirror.id, poolName);
    await syncPool(source, target, { verify });
    state.mirrors[mirror.id] = info;
  }
  for (const id of dropped) {
    say('');
    if (existsSync(join(mountpoint, id))) {
      say(`Removing previously synced, but no longer configured mirror '${id}'..`);
      await destroyPool(openPool(mountpoint, id, state.mirrors[id]?.pool));
    }
    delete state.mirrors[id];
  }
}

/**
 * @param {Section} mirror
 * @returns {import('./medium-state.mjs').MirrorInfo}
 */
function infoOf({ properties }) {
  return {
    repository: String(properties['repository']),
    architectures: /** @type {string[]} */ (properties['architectures']),
    pool: mediumPoolName(String(properties['base-dir'])),
  };
}
