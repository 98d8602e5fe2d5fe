/** Runs the command that the arguments name; handles errors that arise before a command is known. */
import { fileURLToPath } from 'node:url';
import { Config, flush, run, type Interfaces } from '@oclif/core';
import { errorText } from './error-text.ts';
import { knownError } from './known-error.ts';
import { ownCommand } from './own-command.ts';
import { asksForRootHelp, showRootHelp } from './root-help.ts';
import { unknownCommand } from './suggestion.ts';

/**
 * Sets the exit code and never throws. `options` is the URL of a module in the package's directory, or
 * bundledOptions.
 */
export async function main(argv: string[], options: Interfaces.LoadOptions): Promise<void> {
  try {
    if (asksForRootHelp(argv)) await showRootHelp(await loadOwn(options));
    else await run(withHelp(argv), withoutPlugins(options));
    await flush();
  } catch (error) {
    const config = await loadOwn(options);
    const known = unknownCommand(error, config) ?? knownError(error);
    const words = ownCommand(config.commandIDs);
    process.exitCode = known.exitCode;
    const { code, message, details } = known;
    if (argv.includes('--json')) {
      const shown = { code, message: words(message), hints: known.hints.map(words), details };
      const failure = { schema: 'pommgr/usage/v1', error: shown, warnings: [] };
      process.stdout.write(`${JSON.stringify(failure, null, 2)}\n`);
    } else process.stderr.write(errorText(known, words));
  }
}

/** Loads only pommgr's own commands. */
async function loadOwn(options: Interfaces.LoadOptions): Promise<Config> {
  return await Config.load(withoutPlugins(options));
}

/** oclif would run code that a file in the user's home directory names, even when root runs pommgr by sudo. */
function withoutPlugins(options: Interfaces.LoadOptions): Interfaces.LoadOptions {
  const given = typeof options === 'string' ? { root: fileURLToPath(options) } : options;
  return given === undefined ? given : Object.assign(given, { userPlugins: false, devPlugins: false });
}

/** Turns `pommgr help COMMAND` into `pommgr COMMAND --help`. */
function withHelp(argv: readonly string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
}
