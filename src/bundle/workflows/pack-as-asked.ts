/** Implements `pommgr pack`: selects the mode that a command asks for. */
import { loadConfig } from '../../config/adapters/config-file.ts';
import { requireOwnFileSystem } from '../../medium/adapters/medium-place.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { setAsideDamaged } from '../../mirror/workflows/set-aside-damaged.ts';
import { packPom, type PackPomResult } from './pack-pom.ts';
import { packSet, type PackSetOptions, type PackSetResult } from './pack-set.ts';
import { pack, type PackResult } from './pack.ts';

/** `set`: volumes spread over several media. */
export type PackMode = 'bundle' | 'set' | 'pom';

export interface PackRequest extends PackSetOptions {
  mode: PackMode;
  /** Whether `media` may be on the file system of `/` or of the mirrors. Default: no. */
  allowLocal?: boolean;
}

export type PackDone =
  | { mode: 'bundle'; result: PackResult }
  | { mode: 'set'; result: PackSetResult }
  | { mode: 'pom'; result: PackPomResult };

/**
 * @throws PommgrError `refused.local-medium` for a mount point where nothing is mounted, `usage.media` for several media where only volumes can be
 *   spread, and as each way.
 */
export async function packAsAsked({ mode, allowLocal = false, ...options }: PackRequest): Promise<PackDone> {
  if (!allowLocal) await requireMedia(mode, options);
  try {
    return await packBy(mode, options);
  } catch (error) {
    await setAsideSource(error, options);
    throw error;
  }
}

/** Sets aside a file of the pool that turned out damaged while it was packed, for the next snapshot. */
async function setAsideSource(error: unknown, { configFile, context }: PackSetOptions): Promise<void> {
  if (!(error instanceof PommgrError) || !['integrity.digest', 'integrity.size'].includes(error.code)) return;
  const { file } = error.details;
  if (typeof file === 'string') await setAsideDamaged([file], await loadConfig(configFile), context);
}

async function packBy(mode: PackMode, options: PackSetOptions): Promise<PackDone> {
  if (mode === 'set') return { mode, result: await packSet(options) };
  const media = onlyMedium(options.media);
  return mode === 'pom'
    ? { mode, result: await packPom({ ...options, medium: media }) }
    : { mode, result: await pack({ ...options, media }) };
}

/** With `pom` the medium is an id, and POM's media are checked elsewhere. */
async function requireMedia(mode: PackMode, { configFile, media }: PackSetOptions): Promise<void> {
  if (mode === 'pom') return;
  const config = await loadConfig(configFile);
  for (const directory of media) await requireOwnFileSystem(directory, config);
}

function onlyMedium([media = '', ...others]: readonly string[]): string {
  if (others.length === 0) return media;
  throw new PommgrError('usage.media', 'With these flags --media may be given only once.', {
    hints: ['Only volumes can be spread over several media: run the command for each medium.'],
  });
}
