/** Finds and reads pommgr.yaml. Paths in it are relative to the directory of the file. */
import { dirname, resolve } from 'node:path';
import { completeConfig, type Config } from '../domain/config.ts';
import { parseConfig } from '../domain/config-document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';

const systemConfigFile = '/etc/pommgr/pommgr.yaml';
const maxConfigBytes = 4 * 1024 * 1024;

/** Where to look; the defaults are this process's. */
export interface ConfigPlaces {
  directory?: string;
  environment?: Record<string, string | undefined>;
  systemFile?: string;
}

/**
 * The config that `chosen` (from `--config`), $POMMGR_CONFIG, ./pommgr.yaml or /etc/pommgr/pommgr.yaml names,
 * in this order; one that is named must be there.
 * @throws PommgrError `config.missing`, `config.unreadable`, `config.syntax`, `config.version`, `config.invalid`.
 */
export async function loadConfig(chosen: string | undefined, places: ConfigPlaces = {}): Promise<Config> {
  const directory = places.directory ?? process.cwd();
  const named = namedConfigFile(chosen, places);
  if (named !== undefined) return readConfig(named);
  const candidates = [resolve(directory, 'pommgr.yaml'), places.systemFile ?? systemConfigFile];
  for (const candidate of candidates) if (await pathExists(candidate)) return readConfig(candidate);
  throw new PommgrError(
    'config.missing',
    `No config was found: neither ${candidates.join(' nor ')} is there.`,
    {
      hints: ['Run "pommgr init" to write one, or name one by --config or $POMMGR_CONFIG.'],
      details: { looked: candidates },
    },
  );
}

/** Returns the same, or undefined where none is named and none exists. */
export async function loadConfigIfThere(
  chosen: string | undefined,
  places: ConfigPlaces = {},
): Promise<Config | undefined> {
  try {
    return await loadConfig(chosen, places);
  } catch (error) {
    const isNamed = namedConfigFile(chosen, places) !== undefined;
    if (error instanceof PommgrError && error.code === 'config.missing' && !isNamed) return undefined;
    throw error;
  }
}

/** The absolute path that `--config` or $POMMGR_CONFIG names; undefined when neither does. */
export function namedConfigFile(chosen: string | undefined, places: ConfigPlaces = {}): string | undefined {
  const named = chosen ?? (places.environment ?? process.env)['POMMGR_CONFIG'];
  if (named === undefined || named === '') return undefined;
  return resolve(places.directory ?? process.cwd(), named);
}

/** Reads, checks and completes the config at an absolute path. */
async function readConfig(file: string): Promise<Config> {
  const directory = dirname(file);
  return completeConfig(parseConfig(await readText(file), file), file, (path) => resolve(directory, path));
}

async function readText(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readPlainFile(file, maxConfigBytes);
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new PommgrError('config.syntax', `The config ${file} is not UTF-8 text.`, {
      hints: ['Save the file as UTF-8.'],
      cause: error,
    });
  }
}

function unreadable(file: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new PommgrError('config.missing', `The config ${file} is not there.`, {
      hints: ['Check the path, or run "pommgr init" to write one.'],
      details: { file },
    });
  const isOther = error instanceof PommgrError && error.code === 'integrity.file-type';
  if (code === 'EACCES' || isOther) {
    const why = (error as Error).message.replace(/\.$/, '');
    return new PommgrError('config.unreadable', `The config ${file} cannot be read: ${why}.`, {
      hints: [isOther ? 'Name a file, not a directory or a FIFO.' : 'Run as a user who may read it.'],
      details: { file },
      cause: error,
    });
  }
  return error;
}
