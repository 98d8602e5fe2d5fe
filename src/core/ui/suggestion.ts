/** "Did you mean": the command or flag that a mistyped one is nearest to. */
import type { Interfaces } from '@oclif/core';
import { closestName } from '../domain/closest-name.ts';
import { PommgrError } from '../domain/errors.ts';

/** As much of oclif's config as is asked. */
type KnownCommands = Pick<Interfaces.Config, 'commandIDs' | 'findCommand'>;

/** For an error of a command that is not there, with the right words; any other error is undefined. */
export function unknownCommand(error: unknown, config: KnownCommands): PommgrError | undefined {
  const message = error instanceof Error ? error.message : '';
  const typed = /^command (\S+) not found$/.exec(message)?.[1]?.split(':');
  if (typed === undefined) return undefined;
  if (['-v', '-V', 'version'].includes(typed[0] ?? ''))
    return failure(typed, ['Did you mean "pommgr --version"?']);
  for (let count = typed.length - 1; count > 0; count--) {
    const id = typed.slice(0, count).join(':');
    if (!config.commandIDs.includes(id)) continue;
    const rest = typed.slice(count).join(':');
    const takesMedium = Object.hasOwn(config.findCommand(id)?.flags ?? {}, 'media');
    const command = `pommgr ${id.replaceAll(':', ' ')}`;
    return new PommgrError('usage.arguments', `"${command}" takes no argument, found "${rest}".`, {
      hints: [
        ...(takesMedium ? [`Did you mean "${command} --media ${rest}"?`] : []),
        `Run "${command} --help" to see what it takes.`,
      ],
    });
  }
  const name = typed.join(' ');
  const names = config.commandIDs.map((id) => id.replaceAll(':', ' '));
  const nearest = closestName(name, names) ?? closestName(typed[0] ?? '', names);
  return failure(typed, nearest === undefined ? [] : [`Did you mean "pommgr ${nearest}"?`]);
}

function failure(typed: readonly string[], hints: string[]): PommgrError {
  return new PommgrError('usage.arguments', `There is no command "${typed.join(' ')}".`, {
    hints: [...hints, 'Run "pommgr --help" to see all commands.'],
  });
}

/** The same error, with the nearest of the command's flags for one that it does not have. */
export function withNearestFlag(known: PommgrError, flags: readonly string[]): PommgrError {
  const typed = /^Nonexistent flags?: --([a-z-]+)/.exec(known.message)?.[1];
  const nearest = typed === undefined ? undefined : closestName(typed, flags);
  if (nearest === undefined) return known;
  const { code, message, hints, details } = known;
  return new PommgrError(code, message, {
    hints: [`Did you mean "--${nearest}"?`, ...hints],
    details,
    cause: known,
  });
}
