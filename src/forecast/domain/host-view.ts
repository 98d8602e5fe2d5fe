/** Defines what a forecast asks of a host: a running one, a root, or a remote one of which only the lock is known. */
import type { ChangedConffile } from '../../apt/domain/host-lock.ts';
import type { ConfOptions, FoundFile } from './conffile-rule.ts';
import type { DebconfState } from './debconf.ts';

export interface HostConffile {
  recorded: string | null;
  found: FoundFile;
  /** Path at which the host's file can be read; null for a remote host. */
  place: string | null;
}

export interface HostView {
  /** `unchanged` where it is only known that the host's file, if it exists, is as its package shipped it. */
  conffile(path: string, name: string): Promise<HostConffile | 'unchanged'>;
  options: ConfOptions;
  /** Null where the host's answers are unknown. */
  debconf: DebconfState | null;
  /** Returns a control file of the installed package, as dpkg keeps it; null where such files are unknown. */
  controlFile(
    about: { name: string; architecture: string },
    file: string,
  ): Promise<Buffer | undefined | null>;
  /** Files that processes of the host have in memory; null where no running host can be inspected. */
  mappedFiles: ReadonlySet<string> | null;
}

/** Returns the view of a remote host: its lock says only which configuration files were modified. */
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

/** Since the merge of /usr, a file has two names; this returns the one below /usr. */
export function mergedPath(path: string): string {
  return path.replace(/^\/(bin|sbin|lib|lib32|lib64|libx32)\//, '/usr/$1/');
}
