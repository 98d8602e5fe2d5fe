/**
 * The files below a directory as they were when they were first looked at, for readers that read them ten thousand times:
 * contents are in memory, where a test changes them, and nothing waits for the kernel. Threads still see the real files.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** What node:fs/promises had before. */
const { open: realOpen, lstat, readdir, stat } = fs.promises;
const real = { open: realOpen, lstat, readdir, stat };

export interface RememberedFiles {
  /** Gives a file other bytes. */
  replace(path: string, data: Buffer): void;
  /** From now on files are read from the disk again. */
  forget(): void;
}

/** Only the calls that this project makes of a file that it reads: `read`, `stat` and `close`. */
export function rememberFiles(directory: string): RememberedFiles {
  const contents = new Map<string, Buffer>();
  const answers = new Map<string, Promise<unknown>>();
  const isOurs = (path: unknown): path is string =>
    typeof path === 'string' && (path === directory || path.startsWith(`${directory}/`));

  function contentsOf(path: string): Buffer {
    const known = contents.get(path) ?? fs.readFileSync(path);
    contents.set(path, known);
    return known;
  }

  function remembered(name: 'lstat' | 'readdir' | 'stat') {
    const ask = real[name] as (...of: unknown[]) => Promise<unknown>;
    return (path: unknown, options?: unknown): Promise<unknown> => {
      if (!isOurs(path)) return ask(path, options);
      const question = `${name} ${path} ${JSON.stringify(options)}`;
      const answer = answers.get(question) ?? ask(path, options);
      answers.set(question, answer);
      return answer;
    };
  }

  function open(path: unknown, ...options: unknown[]): Promise<unknown> {
    if (!isOurs(path)) return (real.open as (...of: unknown[]) => Promise<unknown>)(path, ...options);
    const data = contentsOf(path);
    let place = 0;
    return Promise.resolve({
      stat: () => Promise.resolve({ isFile: () => true, size: data.length }),
      close: () => Promise.resolve(),
      read(target: Uint8Array, offset: number, length: number, position: number | null = null) {
        const from = position ?? place;
        const bytesRead = Math.max(0, Math.min(length, data.length - from));
        target.set(data.subarray(from, from + bytesRead), offset);
        if (position === null) place += bytesRead;
        return Promise.resolve({ bytesRead });
      },
    });
  }

  Object.assign(fs.promises, {
    ...{ open, stat: remembered('stat') },
    ...{ lstat: remembered('lstat'), readdir: remembered('readdir') },
  });
  syncBuiltinESMExports();
  return {
    replace: (path, data) => void contents.set(path, data),
    forget() {
      Object.assign(fs.promises, real);
      syncBuiltinESMExports();
    },
  };
}
