/** The commands of `proxmox-offline-mirror-helper`. */
import { helpCommand, runProgram } from './command-line.mjs';
import { PomError } from './errors.mjs';
import { mediumMountpoint as mountpoint, outputFormat, product } from './parameters.mjs';

/** @type {import('./usage-text.mjs').Command[]} */
const commands = [
  helpCommand(() => commands),
  {
    path: ['offline-key'],
    description: 'Configures and offline subscription key',
    required: ['mountpoint'],
    optional: ['product'],
    parameters: { mountpoint, product },
    run: (args) => import('./helper-commands.mjs').then(({ offlineKey }) => offlineKey(args)),
  },
  {
    path: ['setup'],
    description: 'Interactive setup wizard.',
    parameters: {},
    run() {
      throw new PomError('Setup wizard can only run interactively.');
    },
  },
  {
    path: ['status'],
    description: 'Prints status of medium',
    required: ['mountpoint'],
    optional: ['output-format'],
    parameters: { mountpoint, 'output-format': outputFormat },
    run: (args) => import('./helper-commands.mjs').then(({ status }) => status(args)),
  },
];

await runProgram('proxmox-offline-mirror-helper', commands, process.argv.slice(2));
