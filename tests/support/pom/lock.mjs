/**
 * Kernel locks as POM takes them. Node cannot call flock(2): one perl for each lock file does, on the same open file,
 * so that a lock costs no process; it ends with us, and with it the lock.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { errnoText, PomError, quoted } from './errors.mjs';
import { lockSeconds } from './environment.mjs';

const lockProgram = `
use Fcntl ':flock';
$| = 1;
open(my $file, '+<&=', 3) or exit 1;
while (<STDIN>) {
  if (/^lock (\\d+)/) {
    my $taken = eval { local $SIG{ALRM} = sub { die }; alarm $1; my $ok = flock($file, LOCK_EX); alarm 0; $ok };
    print $taken ? "taken\\n" : "timeout\\n";
  } else { flock($file, LOCK_UN); print "freed\\n" }
}`;

/** @typedef {{ take(): Promise<void>, free(): Promise<void> }} Lock */

/** @type {Map<string, Lock>} */
const open = new Map();
/** @type {import('node:child_process').ChildProcess[]} */
const holders = [];

/**
 * Runs `work` under the lock file, which is made when missing.
 * @template T
 * @param {string} path
 * @param {number} seconds how long to wait
 * @param {() => Promise<T> | T} work
 * @returns {Promise<T>}
 */
export async function withLock(path, seconds, work) {
  let lock = open.get(path);
  if (lock === undefined) {
    lock = await openLock(path, lockSeconds(seconds));
    open.set(path, lock);
  }
  await lock.take();
  try {
    return await work();
  } finally {
    await lock.free();
  }
}

/** Lets the process end. */
export function closeLocks() {
  for (const holder of holders) holder.kill('SIGKILL');
}

/**
 * @param {string} path
 * @param {number} seconds
 * @returns {Promise<Lock>}
 */
async function openLock(path, seconds) {
  let file;
  try {
    file = openSync(path, 'a+', 0o644);
  } catch (error) {
    // A lock file that is not there yet is made under another name first.
    if (existsSync(path)) throw new PomError(`open ${quoted(path)} failed - ${errnoText(error)}`);
    throw new PomError(`mkstemp ${quoted(`${path}.tmp_XXXXXX`)} failed: ${errnoText(error)}`);
  }
  const { spawn } = await import('node:child_process');
  const holder = spawn('perl', ['-e', lockProgram], { stdio: ['pipe', 'pipe', 'inherit', file] });
  closeSync(file);
  holders.push(holder);
  const { stdin, stdout } = holder;
  if (stdin === null || stdout === null) throw new Error('perl got no pipes');
  return {
    async take() {
      stdin.write(`lock ${seconds}\n`);
      const [answer] = await once(stdout, 'data');
      if (String(answer) === 'taken\n') return;
      throw new PomError(`Unable to acquire lock ${quoted(path)} - Interrupted system call (os error 4)`);
    },
    async free() {
      stdin.write('free\n');
      await once(stdout, 'data');
    },
  };
}
