/**
 * Runs child processes, and is the only user of execa. Invariants: there is no shell; the locale is C; a child that
 * exits by itself never counts as successful by mistake; a child that makes no progress is ended.
 */
import { execa, type Subprocess } from 'execa';
import { PommgrError, type ErrorCode } from '../domain/errors.ts';
import { operate } from './fault-points.ts';

export interface RunOptions {
  /** Variables added to the environment, which otherwise is ours with LC_ALL=C.UTF-8 and without RUST_BACKTRACE. */
  env?: Record<string, string>;
  cwd?: string;
  input?: string | Uint8Array;
  signal?: AbortSignal;
  /** Kills the child when it takes longer. */
  timeoutMs?: number;
  /** Ends the child when it writes nothing for this long. Default: 600. */
  idleSeconds?: number;
  /** Kills the child when we are killed. This is for a child whose changes the next run can make again. */
  endsWithUs?: boolean;
  /** Exit codes that are an answer and not a failure. Default: 0. */
  accept?: readonly number[];
  /** Code of the error when it fails. Default: `tool.failed`. */
  code?: ErrorCode;
  hints?: string[];
  /** Called when the child runs. */
  onStart?: (pid: number) => void;
  /** Gets what the child writes to stdout or stderr, as it comes. */
  onOutput?: (text: string) => void;
  /** Removes secrets from the output that an error quotes. */
  redact?: (text: string) => string;
}

/** These signals end a child, too, so that nobody waits for apt or POM after Ctrl-C. */
const endSignals = ['SIGINT', 'SIGTERM'] as const;
type Forward = (signal: NodeJS.Signals) => void;
const running = new Set<Forward>();

function forwardToAll(signal: NodeJS.Signals): void {
  for (const forward of running) forward(signal);
}

/** One listener serves all children, however many run at once. */
function listenFor(forward: Forward): void {
  if (running.size === 0) for (const signal of endSignals) process.on(signal, forwardToAll);
  running.add(forward);
}

function listenNoMore(forward: Forward): void {
  running.delete(forward);
  if (running.size === 0) for (const signal of endSignals) process.off(signal, forwardToAll);
}

export interface RunResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/**
 * Runs a program to its end and returns what it wrote.
 * @throws PommgrError `tool.missing` where there is no such program, `interrupted.signal`, or `options.code`.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  let wasInterrupted = false;
  const result = await operate(`run ${program} ${args[0] ?? ''}`, async () => {
    // setpriv(1) is in util-linux, as flock(1) is.
    const command =
      options.endsWithUs === true ? ['setpriv', '--pdeathsig', 'KILL', '--', program] : [program];
    const [file = '', ...before] = command;
    const child = execa(file, [...before, ...args], {
      reject: false,
      stripFinalNewline: false,
      env: { LC_ALL: 'C.UTF-8', LANGUAGE: '', ...options.env, RUST_BACKTRACE: undefined },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      maxBuffer: 512 * 1024 * 1024,
    });
    if (child.pid !== undefined) options.onStart?.(child.pid);
    if (options.onOutput !== undefined) {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk: Buffer) => options.onOutput?.(chunk.toString('utf8')));
      }
    }
    const idle = watchOutput(child, options.idleSeconds ?? usualIdleSeconds);
    const forward: Forward = (signal) => {
      wasInterrupted = true;
      child.kill(signal);
    };
    listenFor(forward);
    try {
      const ended = await child;
      return Object.assign(ended, { isIdle: idle.stop() });
    } finally {
      listenNoMore(forward);
    }
  });
  // A terminal's Ctrl-C reaches the child by itself, perhaps before we forward the signal.
  if (result.isCanceled || ((options.signal?.aborted === true || wasInterrupted) && result.failed))
    throw new PommgrError('interrupted.signal', `Interrupted while ${program} ran.`);
  if (result.code === 'ENOENT') throw missingProgram(program, options.hints);
  const accepted = options.accept ?? [0];
  if (result.exitCode === undefined || !accepted.includes(result.exitCode)) {
    const redact = options.redact ?? ((text) => text);
    throw new PommgrError(options.code ?? 'tool.failed', redact(failureText(program, args, result)), {
      hints: options.hints ?? [],
      details: {
        program,
        exitCode: result.exitCode ?? null,
        ...(result.signal === undefined ? {} : { signal: result.signal }),
        stderr: redact(lastLines(result.stderr)),
      },
      cause: result.cause,
    });
  }
  return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode };
}

/**
 * Runs a program and yields its stdout as it comes; if the reader stops early, the program is ended.
 * @throws PommgrError `tool.missing`, or `options.code`, once all that it wrote was handed out.
 */
