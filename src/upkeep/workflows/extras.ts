/**
 * Implements `pommgr extras`: lists extras of a medium or a store, and extracts one of them. Invariant: a file gets its
 * name only when its bytes matched as they were written, and it is never executable.
 */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { entryExists } from '../../core/adapters/atomic-files.ts';
import { openGrowingFile } from '../../core/adapters/growing-file.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { checkIncoming } from '../../core/adapters/incoming-object.ts';
import { findVolumeObject, readObject, type FoundObject } from '../../medium/adapters/volume-object.ts';
import { openAt } from '../../core/adapters/files-at.ts';
import { below, pathOf } from '../../core/domain/place.ts';
import { storedExtraPath } from '../../store/adapters/stored-extras.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import {
  chooseExtra,
  gatherExtras,
  type ExtractReport,
  type ExtrasReport,
} from '../../bundle/domain/extras-report.ts';
import type { Extra } from '../../config/domain/extras.ts';
import type { Context } from '../../core/domain/progress.ts';
import { findExtras, type ExtrasOptions, type ExtrasPlace } from './find-extras.ts';

export interface ExtractOptions extends ExtrasOptions {
  name: string;
  /** Bundle of the medium, or baseline of the store. Needed where they have different ones of that name. */
  from?: string | undefined;
  output: string;
  /** Replaces a file that is there. */
  force: boolean;
}

/** @throws PommgrError as `findExtras`. */
export async function listExtras(options: ExtrasOptions): Promise<ExtrasReport> {
  const { media, store, places } = await findExtras(options);
  return { media, store, extras: gatherExtras(places) };
}

/**
 * @throws PommgrError as `findExtras` and `chooseExtra`; `refused.exists`; `integrity.*` for one that was changed, of
 *   which nothing stays then.
 */
export async function extractExtra(options: ExtractOptions): Promise<ExtractReport> {
  const { name, from, force, context } = options;
  const file = resolve(options.output);
  const { media, store, places } = await findExtras(options);
  const { in: holders, ...extra } = chooseExtra(gatherExtras(places), {
    ...{ name, from },
    where: media ?? store ?? '',
  });
  const holder = from ?? holders[0];
  const place = places.find((one) => one.place === holder);
  if (place === undefined) throw new Error(`${holder} is gone`);
  if (!force && (await entryExists(file))) throw exists(file);
  await copyOut(await openExtra(extra, place), { extra, file, context });
  return { extra, from: holder, file };
}

async function openExtra(extra: Extra, { place, directory, volumes }: ExtrasPlace): Promise<FoundObject> {
  if (volumes === undefined) {
    const stored = below(directory, storedExtraPath(extra.sha256));
    return { ...(await openAt(stored)), path: pathOf(stored), positionBytes: 0 };
  }
  const found = await findVolumeObject(directory, volumes, extra.sha256);
  if (found !== undefined) return found;
  throw new PommgrError(
    'integrity.missing',
    `The extra ${extra.name} of ${place} is in none of its volumes in ${pathOf(directory)}.`,
    {
      hints: [
        'A delta leaves it to its base where that has the same file: take it from the store with --store.',
      ],
      details: { name: extra.name, directory: pathOf(directory) },
    },
  );
}

async function copyOut(
  found: FoundObject,
  { extra, file, context }: { extra: Extra; file: string; context: Context },
): Promise<void> {
  const meter = context.progress.meter(`Extracting ${extra.name}`, { files: 1, sizeBytes: extra.sizeBytes });
  const hashers = openHasherPool(1);
  try {
    const output = await openGrowingFile(file);
    try {
      const incoming = { ...extra, chunks: readObject(found), where: `${found.path}: ${extra.name}` };
      await checkIncoming(incoming, hashers, async (chunk) => {
        context.signal.throwIfAborted();
        await output.write(chunk);
        meter.add(chunk.length);
      });
    } catch (error) {
      await output.abandon();
      throw error;
    }
    await output.finish(file);
    await sync(file);
  } finally {
    meter.done();
    await hashers.close();
    await found.file.close();
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function exists(file: string): PommgrError {
  return new PommgrError('refused.exists', `${file} is there already.`, {
    hints: ['Give another name with -o, or --force to replace it.'],
    details: { file },
  });
}
