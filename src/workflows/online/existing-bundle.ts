/** Whether a medium has the bundle of a plan already, so that `pack` has nothing to do. */
import { entryExists } from '../../adapters/atomic-files.ts';
import { bundleDirectory, openBundle } from '../../adapters/medium.ts';
import type { SigningKey } from '../../adapters/signing.ts';
import type { Bundle } from '../../domain/bundle.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { PommgrError } from '../../domain/errors.ts';
import type { PackPlan } from './plan-pack.ts';
import { bundleDocument, volumeDocument } from './write-bundle.ts';

/**
 * True when our own keys signed a bundle of that name that says what this one would: all but the time of its making,
 * and the digests of its volumes, which follow from the rest.
 * @throws PommgrError `refused.exists` when the name is taken by anything else.
 */
export async function isPackedAlready(plan: PackPlan, on: OwnMedium): Promise<boolean> {
  return await isThereAlready(plan.name, on, (found) => {
    const volumes = plan.volumes.map((volume, index) =>
      volumeDocument(volume, found.volumes[index]?.sha256 ?? ''),
    );
    return bundleDocument(plan, volumes, found.created);
  });
}

interface OwnMedium {
  media: string;
  keys: readonly SigningKey[];
}

/** As `isPackedAlready`; `expected` says what bundle.json would be, made when the found one was. */
export async function isThereAlready(
  name: string,
  { media, keys }: OwnMedium,
  expected: (found: Bundle) => Bundle,
): Promise<boolean> {
  const directory = bundleDirectory(media, name);
  if (!(await entryExists(directory))) return false;
  const found = await openOwn(name, media, keys);
  if (canonicalJson(expected(found)) === canonicalJson(found)) return true;
  throw exists(directory, 'it holds another baseline or other volumes than this command would write.');
}

async function openOwn(name: string, media: string, keys: readonly SigningKey[]) {
  const own = keys.map(({ publicKey }) => ({ ...publicKey, file: '' }));
  try {
    return (await openBundle(media, name, { directory: '', keys: own, distrusted: [] })).bundle;
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    throw exists(bundleDirectory(media, name), error.message, error);
  }
}

function exists(directory: string, why: string, cause?: PommgrError): PommgrError {
  return new PommgrError('refused.exists', `There is another bundle in ${directory}: ${why}`, {
    hints: [
      `Check it with "pommgr verify", then remove ${directory} if it is not needed, or use another medium.`,
    ],
    details: { directory },
    cause,
  });
}
