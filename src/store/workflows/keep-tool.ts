/** Copies launcher and runtime of a medium into the store, so that `serve` can offer them to bare hosts. */
import { openTool, listRuntimes, openRuntime } from '../../medium/adapters/medium-tool.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { isKept, keepsTool, keepTool as copyTool } from '../adapters/kept-tool.ts';
import type { Store } from '../adapters/store.ts';
import { newestRuntime } from '../domain/kept-tool.ts';

interface Keeping {
  store: Store;
  trusted: TrustedKeys;
  context: Context;
}

/**
 * Keeps the newest runtime of the medium, and what vouches for it. What is kept already is not copied again.
 * @throws PommgrError `integrity.missing` where the medium has no tool or no runtime; `trust.*`, `integrity.*`.
 */
export async function keepTool(media: string, { store, trusted, context }: Keeping): Promise<void> {
  const tool = await openTool(media, trusted);
  const version = newestRuntime(await listRuntimes(media));
  if (tool === undefined || version === undefined) throw nothingToKeep(media);
  const runtime = await openRuntime({ media, version }, trusted);
  if (await isKept(store, { tool, runtime })) return;
  context.progress.step(`Copying the runtime ${version} into the store`);
  await copyTool(store, { tool, runtime, version }, context.signal);
}

/** Updates the kept tool after an import. A failure is only a warning, because apt has its baseline. */
export async function renewKeptTool(media: string, keeping: Keeping): Promise<void> {
  if (!(await keepsTool(keeping.store))) return;
  try {
    if ((await openTool(media, keeping.trusted)) === undefined) return;
    if ((await listRuntimes(media)).length > 0) await keepTool(media, keeping);
  } catch (error) {
    if (!(error instanceof PommgrError) || error.family === 'interrupted') throw error;
    keeping.context.progress.warn(
      `The runtime that "pommgr serve" offers could not be renewed: ${error.message}`,
    );
  }
}

function nothingToKeep(media: string): PommgrError {
  return new PommgrError('integrity.missing', `There is no launcher with a runtime on ${media}.`, {
    hints: ['"pommgr pack" on the online side writes both, unless it is told --no-runtime.'],
    details: { media },
  });
}
