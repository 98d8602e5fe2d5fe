/**
 * Adds second signatures to what a medium carries beside its bundles, where this machine would write exactly the same:
 * a host that requires two keys requires them there as well.
 */
import { pathOf } from '../../core/domain/place.ts';
import { listRuntimes, runtimeDirectory, toolPlace } from '../../medium/adapters/medium-tool.ts';
import { kindAt } from '../../core/adapters/files-at.ts';
import { findRuntimePayload } from '../../medium/adapters/runtime-payload.ts';
import { missingOfRoot, renewSignedRoot } from '../../trust/adapters/signed-directory-writer.ts';
import { digestsOf } from '../../trust/adapters/signed-files.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { runtimeDirectoryName, toolDirectoryName } from '../../medium/domain/medium-layout.ts';
import type { Context } from '../../core/domain/progress.ts';
import { chooseRuntime, planRuntime, writeRuntime } from '../../medium/workflows/write-runtime.ts';
import { coSignSubscriptions } from '../../subscription/workflows/co-sign-subscriptions.ts';
import { readToolFiles } from '../../medium/workflows/write-tool.ts';

export interface CoSignTopOptions {
  media: string;
  keys: readonly SigningKey[];
  /** Where the machine's trusted keys are. */
  root: string | undefined;
  dryRun: boolean;
  context: Context;
}

/**
 * Returns the names, relative to the medium's top, of what got a signature or would get one; warns about each that does
 * not.
 */
export async function coSignTop(options: CoSignTopOptions): Promise<string[]> {
  return [
    ...(await coSignTool(options)),
    ...(await coSignRuntimes(options)),
    ...(await coSignSubscriptions(options)),
  ];
}

async function coSignTool({ media, keys, dryRun, context }: CoSignTopOptions): Promise<string[]> {
  const place = toolPlace(media);
  if ((await kindAt(place.directory)) === undefined) return [];
  const digests = digestsOf(await readToolFiles());
  const missing = await missingOfRoot(place, digests, keys);
  if (missing === 'root') return passOver(pathOf(place.directory), context);
  if (missing.length === 0) return [];
  if (!dryRun) await renewSignedRoot(place, digests, keys);
  return [toolDirectoryName];
}

async function coSignRuntimes({ media, keys, dryRun, context }: CoSignTopOptions): Promise<string[]> {
  const versions = await listRuntimes(media);
  const payload = versions.length === 0 ? undefined : await findRuntimePayload();
  if (payload === undefined || !versions.includes(payload.version)) {
    for (const version of versions) passOver(runtimeDirectory(media, version), context);
    return [];
  }
  const plan = await planRuntime(await chooseRuntime(true, context), { media, keys, context });
  const { outcome } = plan.report;
  if (outcome === 'written') return passOver(runtimeDirectory(media, payload.version), context);
  if (outcome !== 'signed') return [];
  if (!dryRun) await writeRuntime(plan, { media, keys, context });
  return [`${runtimeDirectoryName}/${payload.version}`];
}

function passOver(directory: string, context: Context): string[] {
  context.progress.warn(
    `${directory} is not what this pommgr writes and gets no signature: hosts that ask for two keys refuse the medium for it.`,
  );
  return [];
}
