/**
 * Finds the runtime that `pack` puts on media: Node.js and pommgr in one file, as `npm run dist` and the Debian package
 * lay it out. It always has this pommgr's own version.
 */
import { basename, dirname, join } from 'node:path';
import { nodeProgramName, runtimeProgramName } from '../domain/medium-tool.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { isBesidePlatforms } from '../domain/medium-tool.ts';
import { walkTree } from '../../core/adapters/file-tree.ts';
import { ownPlace } from '../../core/adapters/own-files.ts';
import { isRealDirectory } from '../../core/adapters/regular-file.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';

/** Each file is at `<directory>/<platform>/<file>`. */
export interface RuntimePayload {
  version: string;
  directory: string;
  /** Sorted by name, e.g. `linux-x64`; the files of each include `node` and `pommgr.mjs`. */
  platforms: { name: string; files: string[] }[];
  /** pommgr's own Debian packages, e.g. `debian-amd64/pommgr.deb`, and its Ansible collection; sorted. */
  packages: string[];
}

const installedRuntimes = '/usr/lib/pommgr/runtime';
const neededFiles = [nodeProgramName, runtimeProgramName];

/**
 * Looks in $POMMGR_RUNTIME if that is set, else beside the running single file or in the checkout's `release/`, then
 * where the Debian package installs it.
 * @throws PommgrError `usage.environment` where $POMMGR_RUNTIME has none of this version.
 */
export async function findRuntimePayload(): Promise<RuntimePayload | undefined> {
  const version = toolVersion();
  const chosen = process.env['POMMGR_RUNTIME'];
  if (chosen !== undefined && chosen !== '') {
    return (await readPayload(join(chosen, version))) ?? reject(chosen, version);
  }
  for (const runtimes of [ownRuntimes(), installedRuntimes]) {
    const payload = await readPayload(join(runtimes, version));
    if (payload !== undefined) return payload;
  }
  return undefined;
}

/** The single file is in `<runtimes>/<version>/<platform>/`. */
function ownRuntimes(): string {
  const place = ownPlace();
  return 'file' in place
    ? dirname(dirname(dirname(place.file)))
    : join(place.directory, 'release', 'runtime');
}

async function readPayload(directory: string): Promise<RuntimePayload | undefined> {
  if (!(await isRealDirectory(directory))) return undefined;
  const files = new Map<string, string[]>();
  for await (const { path, kind } of walkTree(directory)) {
    if (kind !== 'file') continue;
    const [platform = '', ...rest] = path.split('/');
    if (rest.length > 0) files.set(platform, [...(files.get(platform) ?? []), rest.join('/')]);
  }
  const platforms = [...files]
    .filter(([, names]) => neededFiles.every((needed) => names.includes(needed)))
    .map(([name, names]) => ({ name, files: names }));
  const packages = [...files]
    .flatMap(([name, names]) => names.map((file) => `${name}/${file}`))
    .filter(isBesidePlatforms)
    .toSorted(compareText);
  return platforms.length === 0
    ? undefined
    : { version: basename(directory), directory, platforms, packages };
}

function reject(chosen: string, version: string): never {
  const expected = join(chosen, version, '<platform>', 'pommgr.mjs');
  throw new PommgrError('usage.environment', `POMMGR_RUNTIME is ${chosen}, but there is no ${expected}.`, {
    hints: [`Name the directory that holds ${version}/, such as release/runtime after npm run dist.`],
    details: { expected },
  });
}
