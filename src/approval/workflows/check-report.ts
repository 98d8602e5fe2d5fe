/** Checks the report of a bundle on a medium: signed for it, whole, and every byte as it was signed. */
import { openHasherPool } from '../../core/adapters/hashing.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { SignedDirectory } from '../../trust/adapters/signed-directory.ts';
import { checkSignedFiles } from '../../trust/adapters/signed-files.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { openReport } from '../adapters/medium-approvals.ts';

/** Returns undefined where there is none. @throws PommgrError `trust.*` and `integrity.*` */
export async function checkReport(
  place: { media: string; bundle: string },
  { trusted, context }: { trusted: TrustedKeys; context: Context },
): Promise<SignedDirectory | undefined> {
  const signed = await openReport(place, trusted);
  if (signed === undefined) return undefined;
  const hashers = openHasherPool(1);
  try {
    await checkSignedFiles(signed, { hashers, signal: context.signal });
  } finally {
    await hashers.close();
  }
  return signed;
}
