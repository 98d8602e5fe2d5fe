/** The `config …` commands, in the order of POM's help. */
import * as parameters from './parameters.mjs';
import { command } from './usage-text.mjs';

/** @typedef {import('./usage-text.mjs').Command} Command */

const { config, mirrorId, mediumId, mediumProperties, mirrorProperties, shown } = parameters;
const mirrorRequired = ['id', 'architectures', 'base-dir', 'key-path', 'repository', 'sync', 'verify'];
const mirrorOptional = ['ignore-errors', 'skip-packages', 'skip-sections', 'use-subscription', 'weak-crypto'];
const mediumRequired = ['id', 'mirrors', 'mountpoint', 'sync', 'verify'];

/** @type {Command[]} */
export const configCommands = [
  command('config media add', 'Create new medium config entry.', {
    required: mediumRequired,
    optional: ['config', 'output-format'],
    parameters: { ...shown, id: mediumId, ...mediumProperties },
    run: (args) => import('./config-commands.mjs').then(({ addMedium }) => addMedium(args)),
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
      list: (args) => import('./config-commands.mjs').then(({ listMedia }) => listMedia(args)),
      remove: (args) => import('./config-commands.mjs').then(({ removeMedium }) => removeMedium(args)),
      show: (args) => import('./config-commands.mjs').then(({ showMedium }) => showMedium(args)),
      update: (args) => import('./config-commands.mjs').then(({ updateMedium }) => updateMedium(args)),
    },
  }),
  command('config mirror add', 'Create new mirror config entry.', {
    required: mirrorRequired,
    optional: ['config', 'output-format', ...mirrorOptional],
    parameters: { ...shown, id: mirrorId, ...mirrorProperties },
    run: (args) => import('./config-commands.mjs').then(({ addMirror }) => addMirror(args)),
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
      list: (args) => import('./config-commands.mjs').then(({ listMirrors }) => listMirrors(args)),
      remove: (args) => import('./config-commands.mjs').then(({ removeMirror }) => removeMirror(args)),
      show: (args) => import('./config-commands.mjs').then(({ showMirror }) => showMirror(args)),
      update: (args) => import('./config-commands.mjs').then(({ updateMirror }) => updateMirror(args)),
    },
  }),
];

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
