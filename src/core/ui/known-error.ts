/** Turns whatever was thrown into a PommgrError, so that each failure has a code, a message and an exit code. */
import { Errors } from '@oclif/core';
import { PommgrError } from '../domain/errors.ts';
import { placedError } from '../domain/placed-error.ts';
import { systemError } from '../domain/system-errors.ts';

export function knownError(error: unknown): PommgrError {
  if (error instanceof PommgrError) return error;
  if (!(error instanceof Error)) return new PommgrError('bug.unexpected', `Unexpected: ${String(error)}`);
  if (error.name === 'AbortError')
    return new PommgrError('interrupted.signal', 'Interrupted.', { cause: error });
  if (isUsage(error)) return usageError(error);
  const placed = placedError(error);
  if (placed !== undefined) return placed;
  const system = systemError(error);
  if (system !== undefined) return system;
  return new PommgrError('bug.unexpected', `This is a bug in pommgr: ${error.message}`, {
    hints: ['Please report it with the output of the same command run with POMMGR_DEBUG=1 set.'],
    cause: error,
  });
}

/** oclif's parser and command look-up throw CLIError; each one is a usage error. */
function isUsage(error: Error): boolean {
  return error instanceof Errors.CLIError;
}

function usageError(error: Error): PommgrError {
  const text = usageText(error.message);
  const hint = text.startsWith('There is no command')
    ? 'Run "pommgr --help" to see all commands.'
    : 'Run the same command with --help to see what it takes.';
  return new PommgrError('usage.arguments', text, { hints: [hint] });
}

/** Returns oclif's message without its heading and without the colons between the words of a command. */
function usageText(message: string): string {
  const whole = message.replace(/\nSee more help with --help$/, '');
  const several = /^The following errors? occurred:\s*([^]*)$/.exec(whole)?.[1];
  if (several !== undefined)
    return several
      .split(/\s*\n\s*/)
      .map(oneUsageText)
      .join('\n  ');
  return oneUsageText(whole);
}

function oneUsageText(message: string): string {
  const text = message
    .replace(/\s*\n\s*/g, message.startsWith('Missing ') ? '\n  ' : ' ')
    .replace(/^Parsing (--\S+) Expected/, '$1: expected')
    .replace(/^Missing required flag (?=\w)/, 'Missing required flag --')
    .replace(/(--[a-z-]+)=true /g, '$1 ')
    .trim();
  const [, command] = /^command (\S+) not found$/.exec(text) ?? [];
  return command === undefined ? text : `There is no command "${command.replaceAll(':', ' ')}".`;
}
