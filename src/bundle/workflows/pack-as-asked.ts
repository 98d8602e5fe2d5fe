/** `pommgr pack`: which of its ways a command asks for. */
import { loadConfig } from '../../config/adapters/config-file.ts';
import { requireOwnFileSystem } from '../../medium/adapters/medium-place.ts';
import type { CoSignReport } from '../domain/co-signature.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { coSign } from './co-sign.ts';
import { packKeys, type PackKeysResult } from '../../subscription/workflows/pack-keys.ts';
import { packPom, type PackPomResult } from './pack-pom.ts';
import { packSet, type PackSetOptions, type PackSetResult } from './pack-set.ts';
import { pack, type PackResult } from './pack.ts';

/** `set`: volumes on several media. */
export type PackMode = 'bundle' | 'set' | 'pom' | 'keys' | 'co-sign';

export interface PackRequest extends PackSetOptions {
  mode: PackMode;
  /** Whether `media` may be on the file system of `/` or of the mirrors. Default: no. */
  allowLocal?: boolean;
}

export type PackDone =
  | { mode: 'bundle'; result: PackResult }
  | { mode: 'set'; result: PackSetResult }
  | { mode: 'pom'; result: PackPomResult }
  | { mode: 'keys'; result: PackKeysResult }
  | { mode: 'co-sign'; result: CoSignReport };

/**
 * @throws PommgrError `refused.local-medium` for a mount point where nothing is mounted, `usage.media` for several media where only volumes can be
 *   spread, and as each way.
 */
export async function packAsAsked({ mode, allowLocal = false, ...options }: PackRequest): Promise<PackDone> {
  if (!allowLocal) await requireMedia(mode, options);
  if (mode === 'set') return { mode, result: await packSet(options) };
  const media = onlyMedium(options.media);
  switch (mode) {
    case 'bundle':
      return { mode, result: await pack({ ...options, media }) };
    case 'pom':
      return { mode, result: await packPom({ ...options, medium: media }) };
    case 'keys':
      return { mode, result: await packKeys({ ...options, media }) };
    case 'co-sign':
      return { mode, result: await coSign({ ...options, media }) };
  }
}

/** With `pom` the medium is an id, and POM's media are looked at elsewhere; `co-sign` needs a bundle that is there. */
async function requireMedia(mode: PackMode, { configFile, media }: PackSetOptions): Promise<void> {
  if (mode === 'pom' || mode === 'co-sign') return;
  const config = await loadConfig(configFile);
  for (const directory of media) await requireOwnFileSystem(directory, config);
}

function onlyMedium([media = '', ...others]: readonly string[]): string {
  if (others.length === 0) return media;
  throw new PommgrError('usage.media', 'With these flags --media may be given only once.', {
    hints: ['Only volumes can be spread over several media: run the command for each medium.'],
  });
}
