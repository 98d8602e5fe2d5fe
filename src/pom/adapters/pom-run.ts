/** Runs POM, and interprets how it ends. Invariant: quoted output contains no secret. */
import { PommgrError } from '../../core/domain/errors.ts';
import { shownOutput } from '../domain/pom-output.ts';
import { run, type RunOptions, type RunResult } from '../../core/adapters/process.ts';
import { watchForStall, type StallWatch } from './stall-watch.ts';

export interface WatchOptions {
  /** How long it may go without output or work. */
  stallMs: number;
  signal: AbortSignal;
  /** A file is fetched. */
  onFetch: () => void;
}

export interface PomRunner {
  /** @throws PommgrError `tool.pom` where it does not run, `tool.crashed` (a panic), `tool.failed` for what it calls an error. */
  runPom(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /**
   * Ends a run that has stopped working.
   * @returns what it wrote to stderr, without secrets.
   * @throws PommgrError `tool.stalled`, `interrupted.signal`, and what `runPom` throws.
   */
  runWatched(args: readonly string[], options: WatchOptions): Promise<string>;
}

/** Every command gets the config file. */
export function pomRunner(program: string, configFile: string): PomRunner {
  async function runPom(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    try {
      const usual = { idleSeconds: pomIdleSeconds, redact: shownOutput };
      return await run(program, [...args, '--config', configFile], { ...options, ...usual });
    } catch (error) {
      throw clearerError(error, program);
    }
  }
  return {
    runPom,
    runWatched: (args, options) => watched(options, (watch) => runPom(args, watch)),
  };
}

/** POM is silent while it copies a large file or removes many; downloads have a watch of their own. */
export const pomIdleSeconds = 6 * 3600;

/** Distinguishes a panic, and a program that cannot run, from POM's own errors. */
function clearerError(error: unknown, program: string): unknown {
  if (!(error instanceof PommgrError) || error.code === 'interrupted.signal') return error;
  const { exitCode, signal } = error.details;
  if (exitCode === 101) {
    return new PommgrError('tool.crashed', `Proxmox Offline Mirror crashed: ${error.message}`, {
      hints: [`Look at its mirrors with "${program} config mirror list".`],
      details: error.details,
      cause: error,
    });
  }
  // The shell's and the loader's codes for what cannot be started.
  const isStarted = signal !== undefined || (exitCode !== null && exitCode !== 126 && exitCode !== 127);
  if (isStarted && error.code !== 'tool.missing') return error;
  return new PommgrError('tool.pom', `Proxmox Offline Mirror does not run: ${error.message}`, {
    hints: [
      'Mend or reinstall the package proxmox-offline-mirror, or set engine: builtin in the config.',
      `Try it by hand: ${program} help`,
    ],
    details: error.details,
    cause: error,
  });
}

async function watched(
  options: WatchOptions,
  start: (options: RunOptions) => Promise<RunResult>,
): Promise<string> {
  const stalled = new AbortController();
  let watch: StallWatch | undefined;
  let lastUri: string | undefined;
  try {
    const { stderr } = await start({
      signal: AbortSignal.any([options.signal, stalled.signal]),
      onStart: (pid) => {
        watch = watchForStall(pid, options.stallMs, () => stalled.abort());
      },
      onOutput: (text) => {
        watch?.sawOutput();
        for (const [, uri] of text.matchAll(/^-> GET '([^'\n]*)'/gm)) {
          lastUri = uri;
          options.onFetch();
        }
      },
    });
    return shownOutput(stderr);
  } catch (error) {
    if (!stalled.signal.aborted || options.signal.aborted) throw withLastRequest(error, lastUri);
    const minutes = options.stallMs / 60_000;
    throw new PommgrError(
      'tool.stalled',
      `Proxmox Offline Mirror did nothing for ${minutes} minutes and was ended: no output, no traffic.`,
      {
        hints: [
          'Check the connection to the repository, then run the same command again: what is fetched is kept.',
          'Raise pom.stallMinutes in the config if the server is that slow.',
        ],
        details: { stallMinutes: minutes },
        cause: error,
      },
    );
  } finally {
    watch?.stop();
  }
}

/** POM's errors do not say which file they are about. */
function withLastRequest(error: unknown, uri: string | undefined): unknown {
  if (!(error instanceof PommgrError) || error.family !== 'tool' || uri === undefined) return error;
  const { code, hints, details, cause } = error;
  const shown = shownOutput(uri);
  return new PommgrError(code, `${error.message}\nIts last request was for ${shown}`, {
    hints,
    details: { ...details, uri: shown },
    cause,
  });
}
