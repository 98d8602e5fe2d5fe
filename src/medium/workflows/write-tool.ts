/**
 * Writes what `pack` puts at the top of a medium besides bundles: launcher, POMMGR.txt and verify.sh with their
 * manifest, and the statements by which old signing keys vouch for new ones.
 */
import { dirname, join } from 'node:path';
import { kindAt, namesAt } from '../../core/adapters/files-at.ts';
import {
  makeDirectoryAt,
  removeAt,
  removeTemporariesAt,
  writeIfChangedAt,
} from '../../core/adapters/writes-at.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { below, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import { purposeFileName } from '../../core/domain/purpose.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { isDesktopFile } from '../../trust/domain/listing.ts';
import { isRootSignatureName } from '../../trust/domain/signing-key.ts';
import { toolPlace } from '../adapters/medium-tool.ts';
import { copyRotations } from '../adapters/medium-writer.ts';
import { renewSignedRoot } from '../../trust/adapters/signed-directory-writer.ts';
import { digestsOf } from '../../trust/adapters/signed-files.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { readTemplate } from '../../core/adapters/templates.ts';
import { launcherName, mediumTextName, toolDirectoryName } from '../domain/medium-layout.ts';
import { rotationsDirectoryName } from '../../trust/domain/rotation.ts';
import { verifyScriptName } from '../domain/medium-tool.ts';
import type { Context } from '../../core/domain/progress.ts';
import { writeRuntime, type RuntimePlan } from './write-runtime.ts';

export interface TopOptions {
  media: string;
  keys: readonly SigningKey[];
  /** Paths of the private keys; rotation statements are beside them. */
  keyFiles: readonly string[];
  runtime: RuntimePlan;
  context: Context;
}

/** Writes everything that a medium carries beside its bundles. Existing identical files are not written again. */
export async function writeTop(options: TopOptions): Promise<void> {
  await writeTool(options);
  await writeRuntime(options.runtime, options);
}

/** Returns files by name, relative to the medium's top: the same for every medium. */
export async function readToolFiles(): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const [name, template] of [
    [launcherName, 'launcher.sh'],
    [mediumTextName, mediumTextName],
    [verifyScriptName, 'verify.sh'],
  ] as const) {
    files.set(name, Buffer.from(await readTemplate(template)));
  }
  return files;
}

async function writeTool({ media, keys, keyFiles, context }: TopOptions): Promise<void> {
  const files = await readToolFiles();
  const top = topPlace(media);
  const place = toolPlace(media);
  await makeDirectoryAt(place.directory);
  await removeTemporariesAt(top, (name) => files.has(name));
  await removeTemporariesAt(place.directory, () => true);
  await clearTool(place.directory, context);
  for (const [name, data] of files) await writeIfChangedAt(below(top, name), data);
  await renewSignedRoot(place, digestsOf(files), keys);
  for (const beside of new Set(keyFiles.map((path) => dirname(path)))) {
    await copyRotations(join(beside, rotationsDirectoryName), media);
  }
}

/**
 * Removes from `tool/` what hosts would refuse: leftovers of desktop systems, and one of our names in another case,
 * which is written again. Anything else may be the user's.
 * @throws PommgrError `integrity.extra`
 */
async function clearTool(directory: Place, { progress }: Context): Promise<void> {
  const own = [verifyScriptName, purposeFileName, rootFileName].map((name) => name.replace(/.*\//, ''));
  for (const name of await namesAt(directory)) {
    if (own.includes(name) || isRootSignatureName(name)) continue;
    const place = below(directory, name);
    if (own.some((file) => file.toLowerCase() === name.toLowerCase())) {
      await removeAt(place);
    } else if (isDesktopFile(name) && (await kindAt(place)) === 'file') {
      await removeAt(place);
      progress.warn(`Removed ${pathOf(place)}: hosts refuse a medium with more in it than was signed.`);
    } else {
      throw new PommgrError(
        'integrity.extra',
        `${pathOf(place)} does not belong there: ${toolDirectoryName}/ is for pommgr's own files.`,
        {
          hints: ['Hosts would refuse the medium. Move it elsewhere, and run the same command again.'],
          details: { file: pathOf(place) },
        },
      );
    }
  }
}
