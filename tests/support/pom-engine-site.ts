/** An online side whose engine is POM: the stand-in, or the real one that POMMGR_TEST_POM names. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../../src/core/adapters/process.ts';
import { snapshot, type SnapshotResult } from '../../src/snapshot/workflows/snapshot.ts';
import { createOnlineSite, testContext, type OnlineSite } from './online.ts';
import { pomBinary } from './pom-site.ts';

export interface PomEngineOptions {
  /** Default: `pom`. */
  engine?: 'auto' | 'pom';
  /** Under `pom:`. */
  settings?: Record<string, unknown>;
  /** Lines at the top of the config. */
  lines?: readonly string[];
}

/** A config has its POM config beside it. */
export function pomConfigOf(configFile: string): string {
  return join(dirname(configFile), 'pom.cfg');
}

/** Makes POM the engine of a config. */
export async function usePom(configFile: string, options: PomEngineOptions = {}): Promise<void> {
  const text = await readFile(configFile, 'utf8');
  const settings = { binary: pomBinary, configFile: './pom.cfg', lockWaitSeconds: 1, ...options.settings };
  const lines = [
    `engine: ${options.engine ?? 'pom'}`,
    `pom: ${JSON.stringify(settings)}`,
    ...(options.lines ?? []),
  ];
  await writeFile(
    configFile,
    text.replace(/^engine: .*(?:\npom: .*)?$/m, () => lines.join('\n')),
  );
}

/** Replaces one line of a config. */
export async function editConfig(configFile: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(configFile, 'utf8');
  const edited = text.replace(from, () => to);
  if (edited === text) throw new Error(`${configFile} has no ${String(from)}`);
  await writeFile(configFile, edited);
}

/** A site as `createOnlineSite` makes it, with POM as its engine; `mirrorLines` go into the mirror's part. */
export async function createPomEngineSite(
  mirrorLines: readonly string[] = [],
  options: PomEngineOptions & { repository?: Parameters<typeof createOnlineSite>[1] } = {},
): Promise<OnlineSite> {
  const site = await createOnlineSite(mirrorLines, options.repository);
  await usePom(site.configFile, options);
  return site;
}

/** Runs POM itself on a config's POM config; gives its stdout. */
export async function pom(configFile: string, ...args: string[]): Promise<string> {
  return (await run(pomBinary, [...args, '--config', pomConfigOf(configFile)])).stdout;
}

/** `pommgr snapshot`; `context` keeps what it noted and warned of. */
export async function takeSnapshot(
  configFile: string,
  options: { force?: boolean; dryRun?: boolean; context?: ReturnType<typeof testContext> } = {},
): Promise<SnapshotResult> {
  const { force = false, dryRun = false, context = testContext() } = options;
  return await snapshot({ configFile, context, force, dryRun });
}
