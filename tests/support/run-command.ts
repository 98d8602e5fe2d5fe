/** Runs a command of src/commands in this process, as oclif would, and keeps what it writes. */
import { fileURLToPath } from 'node:url';
import type { Command, Config } from '@oclif/core';

export interface CommandOutcome {
  stdout: string;
  stderr: string;
  exitCode: number;
}

type CommandClass = (new (argv: string[], config: Config) => Command) & Pick<typeof Command, 'run'>;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Never throws for a command that fails: the exit code says it. */
export async function runCommand(command: CommandClass, argv: readonly string[]): Promise<CommandOutcome> {
  const written = { stdout: '', stderr: '' };
  const restore = [capture(process.stdout, 'stdout', written), capture(process.stderr, 'stderr', written)];
  const before = { exitCode: process.exitCode, nodeEnv: process.env['NODE_ENV'] };
  // Under "test" oclif writes development warnings that no user sees.
  process.env['NODE_ENV'] = 'production';
  try {
    await command.run([...argv], { root });
    return { ...written, exitCode: Number(process.exitCode ?? 0) };
  } finally {
    for (const undo of restore) undo();
    process.exitCode = before.exitCode;
    process.env['NODE_ENV'] = before.nodeEnv;
  }
}

function capture(
  stream: NodeJS.WriteStream,
  name: 'stdout' | 'stderr',
  written: Record<'stdout' | 'stderr', string>,
): () => void {
  const original = stream.write;
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  };
  return () => {
    stream.write = original;
  };
}
