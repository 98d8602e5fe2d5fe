/** Removes bundles from a medium after POM has synced it, if their snapshots are gone. */
import { bundlePlace } from '../../medium/adapters/bundle-root.ts';
import { findOwnPart } from './existing-bundle.ts';
import { removeAt } from '../../core/adapters/writes-at.ts';
import { below } from '../../core/domain/place.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';

/** Removes only what our own keys signed, the manifest first: without it a directory is not a bundle. */
export async function removeGoneBundles(
  media: string,
  { keys, kept, context }: { keys: readonly SigningKey[]; kept: string; context: Context },
): Promise<void> {
  for (const name of (await listMedium(media)).bundles) {
    if (name === kept || !(await isGone(name, { media, keys }))) continue;
    const place = bundlePlace(media, name);
    await removeAt(below(place, rootFileName));
    await removeAt(place);
    context.progress.note(`Removed ${name} from the medium: its snapshots are not there any more.`);
  }
}

/** Bundles that another key or nobody signed are left to "pommgr verify". */
async function isGone(name: string, on: { media: string; keys: readonly SigningKey[] }): Promise<boolean> {
  try {
    await findOwnPart(name, on);
    return false;
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'refused.exists') throw error;
    return error.cause instanceof PommgrError && error.cause.code === 'integrity.gone';
  }
}
