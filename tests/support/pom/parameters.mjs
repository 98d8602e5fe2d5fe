/** The parameters that POM's commands share, with its words for what is wrong with a value. */
import { ParameterError } from './errors.mjs';

/** @typedef {import('./usage-text.mjs').Parameter} Parameter */

const noMatch = 'value does not match the regex pattern';
const syncText = 'Whether to write new files using FSYNC.';
const verifyText = 'Whether to verify existing files or assume they are valid (IO-intensive).';
const manyIds = 'List of [MirrorConfig] IDs which should be synced to medium.';

/** @type {Parameter} */
export const config = { type: 'string', description: 'Path to mirroring config file.' };
/** @type {Parameter} */
export const outputFormat = { type: ['text', 'json', 'json-pretty'], description: 'Output format.' };
/** Of every command that shows something. */
export const shown = { config, 'output-format': outputFormat };
/** @type {Parameter} */
export const mirrorId = { type: 'string', description: 'Mirror name.', problem: idProblem };
/** @type {Parameter} */
export const mediumId = { type: 'string', description: 'Medium name.', problem: idProblem };
/** @type {Parameter} */
export const snapshot = {
  type: 'string',
  description: 'Mirror snapshot',
  problem: matching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/),
};
/** @type {Parameter} */
export const subscriptionKey = {
  type: 'string',
  description: 'Subscription key.',
  problem: matching(/^(?:pom-|pve\d+[a-z]-|pbs[a-z]-|pmg[a-z]-).*$/),
};
/** @type {Parameter} */
export const serverId = {
  type: 'string',
  description: 'Server ID.',
  problem: matching(/^[0-9a-fA-F]{32}$/),
};
/** @type {Parameter} */
export const product = { type: ['pve', 'pbs', 'pmg', 'pom'], description: 'Product type' };
/** @type {Parameter} */
export const mediumMountpoint = { type: 'string', description: 'Path to medium mountpoint' };

/** What a mirror's section may hold, but for its id. @type {Record<string, Parameter>} */
export const mirrorProperties = {
  architectures: {
    type: 'string',
    list: true,
    description: 'List of architectures that should be mirrored.',
  },
  'base-dir': {
    type: 'string',
    description: 'Path to directory containg mirrored repository pool. Can be shared by multiple mirrors.',
  },
  'ignore-errors': {
    type: 'boolean',
    default: false,
    description: 'Whether to downgrade download errors to warnings',
  },
  'key-path': {
    type: 'string',
    description: 'Path to public key file for verifying repository integrity.',
  },
  repository: { type: 'string', description: 'Single repository definition in sources.list format.' },
  'skip-packages': {
    type: 'string',
    list: true,
    description: 'Packages which should be skipped, supports globbing',
  },
  'skip-sections': { type: 'string', list: true, description: 'Sections which should be skipped' },
  sync: { type: 'boolean', description: syncText },
  'use-subscription': product,
  verify: { type: 'boolean', description: verifyText },
  'weak-crypto': {
    type: 'string',
    typeText: '[[allow-sha1=<1|0>] [,min-dsa-key-size=<integer>] [,min-rsa-key-size=<integer>]]',
    description:
      'Whether to allow using weak cryptography algorithms or parameters, deviating from the default policy.',
    problem: weakCryptoProblem,
  },
};

/** What a medium's section may hold, but for its id. @type {Record<string, Parameter>} */
export const mediumProperties = {
  mirrors: { type: 'string', list: true, description: manyIds },
  mountpoint: {
    type: 'string',
    description: 'Mountpoint where medium is available on mirroring system.',
  },
  sync: { type: 'boolean', description: syncText },
  verify: { type: 'boolean', description: verifyText },
};

/** What a subscription's section may hold, but for its key. @type {Record<string, Parameter>} */
export const subscriptionProperties = {
  description: { type: 'string', description: 'Description, e.g. which system this key is deployed on' },
  info: {
    type: 'string',
    description: "base64 encoded subscription info - update with 'refresh' command.",
  },
  'server-id': serverId,
};

/**
 * @param {string} value
 * @returns {string | undefined}
 */
function idProblem(value) {
  if (value.length < 3) return 'value must be at least 3 characters long';
  if (value.length > 32) return 'value may only be 32 characters long';
  return matching(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/)(value);
}

/** @param {string} value */
function weakCryptoProblem(value) {
  for (const part of value.split(',')) {
    const [name = '', given = ''] = part.split('=');
    const pattern = name === 'allow-sha1' ? /^(?:0|1|true|false|on|off|yes|no)$/ : /^\d+$/;
    if (!['allow-sha1', 'min-dsa-key-size', 'min-rsa-key-size'].includes(name)) {
      return new ParameterError([[name, 'schema does not allow additional properties']]).message;
    }
    if (!pattern.test(given)) return new ParameterError([[name, 'unable to parse value']]).message;
  }
  return undefined;
}

/**
 * @param {RegExp} pattern
 * @returns {(value: string) => string | undefined}
 */
function matching(pattern) {
  return (value) => (pattern.test(value) ? undefined : noMatch);
}
