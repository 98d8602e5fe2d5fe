/** POM's command line: words may be shortened, booleans take a value, what is wrong is said all at once. */
import { ParameterError, Panic, PomError } from './errors.mjs';
import { closeLocks } from './lock.mjs';
import { commandHelp, isOptional, parametersText, usageLine } from './usage-text.mjs';

/** @typedef {import('./usage-text.mjs').Command} Command */
/** @typedef {Record<string, string | boolean | string[]>} Arguments values by parameter */

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

/**
 * @param {Command} command
 * @param {readonly string[]} argv
 * @returns {Arguments}
 */
export function parseArguments(command, argv) {
  /** @type {[string, string][]} */
  const problems = [];
  const { options, rest } = splitArguments(command, argv, problems);
  for (const name of command.positional ?? []) {
    const given = command.parameters[name]?.list === true ? rest.splice(0) : rest.splice(0, 1);
    for (const value of given) options.push([name, value]);
    if (given.length === 0 && !isOptional(command, name)) problems.push([name, 'missing argument']);
  }
  if (problems.length > 0) throw new ParameterError(problems, { usage: true });
  /** @type {Arguments} */
  const args = {};
  for (const [name, value] of options) takeValue({ command, args, problems }, name, value);
  for (const name of [...(command.positional ?? []), ...(command.required ?? [])].toSorted()) {
    if (name in args || isOptional(command, name) || problems.some(([known]) => known === name)) continue;
    problems.push([name, 'parameter is missing and it is not optional.']);
  }
  if (problems.length > 0) throw new ParameterError(problems, { usage: true });
  if (rest.length > 0) throw new PomError(`got additional arguments: ${JSON.stringify(rest)}`);
  return args;
}

/**
 * @param {Command} command
 * @param {readonly string[]} argv
 * @param {[string, string][]} problems
 */
function splitArguments(command, argv, problems) {
  /** @type {[string, string][]} */
  const options = [];
  /** @type {string[]} */
  const rest = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') {
      rest.push(...argv.slice(index + 1));
      break;
    }
    const match = /^--?([^=]+)(?:=(.*))?$/s.exec(word);
    if (match?.[1] === undefined) {
      rest.push(word);
      continue;
    }
    const parameter = command.parameters[match[1]];
    const next = argv[index + 1];
    const hasValue = next !== undefined && (next === '-' || !next.startsWith('-'));
    if (match[2] !== undefined) options.push([match[1], match[2]]);
    else if (parameter?.type === 'boolean' && (next === undefined || booleanOf(next) === undefined)) {
      if (parameter.default === false || command.path[0] === 'help') options.push([match[1], 'true']);
      else problems.push([match[1], 'missing boolean value.']);
    } else if (hasValue) {
      options.push([match[1], next]);
      index += 1;
    } else problems.push([match[1], 'missing parameter value.']);
  }
  return { options, rest };
}

/**
 * @param {{ command: Command, args: Arguments, problems: [string, string][] }} state
 * @param {string} name
 * @param {string} value
 */
function takeValue({ command, args, problems }, name, value) {
  const parameter = command.parameters[name];
  if (parameter === undefined) {
    problems.push([name, 'schema does not allow additional properties.']);
    return;
  }
  const problem = parameter.problem?.(value);
  const flag = booleanOf(value);
  if (problem !== undefined) problems.push([name, problem]);
  else if (typeof parameter.type !== 'string' && !parameter.type.includes(value)) {
    problems.push([name, `value '${value}' is not defined in the enumeration.`]);
  } else if (parameter.type === 'boolean' && flag === undefined) {
    problems.push([name, 'unable to parse boolean option.']);
  } else if (parameter.list === true) {
    args[name] = [.../** @type {string[]} */ (args[name] ?? []), value];
  } else if (name in args) problems.push([name, 'duplicate parameter.']);
  else args[name] = parameter.type === 'boolean' ? flag === true : value;
}

/**
 * @param {string} text
 * @returns {boolean | undefined}
 */
export function booleanOf(text) {
  if (/^(?:1|on|yes|true)$/i.test(text)) return true;
  return /^(?:0|off|no|false)$/i.test(text) ? false : undefined;
}
