/** Subscription infos: how they are read from the config, what a run may use of them, what a medium gets. */
import { createPublicKey, verify } from 'node:crypto';
import { anyOrder, readMachineFile } from './environment.mjs';
import { PomError } from './errors.mjs';
import { sorted, warn } from './output.mjs';

/**
 * @typedef {import('./config-file.mjs').Section} Section
 * @typedef {Record<string, unknown> & { key: string, status: string, serverid?: string }} SubscriptionInfo
 */

const variants = ['New', 'NotFound', 'Active', 'Invalid', 'Expired', 'Suspended'];
const fieldOrder = ['status', 'serverid', 'checktime', 'key', 'message', 'productname', 'regdate'];
fieldOrder.push('nextduedate', 'url', 'signature');

/** @param {string} key */
export function productOf(key) {
  return key.slice(0, 3);
}

/**
 * The info of a section; undefined where there is none.
 * @param {Section} section
 * @returns {SubscriptionInfo | undefined}
 */
function infoOf({ properties }) {
  const text = properties['info'];
  if (typeof text !== 'string') return undefined;
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw new PomError('error decoding base64 data');
  }
  const json = Buffer.from(text, 'base64').toString('utf8');
  const info = parsed(json);
  const names = variants.flatMap((name) => [name, name.toLowerCase()]);
  if (!names.includes(info.status)) {
    const expected = names.map((name) => `\`${name}\``).join(', ');
    const at = /"status" *: *"[^"]*"/.exec(json);
    const column = (at?.index ?? 0) + (at?.[0].length ?? 0);
    throw new PomError(
      `unknown variant \`${info.status}\`, expected one of ${expected} at line 1 column ${column}`,
    );
  }
  return { ...info, status: String(info.status).toLowerCase() };
}

/**
 * @param {string} json
 */
function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    throw new PomError('expected value at line 1 column 1');
  }
}

/**
 * As `infoOf`, but for one that names another key.
 * @param {Section} section
 */
export function checkedInfoOf(section) {
  const info = infoOf(section);
  if (info !== undefined && info.key !== section.id) {
    throw new PomError(`key '${section.id}' doesn't match subscription info key '${info.key}'`);
  }
  return info;
}

/**
 * `key:server-id` for a mirror that needs a subscription.
 * @param {readonly Section[]} sections
 * @param {string | boolean | string[] | undefined} product
 */
export function loginFor(sections, product) {
  if (product === undefined) return undefined;
  for (const section of anyOrder(sections)) {
    if (section.type !== 'subscription' || productOf(section.id) !== product) continue;
    if (isActive(section)) return `${section.id}:${String(section.properties['server-id'])}`;
  }
  throw new PomError(`Need matching active subscription key for product ${String(product)}, but none found.`);
}

/** @param {Section} section */
export function isActive(section) {
  try {
    return infoOf(section)?.status === 'active';
  } catch (error) {
    if (error instanceof PomError) return false;
    throw error;
  }
}

/**
 * What `medium sync` writes to a medium: unchecked, one for each key that has any info.
 * @param {readonly Section[]} sections
 */
export function subscriptionsForMedium(sections) {
  const infos = [];
  for (const section of anyOrder(sections)) {
    if (section.type !== 'subscription' || productOf(section.id) === 'pom') continue;
    try {
      const info = infoOf(section);
      if (info === undefined) {
        warn(`No subscription info available for '${section.id}' - run \`refresh\`.`);
        continue;
      }
      const server = String(section.properties['server-id']);
      warn(`Including key '${section.id}' for server '${server}' with status '${info.status}'`);
      infos.push(orderedInfo(info));
    } catch (error) {
      if (!(error instanceof PomError)) throw error;
      warn(`Failed to parse subscription info of '${section.id}' - ${error.message}`);
    }
  }
  return infos;
}

/**
 * In the order that Rust's structure has.
 * @param {Record<string, unknown>} info
 */
export function orderedInfo(info) {
  const entries = fieldOrder.map((name) => /** @type {const} */ ([name, info[name]]));
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null));
}

/**
 * Whether an info's own signature is Proxmox': Ed25519 over its JSON with sorted keys.
 * @param {SubscriptionInfo} info
 */
export function hasGoodSignature({ signature, ...info }) {
  try {
    const key = createPublicKey(readMachineFile('/usr/share/keyrings/proxmox-offline-signing-key.pub'));
    return verify(
      null,
      Buffer.from(JSON.stringify(sorted(info))),
      key,
      Buffer.from(String(signature), 'hex'),
    );
  } catch (error) {
    if (error instanceof PomError) return false;
    throw error;
  }
}
