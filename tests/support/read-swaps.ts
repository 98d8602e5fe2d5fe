/**
 * A directory that gives other bytes from some moment on, for every moment at which a command opens, reads or closes a
 * file of it: either the command refuses and the host is as before, or it ends as with the true bytes.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { run } from '../../src/core/adapters/process.ts';
import { followedPath } from './followed-path.ts';
import { refusal } from './hostile-medium.ts';
import { scratchDirectory } from './scratch.ts';
import { treeOf } from './tree.ts';

export type ReadEvent = { what: 'open' | 'read' | 'close'; path: string };

/** Runs `work` and tells `at` of each time that a file below the directory is about to be opened, read or closed. */
async function watchReads<T>(
  directory: string,
  at: (event: ReadEvent) => void,
  work: () => Promise<T>,
): Promise<T> {
  const { open } = fs.promises;
  const watchedOpen = async (given: unknown, ...rest: unknown[]): Promise<unknown> => {
    const path = followedPath(given);
    const isOurs = path?.startsWith(`${directory}/`) === true && fs.statSync(path).isFile();
    if (isOurs) at({ what: 'open', path });
    const file = await (open as (...of: unknown[]) => Promise<fs.promises.FileHandle>)(given, ...rest);
    if (!isOurs || !(await file.stat()).isFile()) return file;
    const { read, close } = file;
    return Object.assign(file, {
      read(...of: Parameters<typeof read>) {
        at({ what: 'read', path });
        return read.apply(file, of);
      },
      close() {
        at({ what: 'close', path });
        return close.call(file);
      },
    });
  };
  Object.assign(fs.promises, { open: watchedOpen });
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    Object.assign(fs.promises, { open });
    syncBuiltinESMExports();
  }
}

/** Other bytes in place, so that a file that is open has them, too: all, or of a volume a bit of the last object. */
export function spoil(path: string, how: 'all' | 'one'): void {
  const data = fs.readFileSync(path);
  const last = data.findLastIndex((byte) => byte !== 0);
  const spoiled = data.map((byte, place) => (how === 'all' ? byte ^ 0xff : byte ^ Number(place === last)));
  fs.writeFileSync(path, spoiled, { flag: 'r+' });
}

export interface ReadSwaps {
  /** Whose files are read; another directory than the host's. */
  directory: string;
  host: string;
  /** The command, which works on both. */
  command: () => Promise<unknown>;
  /** Which of the events are tried, and how. Default: all, with all bytes changed. */
  choose?: (events: readonly ReadEvent[]) => { index: number; how: 'all' | 'one' }[];
  /** Lines of the host's tree that may differ. */
  mayDiffer?: RegExp;
}

export interface SwapCounts {
  refused: number;
  applied: number;
  /** What was wrong. */
  wrong: string[];
}

/** Runs the command once for each moment, on a host that is brought back before. */
export async function swapAtEachRead(swaps: ReadSwaps): Promise<SwapCounts> {
  const { directory, host, command, mayDiffer = / var\/cache\// } = swaps;
  const copy = join(await scratchDirectory(), 'host');
  const whole = join(await scratchDirectory(), 'whole');
  await run('cp', ['-a', '--', host, copy]);
  await run('cp', ['-a', '--', directory, whole]);
  const restore = async (): Promise<void> => {
    await run('rsync', ['-aHc', '--delete', '--', `${copy}/`, `${host}/`]);
    await run('rsync', ['-a', '--inplace', '--checksum', '--', `${whole}/`, `${directory}/`]);
  };
  const treeNow = async (): Promise<string> =>
    (await treeOf(host)).filter((line) => !mayDiffer.test(line)).join('\n');
  const attempt = (at: (event: ReadEvent) => void): Promise<string | undefined> =>
    refusal(watchReads(directory, at, command));
  const before = await treeNow();
  const events: ReadEvent[] = [];
  const counts: SwapCounts = { refused: 0, applied: 0, wrong: [] };
  const undisturbed = await attempt((event) => void events.push(event));
  if (undisturbed !== undefined) counts.wrong.push(`undisturbed: ${undisturbed}`);
  const after = await treeNow();
  const chosen = swaps.choose?.(events) ?? events.map((_, index) => ({ index, how: 'all' as const }));
  for (const { index, how } of chosen) {
    await restore();
    let number = 0;
    const said = await attempt(({ path }) => {
      if (number === index) spoil(path, how);
      number += 1;
    });
    const { what, path } = events[index] ?? { what: 'open', path: 'nothing' };
    const moment = `${what} ${path.slice(directory.length + 1)}, number ${index}: ${said ?? 'done'}`;
    counts[said === undefined ? 'applied' : 'refused'] += 1;
    if ((await treeNow()) !== (said === undefined ? after : before))
      counts.wrong.push(`${moment}: the host differs`);
    if (said !== undefined && !/^[45] (?:trust|integrity)\./.test(said)) counts.wrong.push(moment);
  }
  await restore();
  return counts;
}
