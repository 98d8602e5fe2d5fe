/** The umask of this process, read from /proc: `process.umask()` sets it to read it, and files of other threads would be made without it. */
import { readFileSync } from 'node:fs';

let mask: number | undefined;

/** Bits that new files and directories lack; all where it is unknown (proc(5), since Linux 4.7). pommgr never changes it. */
export function ownUmask(): number {
  mask ??= Number.parseInt(
    /^Umask:\s*(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '777',
    8,
  );
  return mask;
}
