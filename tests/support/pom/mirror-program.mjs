/** The commands of `proxmox-offline-mirror`, in the order of its help. */
import { helpCommand, runProgram } from './command-line.mjs';
import * as configCommands from './config-commands.mjs';
import { PomError } from './errors.mjs';
import * as keyCommands from './key-commands.mjs';
import * as mediumCommands from './medium-commands.mjs';
import { syncMedium } from './medium-sync.mjs';
import * as parameters from './parameters.mjs';
import * as snapshotCommands from './snapshot-commands.mjs';

/** @typedef {import('./usage-text.mjs').Command} Command */

const { config, outputFormat, mirrorId, mediumId, mediumProperties, mirrorProperties, snapshot } = parameters;
const { subscriptionKey: key, subscriptionProperties, serverId } = parameters;
const shown = { config, 'output-format': outputFormat };
const mirrorRequired = ['id', 'architectures', 'base-dir', 'key-path', 'repository', 'sync', 'verify'];
const mirrorOptional = ['ignore-errors', 'skip-packages', 'skip-sections', 'use-subscription', 'weak-crypto'];
const mediumRequired = ['id', 'mirrors', 'mountpoint', 'sync', 'verify'];
/** @type {import('./usage-text.mjs').Parameter} */
const dryRun = {
  type: 'boolean',
  default: false,
  description: "Only fetch indices and print summary of missing package files, don't store anything.",
};

/**
 * `list`, `show`, `remove` and `update` of a kind of section.
 * @param {object} options
 * @param {string} options.topic
 * @param {Record<string, string>} options.texts
 * @param {import('./usage-text.mjs').Parameter} options.id
 * @param {Record<string, import('./usage-text.mjs').Parameter>} options.properties
 * @param {Record<'list' | 'remove' | 'show' | 'update', Command['run']>} options.run
 * @returns {Command[]}
 */
function sectionCommands({ topic, texts, id, properties, run }) {
  const removeData = { type: /** @type {const} */ ('boolean'), description: texts['data'] ?? '' };
  return [
    {
      path: ['config', topic, 'list'],
      description: texts['list'] ?? '',
      optional: ['config', 'output-format'],
      parameters: shown,
      run: run.list,
    },
    {
      path: ['config', topic, 'remove'],
      description: texts['remove'] ?? '',
      required: ['id', 'remove-data'],
      optional: ['config', 'output-format'],
      parameters: { ...shown, id, 'remove-data': removeData },
      run: run.remove,
    },
    {
      path: ['config', topic, 'show'],
      description: texts['show'] ?? '',
      required: ['id'],
      optional: ['config', 'output-format'],
      parameters: { ...shown, id },
      run: run.show,
    },
    {
      path: ['config', topic, 'update'],
      description: texts['update'] ?? '',
      required: ['id'],
      optional: ['config', ...Object.keys(properties)],
      parameters: { config, id, ...properties },
      run: run.update,
    },
  ];
}

/**
 * A command on one thing that is named by its place.
 * @param {string} words
 * @param {string} description
 * @param {Omit<Command, 'path' | 'description'>} rest
 * @returns {Command}
 */
function command(words, description, rest) {
  return { path: words.split(' '), description, ...rest };
}