export async function* streamOutput(
  program: string,
  args: readonly string[],
  options: Pick<RunOptions, 'env' | 'code' | 'hints' | 'input' | 'timeoutMs'> = {},
): AsyncGenerator<Buffer, void, undefined> {
  const child = execa(program, args, {
    reject: false,
    buffer: { stdout: false },
    encoding: 'buffer',
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, forceKillAfterDelay: graceMs }),
    env: { LC_ALL: 'C.UTF-8', LANGUAGE: '', ...options.env },
  });
  giveUpAfter(child, options.timeoutMs);
  let ended = false;
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    ended = true;
  } catch (error) {
    if (!child.stdout.destroyed || options.timeoutMs === undefined) throw error;
  } finally {
    if (!ended) {
      child.kill('SIGKILL');
      // What the child has started would write into the pipe for ever, and keep us from ending.
      child.stdout.destroy();
    }
  }
  const result = await child;
  if (result.code === 'ENOENT') throw missingProgram(program, options.hints);
  if (result.exitCode === 0) return;
  const said = lastLines(Buffer.from(result.stderr).toString('utf8'));
  throw new PommgrError(options.code ?? 'tool.failed', `${program} ${endText(result)}:\n${said}`, {
    hints: options.hints ?? [],
    details: { program, exitCode: result.exitCode ?? null, stderr: said },
  });
}

/** Closes the output of a child some time after it was ended: a process that it started may hold it open forever. */
function giveUpAfter(child: Pick<Subprocess, 'stdout' | 'stderr'>, timeoutMs: number | undefined): void {
  if (timeoutMs === undefined) return;
  const close = (): unknown => [child.stdout, child.stderr].map((stream) => stream?.destroy());
  // Only the output keeps us waiting, not the timer.
  setTimeout(close, timeoutMs + graceMs).unref();
}

const usualIdleSeconds = 600;
const graceMs = 4000;

/** Ends a child that writes nothing for so long, with SIGTERM first. `stop` tells whether that happened. */
function watchOutput(
  child: Pick<Subprocess, 'kill' | 'stdout' | 'stderr'>,
  seconds: number,
): { stop: () => boolean } {
  let isIdle = false;
  let last: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    isIdle = true;
    child.kill('SIGTERM');
    last = setTimeout(() => {
      child.kill('SIGKILL');
      // A process that the child started may hold its output open forever.
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    }, graceMs);
  }, seconds * 1000);
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', () => timer.refresh());
  return {
    stop() {
      clearTimeout(timer);
      clearTimeout(last);
      return isIdle;
    },
  };
}

/** Returns whether a program can be started at all. */
export async function hasProgram(program: string): Promise<boolean> {
  const result = await execa('sh', ['-c', 'command -v -- "$1"', 'sh', program], { reject: false });
  return result.exitCode === 0;
}

function missingProgram(program: string, hints: string[] | undefined): PommgrError {
  return new PommgrError('tool.missing', `The program ${program} was not found.`, {
    hints: hints ?? [`Install the package that provides ${program}.`],
    details: { program },
  });
}

function failureText(
  program: string,
  args: readonly string[],
  result: {
    exitCode?: number;
    signal?: string;
    code?: string | undefined;
    timedOut: boolean;
    isIdle: boolean;
    stderr: string;
    stdout: string;
  },
): string {
  const how = endText(result);
  const said = lastLines(result.stderr) || lastLines(result.stdout);
  return `${[program, ...args.slice(0, 1)].join(' ')} ${how}${said === '' ? '.' : `:\n${said}`}`;
}

function endText(result: {
  exitCode?: number;
  signal?: string;
  code?: string | undefined;
  timedOut?: boolean;
  isIdle?: boolean;
}): string {
  if (result.isIdle === true) return 'made no progress and was ended';
  if (result.timedOut === true) return 'took too long and was ended';
  if (result.signal !== undefined) return `was ended by ${result.signal}`;
  if (result.exitCode === undefined) return `could not be started (${result.code})`;
  return `ended with exit code ${result.exitCode}`;
}

function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-10).join('\n');
}
