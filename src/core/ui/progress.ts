/**
 * Shows progress on stderr: a live line on a terminal, plain lines elsewhere. It is the only user of ora. Invariant: it
 * never writes to stdout, and never writes control sequences into a pipe.
 */
import type { Meter, Progress } from '../domain/progress.ts';
import { printable } from '../domain/printable.ts';
import { fitText, textWidth } from '../domain/text-width.ts';
import { formatBytes, formatCount, formatDuration } from './format.ts';
import { terminalColumns } from './terminal-columns.ts';

export interface ShownProgress extends Progress {
  /** All warnings that were reported. */
  readonly warnings: string[];
  /** Removes the live line, so that other output can follow. */
  stop(): void;
}

interface Line {
  /** Shows the current step. */
  show(text: string): void;
  /** Prints a line that stays. */
  print(text: string): void;
  stop(): void;
}

/** A terminal gets a live line that changes this often, anything else a plain line now and then. */
const liveIntervalMs = 100;
const plainIntervalMs = 10_000;

/**
 * With `document`, warnings go into the JSON document of the command, and with `quiet` nowhere else. `words` comes from
 * own-command.ts.
 */
export function createProgress(
  stream: NodeJS.WriteStream,
  options: { quiet: boolean; document?: boolean; words?: (text: string) => string },
): ShownProgress {
  const live = isLive(stream) && !options.quiet;
  const line = options.quiet ? silentLine() : live ? liveLine(stream) : plainLine(stream);
  // A warning is not progress: it is always shown.
  const warningLine = options.quiet && options.document !== true ? plainLine(stream) : line;
  const { words = (text) => text } = options;
  const warnings: string[] = [];
  return {
    warnings,
    step: (text) => line.show(text),
    note: (text) => line.print(furtherLinesMarked(words(text))),
    warn(text) {
      const said = words(text);
      warnings.push(printable(said));
      warningLine.print(`Warning: ${furtherLinesMarked(said)}`);
    },
    meter: (text, total) =>
      createMeter(line, { text, total, intervalMs: live ? liveIntervalMs : plainIntervalMs }),
    stop: () => line.stop(),
  };
}

/** A message of a program or a server must not look like one of our lines. */
function furtherLinesMarked(text: string): string {
  return text.replaceAll('\n', '\n  | ');
}

/** Returns whether the stream is a terminal that can redraw a line. */
function isLive(stream: NodeJS.WriteStream): boolean {
  return (
    stream.isTTY === true && (stream.columns ?? 0) > 0 && process.env['TERM'] !== 'dumb' && !process.env['CI']
  );
}

function createMeter(
  line: Line,
  about: { text: string; total: { files: number; sizeBytes: number }; intervalMs: number },
): Meter {
  const { text, total, intervalMs } = about;
  const begunMs = performance.now();
  let shownMs = begunMs;
  let bytes = 0;
  let files = 0;
  line.show(`${text}: ${amountText(total.files, total.sizeBytes)}`);
  return {
    add(moreBytes, moreFiles = 0) {
      bytes += moreBytes;
      files += moreFiles;
      const nowMs = performance.now();
      if (nowMs - shownMs < intervalMs) return;
      shownMs = nowMs;
      line.show(`${text}: ${meterText({ files, bytes, seconds: (nowMs - begunMs) / 1000 }, total)}`);
    },
    done() {
      const seconds = (performance.now() - begunMs) / 1000;
      line.print(`${text}: ${amountText(files, bytes)} in ${formatDuration(seconds)}`);
    },
  };
}

/** A transfer that is counted only in bytes has no file count. */
function amountText(files: number, bytes: number): string {
  return files === 0 ? formatBytes(bytes) : `${formatCount(files, 'file')}, ${formatBytes(bytes)}`;
}

/** `12/40 files, 3.1/9.0 MB, 1.2 MB/s, 5 s left` */
export function meterText(
  done: { files: number; bytes: number; seconds: number },
  total: { files: number; sizeBytes: number },
): string {
  const rate = done.seconds > 0 ? done.bytes / done.seconds : 0;
  const parts = [
    ...(done.files === 0 ? [] : [`${done.files}/${total.files} files`]),
    `${formatBytes(done.bytes)} of ${formatBytes(total.sizeBytes)}`,
  ];
  if (rate > 0) {
    parts.push(`${formatBytes(rate)}/s`);
    parts.push(`${formatDuration(Math.max(0, total.sizeBytes - done.bytes) / rate)} left`);
  }
  return parts.join(', ');
}

function silentLine(): Line {
  return { show() {}, print() {}, stop() {} };
}

function plainLine(stream: NodeJS.WriteStream): Line {
  const write = (text: string): void =>
    void stream.write(`${fitText(printable(text), terminalColumns(stream))}\n`);
  return { show: write, print: write, stop() {} };
}

/** ora is loaded only here; until it is there the text waits. */
function liveLine(stream: NodeJS.WriteStream): Line {
  let spinner: import('ora').Ora | undefined;
  let waiting: string | undefined;
  let stopped = false;
  const loaded = import('ora').then(({ default: ora }) => {
    spinner = ora({ stream, discardStdin: false, hideCursor: false });
    if (!stopped && waiting !== undefined) spinner.start(waiting);
  });
  loaded.catch((error: unknown) => stream.write(`${String(error)}\n`));
  return {
    show(text) {
      stopped = false;
      waiting = cut(printable(text), (stream.columns ?? 80) - 4);
      if (spinner === undefined) return;
      spinner.text = waiting;
      if (!spinner.isSpinning) spinner.start();
    },
    print(text) {
      const wasSpinning = spinner?.isSpinning === true;
      spinner?.stop();
      stream.write(`${fitText(printable(text), terminalColumns(stream))}\n`);
      if (wasSpinning) spinner?.start();
    },
    stop() {
      stopped = true;
      spinner?.stop();
    },
  };
}

function cut(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let shown = '';
  for (const character of text) {
    if (textWidth(shown + character) >= columns) break;
    shown += character;
  }
  return `${shown}…`;
}
