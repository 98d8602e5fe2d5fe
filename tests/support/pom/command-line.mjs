/** POM's command line: which command is meant (words may be shortened), its run, and how its failure is told. */
import { parseArguments } from './arguments.mjs';
import { Panic, ParameterError, PomError } from './errors.mjs';
import { closeLocks } from './lock.mjs';
import { commandHelp, parametersText, usageLine } from './usage-text.mjs';

/** @typedef {import('./usage-text.mjs').Command} Command */

/**
 * Runs one command and sets the exit code.
 * @param {string} program
 * @param {readonly Command[]} commands
 * @param {readonly string[]} argv
 */
export async function runProgram(program, commands, argv) {
  // A reader that goes away is a panic in POM; here it is the same exit code without the words.
  process.stdout.on('error', () => process.exit(101));
  /** @type {Command | undefined} */
  let command;
  try {
    const found = findCommand(program, commands, argv);
    command = found.command;
    await command.run(parseArguments(command, found.rest));
  } catch (error) {
    process.exitCode = report(error, { program, command });
  } finally {
    closeLocks();
  }
}

/**
 * @param {unknown} error
 * @param {{ program: string, command: Command | undefined }} context
 */
function report(error, { program, command }) {
  if (error instanceof Panic) {
    process.stderr.write(
      `\nthread 'main' panicked at ${error.place}:\n${error.message}\n` +
        'note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n',
    );
    return 101;
  }
  if (!(error instanceof PomError)) throw error;
  process.stderr.write(`Error: ${error.message}\n`);
  if (error.caused.length > 0) {
    process.stderr.write(`\nCaused by:\n${error.caused.map((line) => `    ${line}\n`).join('')}`);
  }
  if (error instanceof ParameterError && error.usage && command !== undefined) {
    process.stderr.write(`Usage: ${program} ${usageLine(command)}\n\n${parametersText(command)}`);
  }
  return 255;
}

/**
 * @param {string} program
 * @param {readonly Command[]} commands
 * @param {readonly string[]} argv
 */
function findCommand(program, commands, argv) {
  let candidates = commands;
  for (let depth = 0; ; depth += 1) {
    const [only] = candidates;
    if (candidates.length === 1 && only !== undefined && only.path.length === depth) {
      return { command: only, rest: argv.slice(depth) };
    }
    const words = [...new Set(candidates.map((command) => command.path[depth] ?? ''))].toSorted();
    const given = argv[depth];
    if (given === undefined) {
      const lead = `no command specified.\nPossible commands: ${words.join(', ')}\n`;
      throw new PomError(`${lead}\nUsage:\n\n${usageList(program, candidates)}`);
    }
    const word = words.includes(given) ? given : shortened(words, given);
    if (word === undefined) {
      throw new PomError(`no such command '${given}'\n\nUsage:\n\n${usageList(program, candidates)}`);
    }
    candidates = candidates.filter((command) => command.path[depth] === word);
  }
}

/**
 * @param {readonly string[]} words
 * @param {string} given
 */
function shortened(words, given) {
  const matching = words.filter((word) => given !== '' && word.startsWith(given));
  return matching.length === 1 ? matching[0] : undefined;
}

/**
 * @param {string} program
 * @param {readonly Command[]} commands
 */
function usageList(program, commands) {
  return commands.map((command) => `${program} ${usageLine(command)}`).join('\n');
}

/**
 * The `help` command over the others.
 * @param {() => readonly Command[]} commands
 * @returns {Command}
 */
export function helpCommand(commands) {
  return {
    path: ['help'],
    description: 'Get help about specified command (or sub-command).',
    positional: ['command'],
    optional: ['command', 'verbose'],
    parameters: {
      command: {
        type: 'string',
        list: true,
        description: 'Command. This may be a list in order to specify nested sub-commands.',
      },
      verbose: { type: 'boolean', description: 'Verbose help.' },
    },
    run(args) {
      const words = /** @type {string[]} */ (args['command'] ?? []);
      const chosen = commands().filter((command) =>
        words.every((word, depth) => command.path[depth] === word),
      );
      const [only] = chosen;
      if (only === undefined) throw new PomError(`no such command '${words.join(' ')}'`);
      const texts = chosen.map((command) =>
        args['verbose'] ? commandHelp(command) : `${usageLine(command)}\n`,
      );
      process.stdout.write(chosen.length === 1 ? `Usage: ${texts.join('')}` : `Usage:\n\n${texts.join('')}`);
    },
  };
}
