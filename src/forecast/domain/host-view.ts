/** What a forecast asks of a host: one that runs, a root, or one elsewhere that is known by its lock alone. */
import type { ChangedConffile } from '../../apt/domain/host-lock.ts';
import type { ConfOptions, FoundFile } from './conffile-rule.ts';
import type { DebconfState } from './debconf.ts';

export interface HostConffile {
  recorded: string | null;
  found: FoundFile;
  /** Where the file of the host can be read; null where it is elsewhere. */
  place: string | null;
}

export interface HostView {
  /** `unchanged` where nothing is known but that the host's file is as its package brought it, if it is there. */
  conffile(path: string, name: string): Promise<HostConffile | 'unchanged'>;
  options: ConfOptions;
  /** Null where the host's answers are unknown. */
  debconf: DebconfState | null;
  /** A control file of the installed package, as dpkg keeps it; null where such files are unknown. */
  controlFile(
    about: { name: string; architecture: string },
    file: string,
  ): Promise<Buffer | undefined | null>;
  /** The files that processes of the host have in memory; null where nothing runs that can be asked. */
  mappedFiles: ReadonlySet<string> | null;
}

/** A host elsewhere: its lock says which configuration files were changed, and no more. */
export function viewOfLock(changed: readonly ChangedConffile[], options: ConfOptions): HostView {
  const byPath = new Map(changed.map((item) => [item.path, item]));
  return {
    conffile(path) {
      const item = byPath.get(path);
      if (item === undefined) return Promise.resolve('unchanged');
      const { shippedMd5, foundMd5 } = item;
      const found: FoundFile = foundMd5 === null ? { kind: 'absent' } : { kind: 'file', md5: foundMd5 };
      return Promise.resolve({ recorded: shippedMd5, found, place: null });
    },
    options,
    debconf: null,
    controlFile: () => Promise.resolve(null),
    mappedFiles: null,
  };
}

/** Since the merge of /usr, one file has two names; this is the one below /usr. */
export function mergedPath(path: string): string {
  return path.replace(/^\/(bin|sbin|lib|lib32|lib64|libx32)\//, '/usr/$1/');
}
