/**
 * What `pack` puts at the top of a medium besides bundles: launcher, POMMGR.txt and verify.sh with their signed list, and
 * the statements by which old signing keys vouch for new ones.
 */
import { dirname, join } from 'node:path';
import { makeDirectoryAt, removeTemporariesAt, writeIfChangedAt } from '../../core/adapters/writes-at.ts';
import { below, topPlace } from '../../core/domain/place.ts';
import { toolPlace } from '../adapters/medium-tool.ts';
import { copyRotations } from '../adapters/medium-writer.ts';
import { renewSignedRoot } from '../../trust/adapters/signed-directory-writer.ts';
import { digestsOf } from '../../trust/adapters/signed-files.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { readTemplate } from '../../core/adapters/templates.ts';
import { launcherName, mediumTextName } from '../domain/medium-layout.ts';
import { rotationsDirectoryName } from '../../trust/domain/rotation.ts';
import { verifyScriptName } from '../domain/medium-tool.ts';
import type { Context } from '../../core/domain/progress.ts';
import { writeRuntime, type RuntimePlan } from './write-runtime.ts';

export interface TopOptions {
  media: string;
  keys: readonly SigningKey[];
  /** Paths of the private keys; rotation statements lie beside them. */
  keyFiles: readonly string[];
  runtime: RuntimePlan;
  context: Context;
}

/** All that a medium carries beside its bundles. What is there already and the same is not written again. */
export async function writeTop(options: TopOptions): Promise<void> {
  await writeTool(options);
  await writeRuntime(options.runtime, options);
}

/** By name, from the medium's top on: the same for every medium. */
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

async function writeTool({ media, keys, keyFiles }: TopOptions): Promise<void> {
  const files = await readToolFiles();
  const top = topPlace(media);
  const place = toolPlace(media);
  await makeDirectoryAt(place.directory);
  await removeTemporariesAt(top, (name) => files.has(name));
  await removeTemporariesAt(place.directory, () => true);
  for (const [name, data] of files) await writeIfChangedAt(below(top, name), data);
  await renewSignedRoot(place, digestsOf(files), keys);
  for (const beside of new Set(keyFiles.map((path) => dirname(path)))) {
    await copyRotations(join(beside, rotationsDirectoryName), media);
  }
}
