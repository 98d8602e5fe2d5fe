/**
 * Detects when a child process and its own children have stopped working: no output, no processor time, no growing
 * memory. An active download uses all three; a process that waits for a dead connection uses none.
 */
import { readFileSync } from 'node:fs';

export interface StallWatch {
  /** The child wrote something. */
  sawOutput(): void;
  stop(): void;
}

/** Looks several times within `stallMs`; `onStall` is called once. */
export function watchForStall(pid: number, stallMs: number, onStall: () => void): StallWatch {
  let lastMs = performance.now();
  let before = activityOf(pid);
  const timer = setInterval(
    () => {
      const activity = activityOf(pid);
      if (activity !== before) lastMs = performance.now();
      before = activity;
      if (performance.now() - lastMs < stallMs) return;
      clearInterval(timer);
      onStall();
    },
    Math.min(10_000, stallMs / 4),
  );
  timer.unref();
  return {
    sawOutput() {
      lastMs = performance.now();
    },
    stop: () => clearInterval(timer),
  };
}

/**
 * Returns a text that changes while any process of the tree works: user and system time and resident pages of each
 * (proc(5)).
 */
function activityOf(pid: number): string {
  const stat = readOr(`/proc/${pid}/stat`);
  // The name of the program, in parentheses, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const children = readOr(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return [fields[11], fields[12], fields[21], ...children.map((child) => activityOf(Number(child)))].join(
    ' ',
  );
}

/** A process that has just ended has no files any more. */
function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
