/** `key …`; what the shop would say comes from the environment. */
import { createHash } from 'node:crypto';
import { changeConfig, configPath, findSection, readConfig, sectionsOf } from './config-file.mjs';
import { askShop, readMachineFile, rfc3339 } from './environment.mjs';
import { ParameterError, PomError } from './errors.mjs';
import { sayData, sayProperties, sayTable, warn } from './output.mjs';
import { checkedInfoOf, hasGoodSignature, isActive, orderedInfo, productOf } from './subscription.mjs';

/**
 * @typedef {import('./arguments.mjs').Arguments} Arguments
 * @typedef {import('./config-file.mjs').Section} Section
 */

/** @param {Arguments} args */
export async function addKey(args) {
  const id = String(args['key']);
  await changeConfig(args, (sections) => {
    if (productOf(id) === 'pom') {
      throw keyError("Proxmox Offline Mirror keys must be added with 'add-mirror-key' command.");
    }
    refuseKnown(sections, id);
    const { 'server-id': server = '', description, info } = args;
    /** @type {Section} */
    const section = { type: 'subscription', id, properties: { 'server-id': server } };
    if (description !== undefined) section.properties['description'] = description;
    if (info !== undefined) section.properties['info'] = info;
    if (args['refresh'] !== false) {
      requireMirrorKey(sections);
      section.properties['info'] = encoded(askShop(id));
    }
    sections.push(section);
  });
}

/** @param {Arguments} args */
export async function addMirrorKey(args) {
  const id = String(args['key']);
  await changeConfig(args, (sections) => {
    const server = hostServerId();
    if (productOf(id) !== 'pom') {
      throw keyError("Only Proxmox Offline Mirror keys can be added with 'add-mirror-key' command.");
    }
    refuseKnown(sections, id);
    const info = encoded(askShop(id));
    sections.push({ type: 'subscription', id, properties: { 'server-id': server, info } });
  });
}

/** @param {Arguments} args */
export async function refreshKeys(args) {
  await changeConfig(args, (sections) => {
    requireMirrorKey(sections);
    for (const section of sections.filter(
      ({ id, type }) => type === 'subscription' && productOf(id) === 'pom',
    )) {
      try {
        section.properties['info'] = encoded(askShop(section.id));
      } catch (error) {
        if (!(error instanceof PomError)) throw error;
        warn(`Failed refreshing mirror key info - key: ${section.id}, error: ${error.message}`);
      }
    }
    const only = args['key'];
    if (only !== undefined && !sections.some(({ id }) => id === only)) {
      throw new PomError(`Subscription key '${String(only)}' not configured.`);
    }
    readMachineFile('/usr/share/keyrings/proxmox-offline-signing-key.pub');
    for (const section of sections.filter(
      ({ id, type }) => type === 'subscription' && productOf(id) !== 'pom',
    )) {
      if (only === undefined || only === section.id)
        section.properties['info'] = encoded(askShop(section.id));
    }
  });
}

/** @param {Arguments} args */
export async function updateKey(args) {
  await changeConfig(args, (sections) => {
    const section = findSection(sections, 'subscription', String(args['key']));
    for (const name of ['description', 'server-id']) {
      const value = args[name];
      if (value !== undefined) section.properties[name] = value;
    }
  });
}

/** @param {Arguments} args */
export async function removeKey(args) {
  const id = String(args['key']);
  await changeConfig(args, (sections) => {
    const index = sections.findIndex((section) => section.id === id);
    if (index < 0) throw keyError(`config section '${id}' does not exist!`);
    sections.splice(index, 1);
  });
}

/** @param {Arguments} args */
export function listKeys(args) {
  const keys = sectionsOf(readConfig(configPath(args)), 'subscription').map((section) => {
    try {
      return shownKey(section);
    } catch (error) {
      if (!(error instanceof PomError)) throw error;
      return { ...bareKey(section), message: `Failed to decode info - ${error.message}` };
    }
  });
  const columns = ['Subscription Key', 'Server ID', 'description', 'Status', 'Message', 'Last Check'];
  const names = [
    'key',
    'server-id',
    'description',
    'status',
    'message',
    'checktime',
    'nextduedate',
    'signed',
  ];
  const rows = keys
    .toSorted((left, right) => (String(left['key']) < String(right['key']) ? -1 : 1))
    .map((key) => names.map((name) => key[name]));
  sayData(args['output-format'], keys, () => sayTable([...columns, 'Next Due', 'Signed'], rows));
}

/** @param {Arguments} args */
export function showKey(args) {
  const section = findSection(readConfig(configPath(args)), 'subscription', String(args['key']));
  const shown = shownKey(section);
  const first = ['key', 'server-id', 'signed'];
  const others = Object.keys(shown).filter((name) => !first.includes(name));
  sayData(args['output-format'], shown, () =>
    sayProperties([...first, ...others.toSorted()].map((name) => [name, shown[name]])),
  );
}

/** The host's id: MD5 of its public ssh host key. */
export function hostServerId() {
  try {
    const key = readMachineFile('/etc/ssh/ssh_host_rsa_key.pub');
    return createHash('md5').update(key).digest('hex').toUpperCase();
  } catch (error) {
    if (error instanceof PomError) throw new PomError(`Error getting host key - ${error.message}`);
    throw error;
  }
}

/**
 * @param {Section} section
 * @returns {Record<string, unknown>}
 */
function shownKey(section) {
  const info = checkedInfoOf(section);
  if (info === undefined) return bareKey(section);
  const signed = info['signature'] !== undefined;
  const good = !signed || hasGoodSignature(info);
  return {
    ...bareKey(section),
    checktime: info['checktime'] === undefined ? undefined : rfc3339(Number(info['checktime'])),
    message: good ? (info['message'] ?? undefined) : 'Signature validation failed',
    nextduedate: info['nextduedate'],
    productname: info['productname'],
    regdate: info['regdate'],
    signed,
    status: good ? info.status : 'invalid',
  };
}

/**
 * @param {Section} section
 * @returns {Record<string, unknown>}
 */
function bareKey({ id, properties }) {
  const { 'server-id': server, description } = properties;
  return {
    key: id,
    'server-id': server,
    signed: false,
    ...(description === undefined ? {} : { description }),
  };
}

/**
 * @param {readonly Section[]} sections
 * @param {string} id
 */
function refuseKnown(sections, id) {
  if (!sections.some((section) => section.id === id)) return;
  throw keyError(`key entry for '${id}' already exists - did you mean to update or refresh?`);
}

/** @param {readonly Section[]} sections */
function requireMirrorKey(sections) {
  const keys = sections.filter(({ id, type }) => type === 'subscription' && productOf(id) === 'pom');
  if (!keys.some(isActive)) throw new PomError('No active mirror subscription key configured!');
}

/** @param {string} why */
function keyError(why) {
  return new ParameterError([['key', why]]);
}

/** @param {Record<string, unknown>} info */
function encoded(info) {
  return Buffer.from(JSON.stringify(orderedInfo(info))).toString('base64');
}
