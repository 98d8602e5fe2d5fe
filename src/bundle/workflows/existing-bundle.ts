/** Checks whether a medium already has the bundle of a plan, so that `pack` has nothing to do. */
import { hasBundle } from '../../medium/adapters/medium-writer.ts';
import { bundleDirectory } from '../../medium/adapters/bundle-root.ts';
import { openBundle, openBundlePart, type VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import type { Bundle } from '../../medium/domain/bundle.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { PackPlan } from './plan-pack.ts';
import { bundleDocument, volumeDocument } from './write-bundle.ts';

/**
 * Returns true when our own keys signed a bundle of that name with the same content: all but the creation time, and the
 * digests of its volumes, which follow from the rest.
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

/** Works like `isPackedAlready`; `expected` returns what bundle.json would be, made when the existing one was. */
export async function isThereAlready(
  name: string,
  { media, keys }: OwnMedium,
  expected: (found: Bundle) => Bundle,
): Promise<boolean> {
  if (!(await hasBundle(media, name))) return false;
  const { bundle: found } = await openOwn(name, media, keys);
  if (canonicalJson(expected(found)) === canonicalJson(found)) return true;
  throw otherBundle(
    bundleDirectory(media, name),
    'it holds another baseline, other extras or volumes of another size than this command would write.',
  );
}

/**
 * Returns the part of a bundle on a medium that our own keys signed; undefined where nothing has that name.
 * @throws PommgrError `refused.exists` when the name is taken by anything else.
 */
export async function findOwnPart(
  name: string,
  { media, keys }: OwnMedium,
): Promise<VerifiedBundle | undefined> {
  if (!(await hasBundle(media, name))) return undefined;
  return await openOwn(name, media, keys, openBundlePart);
}

async function openOwn(
  name: string,
  media: string,
  keys: readonly SigningKey[],
  open = openBundle,
): Promise<VerifiedBundle> {
  const own = keys.map(({ publicKey }) => ({ ...publicKey, file: '' }));
  try {
    return await open(media, name, { directory: '', keys: own, distrusted: [], threshold: 1 });
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    throw otherBundle(bundleDirectory(media, name), error.message, error);
  }
}

/** Returns the error for a bundle name that is taken. */
export function otherBundle(directory: string, why: string, cause?: PommgrError): PommgrError {
  return new PommgrError('refused.exists', `There is another bundle in ${directory}: ${why}`, {
    hints: [
      `Check it with "pommgr verify", then remove ${directory} if it is not needed, or use another medium.`,
    ],
    details: { directory },
    cause,
  });
}
