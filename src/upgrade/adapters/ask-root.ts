/** Asks a host for facts: its programs and its files. What fails is an unknown fact and ends nothing else. */
import { chrootEnvironment, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { askProgram, failureOf } from '../../core/adapters/ask.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';
import { readFact, type Fact } from '../../core/domain/fact.ts';
import { readInRoot } from '../../forecast/adapters/host-files.ts';

export interface Asking {
  aptRoot: AptRoot;
  now: () => Date;
  signal: AbortSignal;
}

const usualSeconds = 30;
const directories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Returns what `work` returns as a fact. */
export async function gather<T>(
  source: string,
  { now }: Pick<Asking, 'now'>,
  work: () => Promise<T>,
): Promise<Fact<T>> {
  try {
    const value = await work();
    return { isKnown: true, source, at: now().toISOString(), value };
  } catch (error) {
    return { isKnown: false, source, why: failureOf(error) };
  }
}

/** Returns what a program of the host prints; null where the host does not have it. */
export async function askHost(
  { program, args, accept = [0], seconds = usualSeconds }: HostQuestion,
  { aptRoot, now, signal }: Asking,
): Promise<Fact<string | null>> {
  const source = [program, ...args].join(' ');
  if (aptRoot.kind === 'outside')
    return { isKnown: false, source, why: 'programs of this root are not run, because it has no apt' };
  const path = await programPath(aptRoot, program);
  if (path === undefined) return { isKnown: true, source, at: now().toISOString(), value: null };
  const command = aptRoot.kind === 'host' ? [path, ...args] : ['chroot', aptRoot.root, path, ...args];
  const [first = '', ...rest] = command;
  const answer = await askProgram(first, rest, {
    ...{ now, signal, accept, source, timeoutMs: seconds * 1000 },
    ...(aptRoot.kind === 'host' ? {} : { env: chrootEnvironment }),
  });
  return readFact(answer, (text) => text);
}

export interface HostQuestion {
  program: string;
  args: readonly string[];
  /** Exit codes that come with an answer. Default: 0. */
  accept?: readonly number[];
  /** The program is ended when it takes longer. Default: 30. */
  seconds?: number;
}

async function programPath({ root }: AptRoot, program: string): Promise<string | undefined> {
  for (const directory of directories) {
    const path = `${directory}/${program}`;
    if (await pathExists(await pathInRoot(root, path))) return path;
  }
  return undefined;
}

/** Returns the text of a file of the host; null where it does not exist. */
export function askFile(path: string, asking: Asking): Promise<Fact<string | null>> {
  return gather(
    path,
    asking,
    async () => (await readInRoot(asking.aptRoot.root, path))?.toString('utf8') ?? null,
  );
}
