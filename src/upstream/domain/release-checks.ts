/** What a Release file must say to be the one that a mirror asked for, now (apt-secure(8)). */
import { PommgrError } from '../../core/domain/errors.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import type { ReleaseFile } from './release-file.ts';

/** apt's own tolerance for a Date in the future. */
const toleratedSeconds = 10;

/** @throws PommgrError `trust.suite`, `trust.not-yet-valid` or `trust.expired`. */
export function checkRelease(mirror: Mirror, release: ReleaseFile, now: Date): void {
  if (mirror.suite !== release.suite && mirror.suite !== release.codename) {
    throw new PommgrError(
      'trust.suite',
      `Mirror ${mirror.id}: the signed Release file is for suite "${release.suite}" (codename "${release.codename}"), expected "${mirror.suite}".`,
      {
        hints: [
          'Correct suite or uri of this mirror. If both are right, the server hands out another suite: do not use it.',
        ],
        details: { mirror: mirror.id, expected: mirror.suite, found: release.codename },
      },
    );
  }
  if (Date.parse(release.date) > now.getTime() + toleratedSeconds * 1000) {
    throw new PommgrError(
      'trust.not-yet-valid',
      `Mirror ${mirror.id}: the Release file is dated ${release.date}, and this machine's clock says ${now.toISOString()}.`,
      {
        hints: ['Set the clock of this machine, then run the same command again.'],
        details: { mirror: mirror.id },
      },
    );
  }
  if (
    mirror.checkValidUntil &&
    release.validUntil !== undefined &&
    Date.parse(release.validUntil) < now.getTime()
  ) {
    throw new PommgrError(
      'trust.expired',
      `Mirror ${mirror.id}: the Release file was valid until ${release.validUntil}; upstream or a proxy hands out an old one.`,
      {
        hints: [
          'Try again later or with another server. For an archive of old releases set checkValidUntil: false on this mirror.',
        ],
        details: { mirror: mirror.id, validUntil: release.validUntil },
      },
    );
  }
}
