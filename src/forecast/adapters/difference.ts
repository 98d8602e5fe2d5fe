/** Shows the difference between a host's configuration file and the one in a package, as diff(1) does. */
import { lstat } from 'node:fs/promises';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { run } from '../../core/adapters/process.ts';
import { redactSecrets } from '../../core/domain/redaction.ts';
import type { HostConffile } from '../domain/host-view.ts';

const maxFileBytes = 512 * 1024;
const mostLines = 200;

/** Returns null where one side is absent, too large or not text. */
export async function showDifference(
  path: string,
  { place, found }: HostConffile,
  shipped: Buffer | null,
): Promise<string | null> {
  if (place === null || shipped === null || found.kind !== 'file' || !isText(shipped)) return null;
  if ((await lstat(place)).size > maxFileBytes || !isText(await readPlainFile(place))) return null;
  const labels = ['--label', `${path} (host)`, '--label', `${path} (package)`];
  // Exit code 1: the files differ.
  const { stdout } = await run('diff', ['-u', ...labels, '--', place, '-'], {
    input: shipped,
    accept: [0, 1],
  });
  const lines = stdout.trimEnd().split('\n');
  const more = lines.length - mostLines;
  const shown = more > 0 ? [...lines.slice(0, mostLines), `[${more} more lines]`] : lines;
  return redactSecrets(shown.join('\n'));
}

function isText(bytes: Buffer): boolean {
  return !bytes.includes(0);
}
