/** "Did you mean": the command, flag or argument that a mistyped one is nearest to. */
import type { Interfaces } from '@oclif/core';
import { closestName } from '../domain/closest-name.ts';
import { PommgrError } from '../domain/errors.ts';

/** As much of oclif's config as is asked. */
type KnownCommands = Pick<Interfaces.Config, 'commandIDs' | 'findCommand'>;

/** A command as far as its flags tell what a bare word could have been meant for. */
export interface CommandUsage {
  /** As the user types it, `signing-key trust`. */
  name: string;
  /** Names of its flags. */
  flags: readonly string[];
  /** What follows the command, where that is no flag. */
  firstWord?: string | undefined;
  /** A whole command line, from its help. */
  example?: string | undefined;
}

/** The flags that a word without a flag is most likely meant for, in that order, by what the word looks like. */
const bareWordFlags: readonly [flag: string, looksLike: RegExp][] = [
  ['media', /\//],
  ['preset', /^[a-z]+-./],
];

/** For an error of a command that is not there, with the right words; any other error is undefined. */
export function unknownCommand(error: unknown, config: KnownCommands): PommgrError | undefined {
  const message = error instanceof Error ? error.message : '';
  const typed = /^command (\S+) not found\.?$/i.exec(message)?.[1]?.split(':');
  if (typed === undefined) return undefined;
  if (['-v', '-V', 'version'].includes(typed[0] ?? ''))
    return failure(typed, ['Did you mean "pommgr --version"?']);
  for (let count = typed.length - 1; count > 0; count--) {
    const id = typed.slice(0, count).join(':');
    if (!config.commandIDs.includes(id)) continue;
    const flags = Object.keys(config.findCommand(id)?.flags ?? {});
    return unexpectedWord(typed.slice(count).join(':'), { name: id.replaceAll(':', ' '), flags });
  }
  const name = typed.join(' ');
  const names = config.commandIDs.map((id) => id.replaceAll(':', ' '));
  const topics = [
    ...new Set(names.filter((one) => one.includes(' ')).map((one) => one.split(' ')[0] ?? one)),
  ];
  const known = [...names, ...topics];
  const nearest = closestName(name, known) ?? closestName(typed[0] ?? '', known);
  if (nearest === undefined) return failure(typed, []);
  const help = topics.includes(nearest) && !names.includes(nearest) ? ' --help' : '';
  return failure(typed, [`Did you mean "pommgr ${nearest}${help}"?`]);
}

function failure(typed: readonly string[], hints: string[]): PommgrError {
  return new PommgrError('usage.arguments', `There is no command "${typed.join(' ')}".`, {
    hints: [...hints, 'Run "pommgr --help" to see all commands.'],
  });
}

function flagFor(word: string, flags: readonly string[]): string | undefined {
  return bareWordFlags.find(([name, looks]) => flags.includes(name) && looks.test(word))?.[0];
}

function unexpectedWord(word: string, { name, flags }: CommandUsage): PommgrError {
  const flag = flagFor(word, flags);
  return new PommgrError('usage.arguments', `"pommgr ${name}" takes no argument, found "${word}".`, {
    hints: [
      ...(flag === undefined ? [] : [`Did you mean "pommgr ${name} --${flag} ${word}"?`]),
      `Run "pommgr ${name} --help" to see what it takes.`,
    ],
  });
}

/**
 * The same error, with the nearest of the command's flags for one that it does not have or for a bare word, and with a
 * line to copy where something is missing.
 */
export function withSuggestion(known: PommgrError, command: CommandUsage): PommgrError {
  const word = /^Unexpected argument: (.+)$/.exec(known.message)?.[1];
  if (word !== undefined) return unexpectedWord(word, command);
  const hint = nearestFlag(known, command) ?? lineToCopy(known, command);
  if (hint === undefined) return known;
  const { code, message, hints, details } = known;
  return new PommgrError(code, message, { hints: [hint, ...hints], details, cause: known });
}

function nearestFlag({ message }: PommgrError, { flags }: CommandUsage): string | undefined {
  const typed = /^Nonexistent flags?: --([a-z-]+)/.exec(message)?.[1];
  const nearest = typed === undefined ? undefined : closestName(typed, flags);
  return nearest === undefined ? undefined : `Did you mean "--${nearest}"?`;
}

function lineToCopy({ message }: PommgrError, command: CommandUsage): string | undefined {
  if (!/^(Missing (\d+ )?required|Exactly one of the following must be provided)/.test(message))
    return undefined;
  const { name, example, firstWord } = command;
  const flag =
    firstWord === undefined ? undefined : flagFor(firstWord, message.match(/(?<=--)[a-z-]+/g) ?? []);
  if (firstWord !== undefined && flag !== undefined) {
    return `Did you mean "pommgr ${name} --${flag} ${firstWord}"?`;
  }
  return example === undefined ? undefined : `For example: ${example}`;
}
