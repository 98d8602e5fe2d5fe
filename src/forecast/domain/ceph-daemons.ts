/**
 * Lists Ceph's daemons on a host that keep running the old version until they are restarted, in the order of restarts.
 */
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { CephDaemon } from './forecast.ts';

/** The order that Ceph requires: monitors, managers, OSDs, metadata servers, gateways. */
export const cephKinds: Record<CephDaemon['kind'], { directory: string; packages: readonly string[] }> = {
  mon: { directory: 'mon', packages: ['ceph-mon', 'ceph-base'] },
  mgr: { directory: 'mgr', packages: ['ceph-mgr', 'ceph-base'] },
  osd: { directory: 'osd', packages: ['ceph-osd', 'ceph-base'] },
  mds: { directory: 'mds', packages: ['ceph-mds', 'ceph-base'] },
  rgw: { directory: 'radosgw', packages: ['radosgw', 'ceph-base'] },
};

/** `directories`: by kind, the names below /var/lib/ceph, `<cluster>-<id>`. Scripts of Ceph's packages restart nothing. */
export function cephDaemons(
  plan: UpgradePlan,
  directories: ReadonlyMap<CephDaemon['kind'], readonly string[]>,
): CephDaemon[] {
  const daemons: CephDaemon[] = [];
  for (const [kind, { packages }] of Object.entries(cephKinds) as [
    CephDaemon['kind'],
    { packages: readonly string[] },
  ][]) {
    const change = packages
      .map((name) => plan.upgrade.find((item) => item.name === name))
      .find((item) => item !== undefined);
    const { from = null, to = null } = change ?? {};
    if (from === null || to === null) continue;
    for (const name of directories.get(kind) ?? []) {
      const id = /^[^-]+-(?:rgw\.)?(.+)$/.exec(name)?.[1];
      if (id !== undefined) daemons.push({ kind, id, from, to });
    }
  }
  return daemons;
}
