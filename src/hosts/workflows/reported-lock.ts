/** Finds the lock that a trusted host reported last, by the host's name or ID. */
import type { HostLock } from '../../apt/domain/host-lock.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { readKeyDirectory, trustedHostsDirectory } from '../../trust/adapters/trusted-keys.ts';
import { readReportedHosts } from '../adapters/reported-hosts.ts';

/** @throws PommgrError `usage.host` where no host, or more than one, has that name. */
export async function reportedLock({ stateDir }: Config, host: string): Promise<HostLock> {
  const keys = await readKeyDirectory(trustedHostsDirectory(stateDir));
  const reported = await readReportedHosts(stateDir, keys);
  const found = reported.filter(
    ({ receipt, lock }) => lock?.lock.hostName === host || receipt.host.id === host,
  );
  const [first = null] = found.map(({ lock }) => lock?.lock ?? null);
  if (found.length === 1 && first !== null) return first;
  const names = reported.flatMap(({ lock }) => lock?.lock.hostName ?? []);
  const why =
    found.length > 1
      ? `${found.length} hosts are called ${host}.`
      : `No lock of a host ${host} was reported.`;
  throw new PommgrError('usage.host', `${why} Reported: ${names.join(', ') || 'none'}.`, {
    hints: [
      'Take in the reports of a medium with "pommgr snapshot --media DIR", or name a file with --lock.',
    ],
    details: { host, reported: names },
  });
}
