/** Runs the command that the arguments name; the one place for errors that arise before a command is known. */
import { flush, run } from '@oclif/core';
import { errorText } from './error-text.ts';
import { knownError } from './known-error.ts';

/** `url` is of a module in the package's directory. Sets the process's exit code, never throws. */
export async function main(argv: string[], url: string): Promise<void> {
  try {
    await run(withHelp(argv), url);
    await flush();
  } catch (error) {
    const known = knownError(error);
    process.exitCode = known.exitCode;
    const { code, message, hints, details } = known;
    if (argv.includes('--json')) {
      const failure = { schema: 'pommgr/usage/v1', error: { code, message, hints, details }, warnings: [] };
      process.stdout.write(`${JSON.stringify(failure, null, 2)}\n`);
    } else process.stderr.write(errorText(known));
  }
}

/** `pommgr help COMMAND` is `pommgr COMMAND --help`. */
function withHelp(argv: readonly string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
}
