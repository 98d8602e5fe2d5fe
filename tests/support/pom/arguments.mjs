/** A command's arguments: booleans take a value, lists are repeated, what is wrong is said all at once. */
import { ParameterError, PomError } from './errors.mjs';
import { isOptional } from './usage-text.mjs';

/** @typedef {import('./usage-text.mjs').Command} Command */
/** @typedef {Record<string, string | boolean | string[]>} Arguments values by parameter */

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