/** @type {Command[]} */
const commands = [
  command('config media add', 'Create new medium config entry.', {
    required: mediumRequired,
    optional: ['config', 'output-format'],
    parameters: { ...shown, id: mediumId, ...mediumProperties },
    run: configCommands.addMedium,
  }),
  ...sectionCommands({
    topic: 'media',
    texts: {
      list: 'List configured media.',
      remove: 'Remove medium config entry.',
      data: 'Remove ALL DATA on medium as well.',
      show: 'Show full medium config entry.',
      update: 'Update medium config entry.',
    },
    id: mediumId,
    properties: mediumProperties,
    run: {
      list: configCommands.listMedia,
      remove: configCommands.removeMedium,
      show: configCommands.showMedium,
      update: configCommands.updateMedium,
    },
  }),
  command('config mirror add', 'Create new mirror config entry.', {
    required: mirrorRequired,
    optional: ['config', 'output-format', ...mirrorOptional],
    parameters: { ...shown, id: mirrorId, ...mirrorProperties },
    run: configCommands.addMirror,
  }),
  ...sectionCommands({
    topic: 'mirror',
    texts: {
      list: 'List configured mirrors',
      remove: 'Remove mirror config entry.',
      data: 'Remove mirror data as well.',
      show: 'Show full mirror config',
      update: 'Update mirror config entry.',
    },
    id: mirrorId,
    properties: mirrorProperties,
    run: {
      list: configCommands.listMirrors,
      remove: configCommands.removeMirror,
      show: configCommands.showMirror,
      update: configCommands.updateMirror,
    },
  }),
  helpCommand(() => commands),
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
    run: keyCommands.addKey,
  }),
  command('key add-mirror-key', 'Add offline mirror key', {
    positional: ['key'],
    optional: ['config'],
    parameters: { config, key },
    run: keyCommands.addMirrorKey,
  }),
  command('key list', 'List subscription keys and their status', {
    optional: ['config', 'output-format'],
    parameters: shown,
    run: keyCommands.listKeys,
  }),
  command('key refresh', 'Refresh subscription key status.', {
    optional: ['config', 'key'],
    parameters: { config, key },
    run: keyCommands.refreshKeys,
  }),
  command('key remove', 'Remove subscription key config entry.', {
    positional: ['key'],
    optional: ['config', 'output-format'],
    parameters: { ...shown, key },
    run: keyCommands.removeKey,
  }),
  command('key show', 'Show (decoded) subscription config entry.', {
    positional: ['key'],
    optional: ['config', 'output-format'],
    parameters: { ...shown, key },
    run: keyCommands.showKey,
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
    run: keyCommands.updateKey,
  }),
  command('medium diff', 'Diff a medium', {
    positional: ['id'],
    optional: ['config', 'verbose'],
    parameters: {
      config,
      id: mediumId,
      verbose: {
        type: 'boolean',
        default: false,
        description: 'Verbose output (print paths in addition to summary).',
      },
    },
    run: mediumCommands.diff,
  }),
  command('medium gc', 'Garbage collect all mirrors on a medium.', {
    positional: ['id'],
    optional: ['config', 'output-format'],
    parameters: { ...shown, id: mediumId },
    run: mediumCommands.collect,
  }),
  command('medium status', 'Print status of a medium', {
    positional: ['id'],
    optional: ['config', 'output-format'],
    parameters: { ...shown, id: mediumId },
    run: mediumCommands.status,
  }),
  command('medium sync', 'Sync a medium', {
    positional: ['id'],
    optional: ['config', 'keys-only'],
    parameters: {
      config,
      id: mediumId,
      'keys-only': {
        type: 'boolean',
        default: false,
        description: 'Only sync offline subscription keys, skip repository contents',
      },
    },
    run: syncMedium,
  }),
  command(
    'mirror gc',
    'Run Garbage Collection on pool(s). If no `id` is specified, the pools of all configured mirrors\nwill be GCed.',
    {
      positional: ['id'],
      optional: ['id', 'config', 'output-format'],
      parameters: { ...shown, id: mirrorId },
      run: snapshotCommands.collect,
    },
  ),
  command(
    'mirror snapshot create',
    'Create a new repository snapshot, fetching required/missing files from original repository.',
    {
      positional: ['id'],
      optional: ['config', 'dry-run'],
      parameters: { config, id: mirrorId, 'dry-run': dryRun },
      run: snapshotCommands.create,
    },
  ),
  command(
    'mirror snapshot create-all',
    'Create a new repository snapshot for each configured mirror, fetching required/missing files\nfrom original repository.',
    {
      optional: ['config', 'dry-run'],
      parameters: { config, 'dry-run': dryRun },
      run: snapshotCommands.createAll,
    },
  ),
  command('mirror snapshot diff', 'Print differences between two snapshots.', {
    positional: ['id', 'snapshot', 'other_snapshot'],
    optional: ['config', 'output-format'],
    parameters: { ...shown, id: mirrorId, snapshot, other_snapshot: snapshot },
    run: snapshotCommands.diff,
  }),
  command('mirror snapshot list', 'List existing repository snapshots.', {
    positional: ['id'],
    optional: ['id', 'config', 'output-format'],
    parameters: { ...shown, id: mirrorId },
    run: snapshotCommands.list,
  }),
  command(
    'mirror snapshot remove',
    'Remove a single snapshot dir from a mirror. To actually removed the referenced data a garbage collection is required.',
    {
      positional: ['id', 'snapshot'],
      optional: ['config', 'output-format'],
      parameters: { ...shown, id: mirrorId, snapshot },
      run: snapshotCommands.remove,
    },
  ),
  command('setup', 'Interactive setup wizard.', {
    optional: ['config'],
    parameters: { config },
    run() {
      throw new PomError('Setup wizard can only run interactively.');
    },
  }),
];

await runProgram('proxmox-offline-mirror', commands, process.argv.slice(2));
