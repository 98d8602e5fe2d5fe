/** Formats host locks and drift for people. */
import type { DriftedPackage, HostDrift } from '../domain/host-drift.ts';
import { formatHostLock, type HostLock } from '../../apt/domain/host-lock.ts';
import { formatCount, formatFields, formatTable } from '../../core/ui/format.ts';

/** Returns the lock itself when it is written to no file, so that it can be redirected. */
export function hostLockDocument({ lock }: { lock: HostLock }): string {
  return formatHostLock(lock);
}

/** A lock that was written to `file`. */
export function hostLockText(
  {
    lock,
    signedBy,
    identity,
    sheets,
  }: {
    lock: HostLock;
    signedBy: string | null;
    identity: { file: string; paths: readonly string[] } | null;
    sheets: readonly string[];
  },
  file: string,
): string {
  return formatFields({
    Lock: file,
    ...(signedBy === null ? {} : { 'Signed by': signedBy }),
    Host: lock.hostName === '' ? '-' : lock.hostName,
    Products: lock.products.map(({ product, version }) => `${product} ${version}`).join(', ') || '-',
    'Server IDs': lock.serverIds.map(({ product, serverId }) => `${product} ${serverId}`).join(', ') || '-',
    Baseline: lock.baseline?.name ?? 'none',
    Packages: `${lock.packages.length}, ${lock.packages.filter(({ hold }) => hold).length} on hold`,
    ...(identity === null
      ? {}
      : { Identity: `${identity.file} (${formatCount(identity.paths.length, 'file')})` }),
    ...(sheets[0] === undefined ? {} : { 'Rebuild sheet': `${sheets[0]} (and ${sheets.length - 1} more)` }),
  });
}

export function hostDriftText(report: {
  against: { kind: string; name: string };
  packages: number;
  drift: HostDrift;
  same: boolean;
}): string {
  const { against, packages, drift, same } = report;
  const what = `${against.kind} ${against.name}`;
  const { behind, ahead, missing, extra, foreign } = drift;
  const rows = [
    ...rowsOf('behind', behind),
    ...rowsOf('ahead', ahead),
    ...rowsOf('missing', missing),
    ...rowsOf('extra', extra),
    ...rowsOf('foreign', foreign),
  ];
  if (rows.length === 0) return `No drift: ${formatCount(packages, 'package')}, all as in the ${what}.`;
  const counts = [
    `${behind.length} behind, ${ahead.length} ahead, ${missing.length} missing`,
    ...(against.kind === 'lock' ? [`${extra.length} extra`] : []),
    `${foreign.length} foreign`,
  ].join(', ');
  return [
    formatTable(['DRIFT', 'PACKAGE', 'INSTALLED', 'WANTED'], rows, { lead: ['DRIFT', 'PACKAGE'] }),
    '',
    `${formatCount(packages, 'package')} against the ${what}: ${counts}.`,
    ...(same ? ['No drift: what no baseline knows is left to whoever installed it.'] : []),
  ].join('\n');
}

function rowsOf(kind: string, packages: readonly DriftedPackage[]): string[][] {
  return packages.map(({ name, architecture, installed, wanted }) => [
    kind,
    `${name}:${architecture}`,
    installed ?? '-',
    wanted ?? '-',
  ]);
}
