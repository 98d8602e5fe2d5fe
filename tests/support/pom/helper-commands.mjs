/** `proxmox-offline-mirror-helper …`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { anyOrder, rfc3339 } from './environment.mjs';
import { errnoText, osErrorText, Panic, ParameterError, PomError } from './errors.mjs';
import { hostServerId } from './key-commands.mjs';
import { checkMountpoint, readStateOrFail, statePath } from './medium-state.mjs';
import { snapshotsText } from './medium-commands.mjs';
import { say, sayData, warn } from './output.mjs';
import { mediumRepositoryLine } from './repository-line.mjs';
import { snapshotsIn } from './snapshot-commands.mjs';
import { orderedInfo } from './subscription.mjs';

/**
 * @typedef {import('./arguments.mjs').Arguments} Arguments
 * @typedef {{ snapshots: string[] } | { errors: string }} Found
 */

/** @type {Record<string, string[]>} */
const activations = {
  pve: ['pvesubscription', 'set-offline-key'],
  pbs: ['proxmox-backup-manager', 'subscription', 'set-offline-key'],
  pmg: ['pmgsubscription', 'set-offline-key'],
};

/** @param {Arguments} args */
export function status(args) {
  const mountpoint = String(args['mountpoint']);
  checkMountpoint(mountpoint);
  const state = readStateOrFail(mountpoint);
  const mirrors = Object.entries(state.mirrors).map(
    ([id, info]) => /** @type {const} */ ([id, info, snapshotsOn(join(mountpoint, id))]),
  );
  const data = mirrors.map(([id, info, found]) => [id, { ...info, ...found }]);
  sayData(
    args['output-format'],
    { 'last-sync': state['last-sync'], mirrors: Object.fromEntries(data) },
    () => {
      say(`Last sync: ${rfc3339(state['last-sync'])}`);
      for (const [id, info, found] of anyOrder(mirrors)) {
        say(`\nMirror ${id}:`);
        if ('errors' in found) {
          say(found.errors);
          continue;
        }
        say(snapshotsText(found.snapshots));
        const last = found.snapshots.at(-1);
        if (last === undefined) continue;
        say(`repository config: ${mediumRepositoryLine(info.repository, join(mountpoint, id, last))}`);
      }
    },
  );
}

/** @param {Arguments} args */
export function offlineKey(args) {
  const mountpoint = String(args['mountpoint']);
  if (args['product'] === 'pom') {
    throw new ParameterError([['product', 'Proxmox Offline Mirror does not support offline operations.']]);
  }
  checkMountpoint(mountpoint);
  say(`Loading state from ${JSON.stringify(statePath(mountpoint))}..`);
  const state = readStateOrFail(mountpoint);
  say(`Last sync timestamp: ${rfc3339(state['last-sync'])}`);
  const server = hostServerId();
  /** @type {Map<string, Record<string, unknown>>} */
  const latest = new Map();
  for (const info of state.subscriptions ?? []) {
    if (info['serverid'] !== server) continue;
    const product = productSlice(String(info['key']));
    if (args['product'] !== undefined && args['product'] !== product) continue;
    const known = latest.get(product);
    if (known === undefined || String(known['nextduedate']) < String(info['nextduedate']))
      latest.set(product, info);
  }
  if (latest.size === 0) throw new PomError(`No matching subscription key found for server ID '${server}'`);
  for (const [product, info] of anyOrder(latest)) {
    warn(`Setting offline subscription key for ${product}...`);
    warn(activate(product, Buffer.from(JSON.stringify(orderedInfo(info))).toString('base64')));
  }
}

/** @param {string} key */
function productSlice(key) {
  if (key.length < 3) {
    const place = '/src/proxmox-rs/proxmox-subscription/src/subscription_info.rs:303:31';
    throw new Panic(place, `byte index 3 is out of bounds of \`${key}\``);
  }
  return key.slice(0, 3);
}

/**
 * Runs the product's own command and says how it went; a failure is only words.
 * @param {string} product
 * @param {string} blob
 */
function activate(product, blob) {
  const [program, ...words] = [...(activations[product] ?? []), blob];
  const shown = [program, ...words].map((word) => JSON.stringify(word)).join(' ');
  const result = spawnSync(program, words, { encoding: 'utf8' });
  if (result.error !== undefined) return `error: failed to execute ${shown} - ${osErrorText(result.error)}`;
  if (result.status !== 0)
    return `error: command ${shown} failed - status code: ${result.status} - ${result.stderr}`;
  return result.stdout === '' ? 'success.' : `success: ${result.stdout}`;
}

/**
 * @param {string} directory
 * @returns {Found}
 */
function snapshotsOn(directory) {
  try {
    return { snapshots: snapshotsIn(directory) };
  } catch (error) {
    return { errors: `Failed to obtain snapshot list - ${errnoText(error)}` };
  }
}
