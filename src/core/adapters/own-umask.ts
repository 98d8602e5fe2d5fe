/**
 * Reads the umask of this process from /proc. `process.umask()` has to set the umask to read it, and other threads
 * could create files without it in between.
 */
import { readFileSync } from 'node:fs';

let mask: number | undefined;

/**
 * Returns the bits that new files and directories lack; all bits where the umask is unknown (proc(5), since Linux 4.7).
 * pommgr never changes it.
 */
export function ownUmask(): number {
  mask ??= Number.parseInt(
    /^Umask:\s*(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '777',
    8,
  );
  return mask;
}
