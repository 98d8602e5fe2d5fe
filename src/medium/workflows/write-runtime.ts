/**
 * Writes the runtime that `pack` puts on a medium: Node.js and pommgr in one file, for hosts that have neither.
 * Invariant: no bundle depends on it; runtimes of other versions stay, and a complete one with our signature is left
 * alone.
 */
import { kindAt, namesAt } from '../../core/adapters/files-at.ts';
import { makeDirectoryAt, removeAt } from '../../core/adapters/writes-at.ts';
import { below, parentOf, topPlace } from '../../core/domain/place.ts';
import { join } from 'node:path';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { openRuntime, runtimeDirectory, runtimePlace } from '../adapters/medium-tool.ts';
import { findRuntimePayload, type RuntimePayload } from '../adapters/runtime-payload.ts';
import { missingOfRoot, renewSignedRoot } from '../../trust/adapters/signed-directory-writer.ts';
import {
  copySignedDirectory,
  digestFile,
  digestsOf,
  holdsExactly,
  type SignedContent,
} from '../../trust/adapters/signed-files.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { runtimeDirectoryName } from '../domain/medium-layout.ts';
import { isPackageName, isRuntimeVersion, platformsOf, type RuntimeReport } from '../domain/medium-tool.ts';
import type { Context } from '../../core/domain/progress.ts';

/** What may be written to media: the files of this pommgr's own runtime, or why there are none. */
type RuntimeChoice =
  | { version: string; files: ReadonlyMap<string, SignedContent>; sizeBytes: number }
  | 'left-out'
  | 'missing';

/** Number of its directories, manifest and signatures. */
const runtimeExtraFiles = 16;

/** What happens to the runtime on one medium. */
export interface RuntimePlan {
  report: RuntimeReport;
  choice: RuntimeChoice;
}

interface RuntimeTarget {
  media: string;
  keys: readonly SigningKey[];
  context: Context;
}

/** Finds and reads this pommgr's runtime, where it is wanted. */
export async function chooseRuntime(isWanted: boolean, context: Context): Promise<RuntimeChoice> {
  return isWanted ? await readPayload(await findRuntimePayload(), context) : 'left-out';
}

/** Reads a runtime; warns where there is none. */
export async function readPayload(
  payload: RuntimePayload | undefined,
  context: Context,
): Promise<RuntimeChoice> {
  if (payload === undefined) {
    context.progress.warn(
      'No runtime goes onto the medium: this pommgr has none beside it. Use the Debian package of pommgr, or run "npm run dist" in a checkout, or say --no-runtime.',
    );
    return 'missing';
  }
  const { version, directory, platforms, packages } = payload;
  const files = new Map<string, SignedContent>();
  const names = [
    ...platforms.flatMap((platform) => platform.files.map((file) => `${platform.name}/${file}`)),
    ...packages,
  ];
  if (!packages.some(isPackageName)) {
    context.progress.note(
      `pommgr's Debian package does not travel: there is no debian-<architecture>/pommgr.deb in ${directory}.`,
    );
  }
  const hashers = openHasherPool(2);
  let sizeBytes = 0;
  try {
    const readOne = async (name: string): Promise<void> => {
      const path = join(directory, name);
      const read = await digestFile(path, { hashers, signal: context.signal });
      files.set(name, { path, sha256: read.sha256 });
      sizeBytes += read.sizeBytes;
    };
    await Promise.all(names.map(readOne));
  } finally {
    await hashers.close();
  }
  return { version, files, sizeBytes };
}

/**
 * Changes nothing. Warns about runtimes on the medium that our keys did not sign: hosts may refuse it because of them.
 */
export async function planRuntime(choice: RuntimeChoice, target: RuntimeTarget): Promise<RuntimePlan> {
  await warnOfOthers(target, typeof choice === 'string' ? undefined : choice.version);
  if (typeof choice === 'string') {
    return { choice, report: { outcome: choice, version: null, platforms: [], sizeBytes: 0 } };
  }
  const about = { version: choice.version, platforms: platformsOf(choice.files.keys()) };
  const outcome = await plannedOutcome(choice, target);
  return { choice, report: { ...about, outcome, sizeBytes: outcome === 'written' ? choice.sizeBytes : 0 } };
}

async function plannedOutcome(
  { version, files }: Exclude<RuntimeChoice, string>,
  { media, keys, context }: RuntimeTarget,
): Promise<'written' | 'signed' | 'unchanged'> {
  const place = runtimePlace(media, version);
  const hashers = openHasherPool(1);
  try {
    const digests = digestsOf(files);
    const reading = { hashers, signal: context.signal };
    const isThere = (await kindAt(place.directory)) === 'directory';
    const isWhole = isThere && (await holdsExactly(place.directory, digests, reading));
    const missing = isWhole ? await missingOfRoot(place, digests, keys) : 'root';
    if (missing === 'root') return 'written';
    return missing.length === 0 ? 'unchanged' : 'signed';
  } finally {
    await hashers.close();
  }
}

/** Returns the maximum that will be written of it. */
export function runtimeSpace({ report, choice }: RuntimePlan): { files: number; sizeBytes: number } {
  if (typeof choice === 'string' || report.outcome !== 'written') return { files: 0, sizeBytes: 0 };
  return { files: choice.files.size + runtimeExtraFiles, sizeBytes: report.sizeBytes };
}

/** Carries out the plan. @throws PommgrError `integrity.digest` for a file that was changed meanwhile. */
export async function writeRuntime(
  { choice, report: { outcome } }: RuntimePlan,
  { media, keys, context }: RuntimeTarget,
): Promise<void> {
  await removeUnfinished(media);
  if (typeof choice === 'string') return;
  const { version, files } = choice;
  const place = runtimePlace(media, version);
  if (outcome === 'signed') await renewSignedRoot(place, digestsOf(files), keys);
  if (outcome !== 'written') return;
  context.progress.step(`Copying the runtime ${version}`);
  await makeDirectoryAt(parentOf(place.directory));
  const hashers = openHasherPool(1);
  try {
    await copySignedDirectory(place, files, { keys, hashers, signal: context.signal });
  } finally {
    await hashers.close();
  }
}

/** Removes what killed runs left, of any version. */
async function removeUnfinished(media: string): Promise<void> {
  const directory = below(topPlace(media), runtimeDirectoryName);
  for (const name of await namesAt(directory)) {
    const version = /^\.(.*)\.tmp$/.exec(name)?.[1];
    if (version !== undefined && isRuntimeVersion(version)) await removeAt(below(directory, name));
  }
}

async function warnOfOthers(
  { media, keys, context }: RuntimeTarget,
  ours: string | undefined,
): Promise<void> {
  const own = keys.map(({ publicKey }) => ({ ...publicKey, file: '' }));
  const trusted = { directory: '', keys: own, distrusted: [], threshold: 1 };
  const names = await namesAt(below(topPlace(media), runtimeDirectoryName));
  for (const version of names.filter(isRuntimeVersion)) {
    if (version === ours) continue;
    try {
      await openRuntime({ media, version }, trusted);
    } catch (error) {
      if (!(error instanceof PommgrError)) throw error;
      context.progress.warn(
        `${error.message} Hosts may refuse the medium: remove ${runtimeDirectory(media, version)} unless they trust who signed it.`,
      );
    }
  }
}
