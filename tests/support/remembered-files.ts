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

/** Numbers that no open file has. */
const firstDirectoryNumber = 1_000_000;

/** Only the calls that this project makes of a file that it reads: `read`, `stat` and `close`; of a directory its number. */
export function rememberFiles(directory: string): RememberedFiles {
  const contents = new Map<string, Buffer>();
  const answers = new Map<string, Promise<unknown>>();
  /** Paths of directories that are open, by number. */
  const directories: string[] = [];
  const isOurs = (path: string): boolean => path === directory || path.startsWith(`${directory}/`);

  /** The path that a reader means, also below the handle of a directory of ours; undefined for what is not ours. */
  function ourPath(path: unknown): string | undefined {
    if (typeof path !== 'string') return undefined;
    const [, number = '', rest = ''] = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/.exec(path) ?? [];
    const base = directories[Number(number) - firstDirectoryNumber];
    const full = number !== '' && base !== undefined ? `${base}${rest}` : path;
    const plain = full.replace(/\/\.$/, '');
    return isOurs(plain) ? plain : undefined;
  }

  function contentsOf(path: string): Buffer {
    const known = contents.get(path) ?? fs.readFileSync(path);
    contents.set(path, known);
    return known;
  }

  function remembered(name: 'lstat' | 'readdir' | 'stat') {
    const ask = real[name] as (...of: unknown[]) => Promise<unknown>;
    return (asked: unknown, options?: unknown): Promise<unknown> => {
      const path = ourPath(asked);
      if (path === undefined) return ask(asked, options);
      const question = `${name} ${path} ${JSON.stringify(options)}`;
      const answer = answers.get(question) ?? ask(path, options);
      answers.set(question, answer);
      return answer;
    };
  }

  async function openDirectory(path: string): Promise<unknown> {
    const status = (await remembered('stat')(path)) as fs.Stats;
    if (!status.isDirectory()) throw Object.assign(new Error(`ENOTDIR: ${path}`), { code: 'ENOTDIR' });
    if (!directories.includes(path)) directories.push(path);
    return { fd: firstDirectoryNumber + directories.indexOf(path), close: () => Promise.resolve() };
  }

  function open(asked: unknown, ...options: unknown[]): Promise<unknown> {
    const path = ourPath(asked);
    if (path === undefined) return (real.open as (...of: unknown[]) => Promise<unknown>)(asked, ...options);
    const [flags] = options;
    if (typeof flags === 'number' && (flags & fs.constants.O_DIRECTORY) !== 0) return openDirectory(path);
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
