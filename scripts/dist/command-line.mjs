/** The command surface as oclif.manifest.json has it, for the man page and the completion. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @typedef {object} FlagSurface
 * @property {string} name
 * @property {string} [char]
 * @property {string} [summary]
 * @property {string} [description]
 * @property {'boolean' | 'option'} type
 * @property {string} [helpValue]
 * @property {string[]} [options]
 * @property {string | number | boolean} [default]
 * @property {boolean} [multiple]
 * @property {boolean} [required]
 * @property {boolean} [hidden]
 * @property {string} [helpGroup]
 *
 * @typedef {object} CommandSurface
 * @property {string} name as the user types it, `mirror list`
 * @property {string} summary
 * @property {string} description
 * @property {{ name: string, description?: string, required?: boolean, options?: string[] }[]} args
 * @property {FlagSurface[]} flags sorted by name
 * @property {{ command: string, description: string }[]} examples
 *
 * @typedef {object} CommandLine
 * @property {string} version
 * @property {CommandSurface[]} commands sorted by name
 * @property {{ name: string, description: string }[]} topics sorted by name
 */

/**
 * @param {string} root a checkout after `npm run build`
 * @returns {Promise<CommandLine>}
 */
export async function readCommandLine(root) {
  /** @type {{ version: string, oclif: { topics: Record<string, { description: string }> } }} */
  const { version, oclif } = await readJson(join(root, 'package.json'));
  /** @type {{ commands: Record<string, Omit<CommandSurface, 'name' | 'flags' | 'args'> & ManifestParts> }} */
  const { commands } = await readJson(join(root, 'oclif.manifest.json'));
  return {
    version,
    commands: sortedByName(
      Object.entries(commands)
        .filter(([, command]) => !command.hidden)
        .map(([id, command]) => {
          const name = id.replaceAll(':', ' ');
          const flags = Object.values(command.flags).filter(({ hidden }) => !hidden);
          return {
            name,
            summary: command.summary,
            description: command.description,
            args: Object.values(command.args),
            flags: sortedByName(flags),
            examples: command.examples.map((example) => ({
              command: example.command
                .replaceAll('<%= config.bin %>', 'pommgr')
                .replaceAll('<%= command.id %>', name),
              description: example.description,
            })),
          };
        }),
    ),
    topics: sortedByName(
      Object.entries(oclif.topics).map(([name, { description }]) => ({ name, description })),
    ),
  };
}

/** @typedef {{ hidden?: boolean, flags: Record<string, FlagSurface>, args: Record<string, CommandSurface['args'][0]> }} ManifestParts */

/**
 * @template {{ name: string }} T
 * @param {T[]} items
 */
function sortedByName(items) {
  return items.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * @template T
 * @param {string} path
 * @returns {Promise<T>}
 */
async function readJson(path) {
  return /** @type {T} */ (JSON.parse(await readFile(path, 'utf8')));
}
