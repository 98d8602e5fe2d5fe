/** The `key …` commands, in the order of POM's help. */
import * as parameters from './parameters.mjs';
import { command } from './usage-text.mjs';

const { config, subscriptionKey: key, subscriptionProperties, serverId, shown } = parameters;

/** @type {import('./usage-text.mjs').Command[]} */
export const keyCommands = [
  command('key add', 'List subscription keys and their status', {
    positional: ['key', 'server-id'],
    optional: ['config', 'description', 'info', 'refresh'],
    parameters: {
      config,
      key,
      ...subscriptionProperties,
      refresh: {
        type: 'boolean',
        default: true,
        description: 'Whether to refresh the subscription info upon adding.',
      },
    },
    run: (args) => import('./key-commands.mjs').then(({ addKey }) => addKey(args)),
  }),
  command('key add-mirror-key', 'Add offline mirror key', {
    positional: ['key'],
    optional: ['config'],
    parameters: { config, key },
    run: (args) => import('./key-commands.mjs').then(({ addMirrorKey }) => addMirrorKey(args)),
  }),
  command('key list', 'List subscription keys and their status', {
    optional: ['config', 'output-format'],
    parameters: shown,
    run: (args) => import('./key-commands.mjs').then(({ listKeys }) => listKeys(args)),
  }),
  command('key refresh', 'Refresh subscription key status.', {
    optional: ['config', 'key'],
    parameters: { config, key },
    run: (args) => import('./key-commands.mjs').then(({ refreshKeys }) => refreshKeys(args)),
  }),
  command('key remove', 'Remove subscription key config entry.', {
    positional: ['key'],
    optional: ['config', 'output-format'],
    parameters: { ...shown, key },
    run: (args) => import('./key-commands.mjs').then(({ removeKey }) => removeKey(args)),
  }),
  command('key show', 'Show (decoded) subscription config entry.', {
    positional: ['key'],
    optional: ['config', 'output-format'],
    parameters: { ...shown, key },
    run: (args) => import('./key-commands.mjs').then(({ showKey }) => showKey(args)),
  }),
  command('key update', 'Update subscription config entry.', {
    positional: ['key'],
    optional: ['config', 'description', 'server-id'],
    parameters: {
      config,
      key,
      'server-id': serverId,
      description: {
        type: 'string',
        description: 'Description, e.g. which system this key is deployed on',
      },
    },
    run: (args) => import('./key-commands.mjs').then(({ updateKey }) => updateKey(args)),
  }),
];
