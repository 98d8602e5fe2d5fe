/** Names, arguments and flags are a stable interface: a change shows as a change of command-surface.json. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { commandSurface, loadCommands } from '../support/command-surface.ts';

describe('command surface', () => {
  it('is the committed one', async () => {
    const text = `${JSON.stringify(await commandSurface(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('./command-surface.json');
  });

  it('has the global flags on every command', async () => {
    const surface = await commandSurface();
    expect(Object.keys(surface).length).toBeGreaterThan(5);
    for (const [name, command] of Object.entries(surface)) {
      expect(command, name).toMatchObject({ json: true, flags: { quiet: {} } });
    }
  });

  it('shows --config for the commands that read it, and for no other', async () => {
    for (const [name, command] of Object.entries(await commandSurface())) {
      const source = await readFile(
        `src/commands/${name.replaceAll(' ', '/').replaceAll(':', '/')}.ts`,
        'utf8',
      );
      const { flags } = command as { flags: Record<string, unknown> };
      expect({ name, config: 'config' in flags }).toEqual({ name, config: source.includes('flags.config') });
    }
  });

  it('has help for every command, in lines that oclif does not break again', async () => {
    const complaints = (await loadCommands()).flatMap(([name, command]) => [
      ...(/^[A-Z].*\.$/.test(command.summary ?? '') ? [] : [`${name}: summary "${command.summary}"`]),
      ...(command.description ? [] : [`${name}: no description`]),
      ...(command.description ?? '')
        .split('\n')
        .filter((line) => line.length > widestLine)
        .map((line) => `${name}: ${line.length} columns "${line}"`),
      ...(command.examples ?? [])
        .filter(isBareExample)
        .map((example) => `${name}: no {command, description} in ${JSON.stringify(example)}`),
      ...(command.examples?.length ? [] : [`${name}: no example`]),
      ...Object.entries(command.flags ?? {})
        .filter(([, flag]) => !/^[A-Z].*\.$/s.test(flag.summary ?? ''))
        .map(([flag]) => `${name}: summary of --${flag}`),
    ]);
    expect(complaints).toEqual([]);
  });
});

/** Help is 80 columns wide, two of them indent. */
const widestLine = 78;

function isBareExample(example: unknown): boolean {
  return (
    typeof example !== 'object' || example === null || !('command' in example && 'description' in example)
  );
}
