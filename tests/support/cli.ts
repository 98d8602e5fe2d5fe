/** Runs the built program, or another file and Node.js, as a user does: another process, its own environment. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const program = fileURLToPath(new URL('../../bin/pommgr.js', import.meta.url));

export interface CliOutcome {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Never throws for a command that fails. */
export async function pommgr(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; umask?: string; node?: string; file?: string } = {},
): Promise<CliOutcome> {
  const script = 'umask "$1"; shift; exec "$@"';
  const result = await execa(
    'sh',
    [
      ...['-c', script, 'sh', options.umask ?? '022'],
      ...[options.node ?? process.execPath, options.file ?? program, ...args],
    ],
    {
      reject: false,
      stdin: 'ignore',
      stripFinalNewline: false,
      env: { NO_COLOR: '1', NODE_ENV: 'production', ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    },
  );
  return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode ?? -1 };
}
