/**
 * Holds what every command shares: the global flags, one JSON document on stdout, one place that turns errors into text
 * and exit codes. A command's `run` parses, calls one workflow, renders, and returns its result.
 */
import { once } from 'node:events';
import { Command, Flags } from '@oclif/core';
import { PommgrError } from '../domain/errors.ts';
import type { Context } from '../domain/progress.ts';
import { endingText, endsAtOnce, interruption, type EndSignal } from './interruption.ts';
import { knownError } from './known-error.ts';
import { withSuggestion } from './suggestion.ts';
import { errorText } from './error-text.ts';
import { printable } from '../domain/printable.ts';
import { fitText } from '../domain/text-width.ts';
import { terminalColumns } from './terminal-columns.ts';
import { ownCommand } from './own-command.ts';
import { createProgress, type ShownProgress } from './progress.ts';

const endSignals: readonly EndSignal[] = ['SIGINT', 'SIGTERM'];

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    quiet: Flags.boolean({ char: 'q', summary: 'Show no progress on stderr.', helpGroup: 'GLOBAL' }),
  };

  /** Names the document on stdout: `pommgr/<resultName>/v1`. */
  protected abstract readonly resultName: string;

  private readonly words = ownCommand(this.config.commandIDs);
  private progress: ShownProgress | undefined;
  private readonly abort = new AbortController();
  private received: EndSignal | undefined;
  private readonly onSignal = (signal: NodeJS.Signals): void => this.endBy(signal as EndSignal);

  protected override async init(): Promise<void> {
    await super.init();
    process.exitCode = 0;
    for (const signal of endSignals) {
      for (const early of process.listeners(signal)) {
        if (early.name === 'endEarly') process.off(signal, early);
      }
      process.on(signal, this.onSignal);
    }
  }

  /**
   * The first signal lets work that changes something reach a safe end; the second exits immediately, as kill -9 may.
   */
  private endBy(signal: EndSignal): void {
    const isFirst = this.received === undefined;
    this.received = signal;
    this.abort.abort();
    if (isFirst && !endsAtOnce(this.id ?? '')) {
      this.progress?.note(endingText);
      return;
    }
    this.showError(interruption(this.id ?? '', signal));
    process.exit();
  }

  /** Returns the context for the workflow; progress goes to stderr. */
  protected context(flags: { quiet: boolean }): Context {
    this.progress = createProgress(process.stderr, {
      quiet: flags.quiet,
      document: this.jsonEnabled(),
      words: this.words,
    });
    return { progress: this.progress, signal: this.abort.signal, now: () => new Date(), timestamp };
  }

  /** Sets exit code 1: the work was done and the answer is no. */
  protected answerNo(): void {
    process.exitCode = 1;
  }

  /** Prints text for people, in lines that fit the terminal; prints nothing with `--json`. */
  protected print(text: string): void {
    this.progress?.stop();
    this.log(fitText(this.words(printable(text.trimEnd())), terminalColumns()));
  }

  /** Prints a document unchanged: somebody may copy it from the terminal. */
  protected printDocument(text: string): void {
    this.progress?.stop();
    this.log(this.words(printable(text.trimEnd())));
  }

  /** Writes a document in parts, so that it is never in memory as a whole; writes nothing with `--json`. */
  protected async writeDocument(parts: Iterable<string>): Promise<void> {
    this.progress?.stop();
    if (this.jsonEnabled()) return;
    for (const part of parts) {
      if (!process.stdout.write(part)) await once(process.stdout, 'drain');
    }
  }

  protected override async catch(error: unknown): Promise<void> {
    const flags = Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags });
    const name = (this.id ?? '').replaceAll(':', ' ');
    const firstWord = this.argv.slice(0, 1).find((word) => !word.startsWith('-'));
    const usage = { name, flags, firstWord, example: this.firstExample(name) };
    const known = withSuggestion(knownError(error), usage);
    this.showError(this.received === undefined ? known : interruption(this.id ?? '', this.received, known));
    return Promise.resolve();
  }

  /** As the help shows it. */
  private firstExample(name: string): string | undefined {
    const [first] = this.ctor.examples ?? [];
    const template = typeof first === 'string' ? first : first?.command;
    return template?.replaceAll('<%= config.bin %>', 'pommgr').replaceAll('<%= command.id %>', name);
  }

  private showError(known: PommgrError): void {
    this.progress?.stop();
    process.exitCode = known.exitCode;
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(known));
    else process.stderr.write(`${this.clearLine()}${errorText(known, this.words)}`);
  }

  /** A terminal shows ^C at the cursor. */
  private clearLine(): string {
    return this.received !== undefined && process.stderr.isTTY ? '\r\u001b[K' : '';
  }

  protected override async finally(): Promise<void> {
    this.progress?.stop();
    for (const signal of endSignals) process.off(signal, this.onSignal);
    return Promise.resolve();
  }

  protected override toSuccessJson(result: unknown): unknown {
    return { schema: `pommgr/${this.resultName}/v1`, result, warnings: this.progress?.warnings ?? [] };
  }

  protected override toErrorJson(error: unknown): unknown {
    const { code, message, hints, details } = knownError(error);
    return {
      schema: `pommgr/${this.resultName}/v1`,
      error: { code, message: this.words(message), hints: hints.map(this.words), details },
      warnings: this.progress?.warnings ?? [],
    };
  }
}

/** Returns the time that is written into files (reproducible-builds.org, SOURCE_DATE_EPOCH). */
function timestamp(): Date {
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  if (epoch === undefined || epoch === '') return new Date();
  if (!/^\d{1,11}$/.test(epoch)) {
    throw new PommgrError(
      'usage.environment',
      `SOURCE_DATE_EPOCH must be whole seconds since 1970, found "${epoch}".`,
    );
  }
  return new Date(Number(epoch) * 1000);
}
