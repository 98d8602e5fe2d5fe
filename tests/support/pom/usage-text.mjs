/** The texts of `help` and of usage errors, made from the commands' parameters. */

/**
 * @typedef {object} Parameter
 * @property {'string' | 'boolean' | readonly string[]} type the values of an enumeration, or what kind it is
 * @property {string} description
 * @property {boolean} [list] may be given more than once
 * @property {boolean} [default]
 * @property {string} [typeText] in help instead of the type
 * @property {(value: string) => string | undefined} [problem] what is wrong with a value
 */

/**
 * @typedef {object} Command
 * @property {readonly string[]} path its words
 * @property {string} description
 * @property {readonly string[]} [positional] names; the last may be optional
 * @property {readonly string[]} [required] names of options that must be there
 * @property {readonly string[]} [optional]
 * @property {Record<string, Parameter>} parameters
 * @property {(args: import('./arguments.mjs').Arguments) => Promise<void> | void} run
 */

/**
 * A row of a table of commands.
 * @param {string} words
 * @param {string} description
 * @param {Omit<Command, 'path' | 'description'>} rest
 * @returns {Command}
 */
export function command(words, description, rest) {
  return { path: words.split(' '), description, ...rest };
}

/**
 * `mirror snapshot create <id> [OPTIONS]`.
 * @param {Command} command
 */
export function usageLine(command) {
  const words = [...command.path];
  for (const name of command.positional ?? []) {
    const text = command.parameters[name]?.list === true ? `{<${name}>}` : `<${name}>`;
    words.push(isOptional(command, name) ? `[${text}]` : text);
  }
  for (const name of (command.required ?? []).toSorted()) {
    words.push(`--${name} ${typeText(command.parameters[name])}`);
  }
  if (optionalOptions(command).length > 0) words.push('[OPTIONS]');
  return words.join(' ');
}

/**
 * Everything about a command's parameters.
 * @param {Command} command
 */
export function parametersText(command) {
  const needed = [
    ...(command.positional ?? []).map((name) => entry(`<${name}>`, command.parameters[name])),
    ...(command.required ?? []).toSorted().map((name) => entry(`--${name}`, command.parameters[name])),
  ].map((text) => `${text}\n`);
  const options = optionalOptions(command).map((name) => entry(`--${name}`, command.parameters[name]));
  return needed.join('') + (options.length === 0 ? '' : `Optional parameters:\n\n${options.join('')}`);
}

/**
 * What `help COMMAND --verbose` prints.
 * @param {Command} command
 */
export function commandHelp(command) {
  const parameters = parametersText(command);
  return `${usageLine(command)}\n\n${command.description}\n${parameters === '' ? '' : `\n${parameters}`}`;
}

/**
 * @param {Command} command
 * @param {string} name
 */
export function isOptional(command, name) {
  return (command.optional ?? []).includes(name);
}

/** @param {Command} command */
function optionalOptions(command) {
  const positional = command.positional ?? [];
  return (command.optional ?? []).filter((name) => !positional.includes(name)).toSorted();
}

/**
 * @param {string} label
 * @param {Parameter | undefined} parameter
 */
function entry(label, parameter) {
  const initial = parameter?.default === undefined ? '' : `   (default=${parameter.default})`;
  const lines = wrapped(
    `${parameter?.description}${parameter?.list === true ? ' Can be specified more than once.' : ''}`,
    67,
  );
  return ` ${label.padEnd(10)} ${typeText(parameter)}${initial}\n${lines.map((line) => `             ${line}\n`).join('')}`;
}

/** @param {Parameter | undefined} parameter */
function typeText(parameter) {
  if (parameter?.typeText !== undefined) return parameter.typeText;
  return typeof parameter?.type === 'string' ? `<${parameter.type}>` : (parameter?.type ?? []).join('|');
}

/**
 * Breaks at blanks and after hyphens inside words.
 * @param {string} text
 * @param {number} width
 */
function wrapped(text, width) {
  const lines = [''];
  for (const piece of text.match(/[^\s-]+-(?=\S)|\S+\s*|\s+/g) ?? []) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && (line + piece).trimEnd().length > width) lines.push(piece);
    else lines[lines.length - 1] = line + piece;
  }
  return lines.map((line) => line.trimEnd());
}
