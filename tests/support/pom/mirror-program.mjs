/** `proxmox-offline-mirror`. */
import { helpCommand, runProgram } from './command-line.mjs';
import { configCommands } from './config-table.mjs';
import { PomError } from './errors.mjs';
import { keyCommands } from './key-table.mjs';
import { mirrorCommands } from './mirror-table.mjs';
import { config } from './parameters.mjs';
import { command } from './usage-text.mjs';

/** @type {import('./usage-text.mjs').Command[]} */
const commands = [
  ...configCommands,
  helpCommand(() => commands),
  ...keyCommands,
  ...mirrorCommands,
  command('setup', 'Interactive setup wizard.', {
    optional: ['config'],
    parameters: { config },
    run() {
      throw new PomError('Setup wizard can only run interactively.');
    },
  }),
];

await runProgram('proxmox-offline-mirror', commands, process.argv.slice(2));
