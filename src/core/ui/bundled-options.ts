/** For pommgr in a bundle: what oclif otherwise reads from the package's directory, as values. */
import type { Command, Interfaces } from '@oclif/core';
import { compareText } from '../domain/canonical-json.ts';

/** Loads a command's module when it is first needed. */
type CommandLoader = () => Promise<{ default: unknown }>;

/** `loaders` has a loader for each command of the manifest, by its id, e.g. `mirror:list`. */
export function bundledOptions(inlined: {
  directory: string;
  packageJson: Interfaces.PJSON;
  manifest: Interfaces.Manifest;
  loaders: Readonly<Record<string, CommandLoader>>;
}): Interfaces.LoadOptions {
  const { directory, packageJson, manifest, loaders } = inlined;
  const { name, version } = packageJson;
  const plugin: Interfaces.Plugin = {
    _base: 'bundle',
    alias: name,
    commandIDs: Object.keys(manifest.commands),
    commands: [],
    commandsDir: undefined,
    findCommand: loadCommand,
    hasManifest: true,
    hooks: {},
    isRoot: true,
    load: () => Promise.resolve(),
    moduleType: 'module',
    name,
    options: { root: directory, isRoot: true, pjson: packageJson },
    pjson: packageJson,
    root: directory,
    topics: Object.entries(packageJson.oclif.topics ?? {}).map(([topic, about]) => ({
      ...about,
      name: topic,
    })),
    type: 'core',
    valid: true,
    version,
  };

  async function loadCommand(id: string): Promise<Command.Class> {
    const loader = loaders[id];
    if (loader === undefined) throw new Error(`${id} is not in the bundle`);
    const command = (await loader()).default as Command.Class & { plugin: Interfaces.Plugin };
    command.id = id;
    command.plugin = plugin;
    return command;
  }

  plugin.commands = Object.values(manifest.commands)
    .toSorted((a, b) => compareText(a.id, b.id))
    .map((command) => ({ ...command, pluginAlias: name, load: () => loadCommand(command.id) }));
  return { root: directory, pjson: packageJson, plugins: new Map([[name, plugin]]) };
}
