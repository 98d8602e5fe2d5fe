/**
 * Verifies the signed Release of a snapshot that POM made: every existing form is verified, and all must say the same.
 */
import { join } from 'node:path';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { readKeyring } from '../../upstream/adapters/openpgp.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import { suiteDirectory } from '../../config/domain/suite-layout.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';
import {
  maxReleaseBytes,
  verifySignedRelease,
  type SignedRelease,
} from '../../upstream/workflows/verify-releases.ts';

/** @throws PommgrError `trust.*`, `integrity.missing`, `integrity.release` where the forms differ. */
export async function readBackRelease(
  mirror: Mirror,
  directory: string,
  now: Date,
): Promise<VerifiedRelease> {
  const keyring = await readKeyring(mirror.keyring);
  const verified: VerifiedRelease[] = [];
  for (const signed of await signedForms(mirror, directory)) {
    verified.push(await verifySignedRelease(mirror, signed, { keyring, now }));
  }
  const [first, second] = verified;
  if (first === undefined) {
    throw new PommgrError(
      'integrity.missing',
      `${join(directory, suiteDirectory(mirror.suite))} has neither InRelease nor Release with Release.gpg.`,
      { hints: ['Run the same command again.'], details: { directory } },
    );
  }
  if (second === undefined || contentOf(first) === contentOf(second)) return first;
  throw new PommgrError(
    'integrity.release',
    `${directory}: InRelease (${first.release.date}) and Release (${second.release.date}) do not say the same.`,
    {
      hints: ['Upstream changed while they were fetched. Run the same command again.'],
      details: { directory },
    },
  );
}

/** The inline form first, as apt takes it. */
async function signedForms(mirror: Mirror, directory: string): Promise<SignedRelease[]> {
  const inline = await readSigned(mirror, directory, 'InRelease');
  const release = await readSigned(mirror, directory, 'Release');
  const signature = await readSigned(mirror, directory, 'Release.gpg');
  return [
    ...(inline === undefined ? [] : [{ form: 'inline' as const, release: inline }]),
    ...(release === undefined || signature === undefined
      ? []
      : [{ form: 'detached' as const, release, signature }]),
  ];
}

async function readSigned(mirror: Mirror, directory: string, name: string) {
  const path = `${suiteDirectory(mirror.suite)}${name}`;
  const file = join(directory, path);
  try {
    return { path, uri: file, data: await readPlainFile(file, maxReleaseBytes) };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function contentOf({ release }: VerifiedRelease): string {
  return canonicalJson({ ...release, files: Object.fromEntries(release.files) });
}
