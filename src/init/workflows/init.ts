/**
 * Implements `pommgr init`: writes a commented pommgr.yaml from presets, from this machine's apt sources, or from POM's
 * config.
 */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { dirname, join, resolve } from 'node:path';
import { entryExists, makeDirectory, pathExists, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { endOfLifeWarnings } from '../../config/domain/ends-of-life.ts';
import { loadConfig, namedConfigFile } from '../../config/adapters/config-file.ts';
import { recordSequence } from '../../baseline/adapters/state-file.ts';
import { parseConfig } from '../../config/domain/config-document.ts';
import { renderConfig } from '../domain/config-text.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { findContinuation, type Continued, type ContinueFrom } from '../../bundle/workflows/continue-from.ts';
import type { MissingPrerequisite } from '../../config/domain/prerequisites.ts';
import { missingPrerequisites } from '../../snapshot/workflows/check-prerequisites.ts';
import { draftConfig, type DraftOptions } from './draft-config.ts';
import { readKeyrings } from './read-keyrings.ts';

export interface InitOptions extends DraftOptions {
  context: Context;
  /** From `--config`; default: $POMMGR_CONFIG, then ./pommgr.yaml. */
  output?: string;
  /** A medium whose track the new machine goes on with. */
  continueFrom?: ContinueFrom;
}

export interface InitResult {
  /** Absolute path of the config. */
  file: string;
  track: string;
  mirrors: { id: string; uri: string; suite: string }[];
  targets: string[];
  /** Ways of major upgrades. */
  upgrades: { name: string; stages: string[] }[];
  /** Those targets that are thin. */
  thin: string[];
  /** Keyrings that were written beside the config, absolute. */
  keyrings: string[];
  /** Files that are needed before a snapshot can be taken, and are missing. */
  missing: MissingPrerequisite[];
  /** Where the track goes on; null for a new one. */
  continued: Continued | null;
}

/**
 * Writes the necessary keyrings, then the config; no existing file is changed.
 * @throws PommgrError `usage.*` for a bad option, `refused.exists`, `config.apt-sources`, `config.pom`,
 * `tool.*` of POM, `state.missing`; as `findContinuation`.
 */
export async function initConfig(options: InitOptions): Promise<InitResult> {
  const file = namedConfigFile(options.output) ?? resolve('pommgr.yaml');
  const directory = dirname(file);
  const continued =
    options.continueFrom === undefined ? null : await findContinuation(options.continueFrom, options.track);
  const drafted = await draftConfig({ ...options, ...trackOf(continued) });
  const { logins, warnings } = drafted;
  const { draft, files } = await readKeyrings(drafted, { directory, context: options.context });
  const text = renderConfig({ ...dataPlaces(directory), ...draft });
  const { stateDir } = parseConfig(text, file);
  await checkDirectory(directory);
  const secrets = logins.map(({ path, text: login }) => ({
    path: join(directory, path),
    bytes: Buffer.from(login),
    mode: 0o600,
  }));
  await checkFree(file);
  for (const { path, bytes } of [...files, ...secrets]) await checkFree(path, bytes);

  for (const { path, bytes, mode } of [...files, ...secrets]) {
    await makeDirectory(dirname(path));
    await writeFileAtomic(path, bytes, mode);
  }
  // Comes before the config, because a machine with a config counts as set up.
  if (continued !== null)
    await recordSequence(resolve(directory, stateDir), continued.track, continued.sequence);
  await writeFileAtomic(file, text);
  const { progress, now } = options.context;
  const mirrors = draft.mirrors.map(({ settings }) => settings);
  for (const warning of [...warnings, ...endOfLifeWarnings(mirrors, now())]) progress.warn(warning);
  return {
    file,
    track: draft.track,
    mirrors: draft.mirrors.map(({ settings: { id, uri, suite } }) => ({ id, uri, suite })),
    targets: draft.targets.map((target) => target.name),
    upgrades: (draft.upgrades ?? []).map(({ name, stages }) => ({
      ...{ name, stages: stages.map((stage) => stage.target) },
    })),
    thin: draft.targets.filter(({ closure }) => closure !== undefined).map((target) => target.name),
    keyrings: files.map((keyring) => keyring.path),
    missing: await missingPrerequisites(await loadConfig(file)),
    continued,
  };
}

/** A config in /etc has its data where data belong (Filesystem Hierarchy Standard 5.8). */
function dataPlaces(directory: string): { baseDir?: string; stateDir?: string } {
  if (directory !== '/etc/pommgr') return {};
  return { baseDir: '/var/lib/pommgr/mirror', stateDir: '/var/lib/pommgr/state' };
}

function trackOf(continued: Continued | null): { track?: string } {
  return continued === null ? {} : { track: continued.track };
}

/** Refuses an existing file, unless an interrupted run left exactly the same `bytes`. */
async function checkFree(path: string, bytes?: Uint8Array): Promise<void> {
  if (!(await entryExists(path))) return;
  if (bytes !== undefined && (await readPlainFile(path)).equals(bytes)) return;
  throw new PommgrError('refused.exists', `${path} exists already; init does not change it.`, {
    hints: ['Edit that file, move it away, or name another config by --config.'],
    details: { file: path },
  });
}

async function checkDirectory(directory: string): Promise<void> {
  if (await pathExists(directory)) return;
  throw new PommgrError('state.missing', `The directory ${directory} is not there.`, {
    hints: [`Make it first: mkdir -p ${directory}`],
    details: { directory },
  });
}
