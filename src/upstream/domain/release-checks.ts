/** Checks whether a Release file is the one that a mirror asked for, now (apt-secure(8)). */
import { baseCodename } from '../../config/domain/default-target.ts';
import { codenames } from '../../config/domain/known-releases.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { ReleaseFile } from './release-file.ts';

/** apt's own tolerance for a Date in the future. */
const toleratedSeconds = 10;

/**
 * Returns apt's warnings in words; apt continues, and so does pommgr.
 * @throws PommgrError `trust.suite`, `trust.not-yet-valid` or `trust.expired`.
 */
export function checkRelease(mirror: Mirror, release: ReleaseFile, now: Date): string[] {
  const warnings: string[] = [];
  if (!isForSuite(mirror.suite, release)) {
    if (isOtherDebianRelease(mirror.suite, release)) throw otherSuite(mirror, release);
    warnings.push(
      `Mirror ${mirror.id}: the signed Release file is for ${namesOf(release)}, expected "${mirror.suite}". apt only warns of this ("Conflicting distribution").`,
    );
  }
  if (release.date === null) {
    warnings.push(
      `Mirror ${mirror.id}: the Release file has no Date that apt can read, so an old one cannot be told from a new one. apt only warns of this ("Invalid 'Date' entry").`,
    );
  } else if (Date.parse(release.date) > now.getTime() + toleratedSeconds * 1000) {
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
  return warnings;
}

/**
 * This is apt's own comparison (metaIndex::CheckDist): the suite, or the part before its last slash, must be one of the
 * names.
 */
function isForSuite(suite: string, { suite: name, codename }: ReleaseFile): boolean {
  const names = [name, codename];
  if (names.includes(suite)) return true;
  const slash = suite.lastIndexOf('/');
  const above = slash === -1 ? suite : suite.slice(0, slash);
  return above === '' || above === '.' || names.includes(above);
}

/**
 * Detects another suite of Debian or Proxmox than the requested one: a replayed one, where the server is not at fault.
 */
function isOtherDebianRelease(suite: string, { origin, codename }: ReleaseFile): boolean {
  const known: readonly string[] = codenames;
  if (!/^(?:Debian|Proxmox)\b/.test(origin) || !known.includes(baseCodename(suite))) return false;
  return !suite.includes('/') || baseCodename(suite) !== baseCodename(codename);
}

function otherSuite(mirror: Mirror, release: ReleaseFile): PommgrError {
  return new PommgrError(
    'trust.suite',
    `Mirror ${mirror.id}: the signed Release file is for ${namesOf(release)}, expected "${mirror.suite}".`,
    {
      hints: [
        'Correct suite or uri of this mirror. If both are right, the server hands out another release of Debian: do not use it.',
      ],
      details: { mirror: mirror.id, expected: mirror.suite, found: release.codename },
    },
  );
}

function namesOf({ suite, codename }: ReleaseFile): string {
  if (suite === '' && codename === '') return 'no suite by name';
  return `suite "${suite}" (codename "${codename}")`;
}
