/** Config files and directories that the recordings' operator had made, written without POM. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Preparation, write } from './replay.ts';

export interface MirrorOptions {
  id?: string;
  /** Default: `deb http://127.0.0.1:8099 trixie main contrib`. */
  repository?: string;
  architectures?: readonly string[];
  /** Name below the site's root. */
  base?: string;
  key?: string;
  verify?: boolean;
  /** More lines of the section. */
  more?: readonly string[];
}

/** Writes `fpom.cfg` with the one mirror of most recordings, and its base-dir anew. */
export function freshMirror(options: MirrorOptions = {}): Preparation {
  return async (site) => {
    const base = site.path(options.base ?? 'fbase');
    await rm(base, { recursive: true, force: true });
    await mkdir(join(base, '.pool/sha256'), { recursive: true });
    await mkdir(join(base, '.pool/sha512'));
    await mkdir(join(base, options.id ?? 'ftest'));
    await mirrorConfig(options)(site);
  };
}

/** Writes `fpom.cfg` with the one mirror and leaves the base-dir alone. */
function mirrorConfig(options: MirrorOptions = {}): Preparation {
  return async (site) => {
    await write('fpom.cfg', mirrorSection(options))(site);
  };
}

function mirrorSection(options: MirrorOptions): string {
  const lines = [
    ...(options.architectures ?? ['amd64', 'all']).map((architecture) => `architectures ${architecture}`),
    `base-dir /srv/pomtest/${options.base ?? 'fbase'}`,
    `key-path /srv/pomtest/${options.key ?? 'key-good.gpg'}`,
    `repository ${options.repository ?? 'deb http://127.0.0.1:8099 trixie main contrib'}`,
    'sync true',
    `verify ${options.verify ?? true}`,
    ...(options.more ?? []),
  ];
  return `mirror: ${options.id ?? 'ftest'}\n${lines.map((line) => `\t${line}\n`).join('')}`;
}
