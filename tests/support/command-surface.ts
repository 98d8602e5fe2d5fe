/** What scripts may rely on: every command with its arguments and flags, as its module says it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from '@oclif/core';

const commandsDirectory = fileURLToPath(new URL('../../src/commands', import.meta.url));

type CommandClass = typeof Command & { baseFlags: Command.Class['flags'] };

/** Command names as the user types them, `mirror list`, sorted, with their class. */
export async function loadCommands(): Promise<[string, CommandClass][]> {
  const files = (await readdir(commandsDirectory, { recursive: true })).filter((file) =>
    file.endsWith('.ts'),
  );
  const commands: [string, CommandClass][] = [];
  for (const file of files.toSorted()) {
    const module = (await import(join(commandsDirectory, file))) as { default: CommandClass };
    commands.push([file.slice(0, -'.ts'.length).replaceAll('/', ' '), module.default]);
  }
  return commands;
}

/** Stable, for a committed file: no texts, no functions. */
export async function commandSurface(): Promise<Record<string, unknown>> {
  const surface: Record<string, unknown> = {};
  for (const [name, command] of await loadCommands()) {
    surface[name] = {
      args: Object.entries(command.args).map(([argument, about]) => ({
        name: argument,
        required: about.required ?? false,
      })),
      flags: Object.fromEntries(
        Object.entries({ ...command.baseFlags, ...command.flags })
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([flag, about]) => [flag, flagSurface(about)]),
      ),
      json: command.enableJsonFlag,
    };
  }
  return surface;
}

const shownFields = [
  'type',
  'char',
  'required',
  'multiple',
  'options',
  'default',
  'allowNo',
  'hidden',
  'min',
  'max',
  'exclusive',
  'exactlyOne',
  'dependsOn',
  'relationships',
];

function flagSurface(flag: object): Record<string, unknown> {
  const shown = Object.entries(flag).filter(([field, value]) => {
    const plain = value !== undefined && value !== false && typeof value !== 'function';
    return plain && shownFields.includes(field);
  });
  return Object.fromEntries(shown.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
