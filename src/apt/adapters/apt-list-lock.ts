/**
 * Holds apt's own lock on its lists (`/var/lib/apt/lists/lock`), which every `apt-get update` takes. apt uses fcntl(2),
 * which Node.js does not offer and which flock(1) does not conflict with. A perl of perl-base, which is Essential on
 * Debian, holds the lock until its standard input ends: the kernel frees it when we die.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { operate } from '../../core/adapters/fault-points.ts';
import { startHolder, type FileLock } from '../../core/adapters/file-lock.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { listsDirectory } from './apt-lists.ts';
import { prepareAptRoot, type AptRoot } from './apt-root.ts';

/** struct flock of 64-bit Linux: type, whence, start, length, process. */
const script = `
use Fcntl qw(:DEFAULT :flock :seek);
$| = 1;
sysopen(my $file, $ARGV[0], O_RDWR | O_CREAT | O_NOFOLLOW, 0640) or do { print "error $!\\n"; exit 1 };
my $told = -1;
while (1) {
  my $lock = pack('s s x4 q q l x4', F_WRLCK, SEEK_SET, 0, 0, 0);
  last if fcntl($file, F_SETLK, $lock);
  fcntl($file, F_GETLK, $lock) or next;
  my $holder = (unpack('s s x4 q q l', $lock))[4];
  if ($holder != $told) { print "held $holder\\n"; $told = $holder; }
  select(undef, undef, undef, 0.1);
}
print "locked\\n";
1 while <STDIN>;
`;

/** Time that an update of a large mirror takes. */
const usualWaitSeconds = 120;

/**
 * Takes the lock; where another process holds it, names that process and waits.
 * @throws PommgrError `state.apt-locked` when it is still held after `waitSeconds`.
 */
export async function lockAptLists(
  aptRoot: AptRoot,
  { context, waitSeconds = usualWaitSeconds }: { context: Context; waitSeconds?: number | undefined },
): Promise<FileLock> {
  const path = join(await listsDirectory(aptRoot), 'lock');
  return operate(`lock ${path}`, () => takeLock(path, { context, waitSeconds }));
}

/** Runs `work` under the lock, on a root that may lack apt's directories. */
export async function withAptLists<T>(
  aptRoot: AptRoot,
  context: Context,
  work: () => Promise<T>,
): Promise<T> {
  await prepareAptRoot(aptRoot);
  const lock = await lockAptLists(aptRoot, { context });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function takeLock(
  path: string,
  { context, waitSeconds }: { context: Context; waitSeconds: number },
): Promise<FileLock> {
  const holder = startHolder('perl', ['-e', script, path]);
  const stop = AbortSignal.any([context.signal, AbortSignal.timeout(waitSeconds * 1000)]);
  const stopWaiting = (): void => void holder.end().catch(() => {});
  stop.addEventListener('abort', stopWaiting, { once: true });
  let isLocked = false;
  let other: string | undefined;
  let failure = 'perl ended too early';
  for await (const line of holder.lines) {
    isLocked = line === 'locked';
    if (isLocked) break;
    const [, number] = /^held (-?\d+)$/.exec(line) ?? [];
    if (number === undefined) failure = line.replace(/^error /, '');
    else {
      other = await processText(number);
      context.progress.note(`Waiting for ${other}, which holds ${path}.`);
    }
  }
  stop.removeEventListener('abort', stopWaiting);
  if (isLocked && !stop.aborted) return { release: () => holder.end() };
  await holder.end().catch((cause: unknown) => {
    throw new PommgrError('tool.missing', 'The program perl was not found.', {
      hints: ['Install the package perl-base.'],
      cause,
    });
  });
  context.signal.throwIfAborted();
  if (other === undefined) throw new PommgrError('state.lock', `${path} could not be locked: ${failure}.`);
  throw new PommgrError('state.apt-locked', `${other} holds ${path}, also after ${waitSeconds} seconds.`, {
    hints: [
      'Wait until it has ended, then run the same command again. "systemctl list-timers" shows when apt-daily.timer starts the next one.',
    ],
    details: { lock: path, holder: other },
  });
}

/** Returns `apt-get update (process 123)`. A process in another PID namespace has no number here. */
async function processText(number: string): Promise<string> {
  try {
    const words = (await readFile(`/proc/${number}/cmdline`, 'utf8')).split('\0').slice(0, 2);
    const text = words
      .join(' ')
      .replaceAll(/[^ -~]/g, '?')
      .trim();
    return `${text === '' ? 'A process' : text} (process ${number})`;
  } catch {
    return Number(number) > 0 ? `process ${number}` : 'a process of another container';
  }
}
