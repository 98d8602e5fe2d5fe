/** `pommgr mirror list` and `mirror presets`: what a config mirrors, and what `init --preset` can write. */
import { loadConfig } from '../../adapters/config-file.ts';
import type { Mirror } from '../../domain/mirror.ts';
import { presets } from '../../domain/presets.ts';

export type ListedMirror = Omit<Mirror, 'authFile'> & { login: boolean };

export interface MirrorList {
  config: string;
  track: string;
  /** Sorted by id. */
  mirrors: ListedMirror[];
}

/** Of the config that config-file.ts finds. */
export async function listMirrors(configFile: string | undefined): Promise<MirrorList> {
  const config = await loadConfig(configFile);
  return {
    config: config.file,
    track: config.track,
    mirrors: config.mirrors.map(({ authFile, ...mirror }) => ({ ...mirror, login: authFile !== undefined })),
  };
}

export interface ListedPreset {
  name: string;
  title: string;
  endOfLife: string;
  mirrors: { id: string; uri: string; suite: string; components: string[]; login: boolean }[];
}

export function listPresets(): { presets: ListedPreset[] } {
  return {
    presets: presets.map(({ name, title, endOfLife, mirrors }) => ({
      name,
      title,
      endOfLife,
      mirrors: mirrors.map(({ settings: { id, uri, suite, components, authFile } }) => ({
        id,
        uri,
        suite,
        components,
        login: authFile !== undefined,
      })),
    })),
  };
}
