/**
 * Runs POM's own garbage collection, and works around its defect: it deletes the directory of a mirror without
 * snapshots, and every later command on that mirror fails until the directory exists again.
 */
import { join } from 'node:path';
import { redactSecrets } from '../../core/domain/redaction.ts';
import { listDirectory, makeDirectory } from '../../core/adapters/atomic-files.ts';
import type { Pom } from './pom.ts';
import { pomIdleSeconds } from './pom-run.ts';
import { run } from '../../core/adapters/process.ts';

/**
 * Frees the pool of `baseDir`, which all its mirrors share; `mirrors` are those that POM has there, at least one.
 * @throws PommgrError `tool.failed`; the mirrors' directories are there all the same.
 */
export async function collectWithPom(
  pom: Pick<Pom, 'path' | 'configFile'>,
  { baseDir, mirrors, signal }: { baseDir: string; mirrors: readonly string[]; signal: AbortSignal },
): Promise<void> {
  const [first = ''] = mirrors;
  const chosen = (await firstWithSnapshots(baseDir, mirrors)) ?? first;
  async function haveDirectories(): Promise<void> {
    for (const mirror of mirrors) await makeDirectory(join(baseDir, mirror));
  }
  await haveDirectories();
  try {
    const args = ['mirror', 'gc', chosen, '--config', pom.configFile];
    await run(pom.path, args, { redact: redactSecrets, signal, idleSeconds: pomIdleSeconds });
  } finally {
    await haveDirectories();
  }
}

/** POM keeps the directory of a mirror that has snapshots. */
async function firstWithSnapshots(baseDir: string, mirrors: readonly string[]): Promise<string | undefined> {
  for (const mirror of mirrors) {
    if ((await listDirectory(join(baseDir, mirror))).length > 0) return mirror;
  }
  return undefined;
}
