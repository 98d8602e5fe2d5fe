/** The `medium …` and `mirror …` commands, in the order of POM's help. */
import * as parameters from './parameters.mjs';
import { command } from './usage-text.mjs';

const { config, mediumId, mirrorId, shown, snapshot } = parameters;
/** @type {import('./usage-text.mjs').Parameter} */
const dryRun = {
  type: 'boolean',
  default: false,
  description: "Only fetch indices and print summary of missing package files, don't store anything.",
};

/** @type {import('./usage-text.mjs').Command[]} */
export const mirrorCommands = [
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
    run: (args) => import('./medium-commands.mjs').then(({ diff }) => diff(args)),
  }),
  command('medium gc', 'Garbage collect all mirrors on a medium.', {
    positional: ['id'],
    optional: ['config', 'output-format'],
    parameters: { ...shown, id: mediumId },
    run: (args) => import('./medium-commands.mjs').then(({ collect }) => collect(args)),
  }),
  command('medium status', 'Print status of a medium', {
    positional: ['id'],
    optional: ['config', 'output-format'],
    parameters: { ...shown, id: mediumId },
    run: (args) => import('./medium-commands.mjs').then(({ status }) => status(args)),
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
    run: (args) => import('./medium-sync.mjs').then(({ syncMedium }) => syncMedium(args)),
  }),
  command(
    'mirror gc',
    'Run Garbage Collection on pool(s). If no `id` is specified, the pools of all configured mirrors\nwill be GCed.',
    {
      positional: ['id'],
      optional: ['id', 'config', 'output-format'],
      parameters: { ...shown, id: mirrorId },
      run: (args) => import('./snapshot-commands.mjs').then(({ collect }) => collect(args)),
    },
  ),
  command(
    'mirror snapshot create',
    'Create a new repository snapshot, fetching required/missing files from original repository.',
    {
      positional: ['id'],
      optional: ['config', 'dry-run'],
      parameters: { config, id: mirrorId, 'dry-run': dryRun },
      run: (args) => import('./snapshot-commands.mjs').then(({ create }) => create(args)),
    },
  ),
  command(
    'mirror snapshot create-all',
    'Create a new repository snapshot for each configured mirror, fetching required/missing files\nfrom original repository.',
    {
      optional: ['config', 'dry-run'],
      parameters: { config, 'dry-run': dryRun },
      run: (args) => import('./snapshot-commands.mjs').then(({ createAll }) => createAll(args)),
    },
  ),
  command('mirror snapshot diff', 'Print differences between two snapshots.', {
    positional: ['id', 'snapshot', 'other_snapshot'],
    optional: ['config', 'output-format'],
    parameters: { ...shown, id: mirrorId, snapshot, other_snapshot: snapshot },
    run: (args) => import('./snapshot-commands.mjs').then(({ diff }) => diff(args)),
  }),
  command('mirror snapshot list', 'List existing repository snapshots.', {
    positional: ['id'],
    optional: ['id', 'config', 'output-format'],
    parameters: { ...shown, id: mirrorId },
    run: (args) => import('./snapshot-commands.mjs').then(({ list }) => list(args)),
  }),
  command(
    'mirror snapshot remove',
    'Remove a single snapshot dir from a mirror. To actually removed the referenced data a garbage collection is required.',
    {
      positional: ['id', 'snapshot'],
      optional: ['config', 'output-format'],
      parameters: { ...shown, id: mirrorId, snapshot },
      run: (args) => import('./snapshot-commands.mjs').then(({ remove }) => remove(args)),
    },
  ),
];
