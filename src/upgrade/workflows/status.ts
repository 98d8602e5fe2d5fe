/** Implements `pommgr upgrade-release status`: where a host is on its way, and how to go on. Changes nothing. */
import { listOtherSources } from '../../apt/adapters/host-apt-files.ts';
import { workOnStore, type StoreOptions } from '../../host/workflows/work-on-store.ts';
import { isUpgradeRunning } from '../adapters/upgrade-run.ts';
import { commandsFor, type WayStatus } from '../domain/way-status.ts';
import { findOldSources } from './find-old-sources.ts';
import { openUpgrade } from './open-upgrade.ts';

export interface StatusOptions extends Omit<StoreOptions, 'dryRun'> {
  baseline?: string | undefined;
  way?: string | undefined;
}

/** @throws PommgrError `state.no-store`, `state.baseline`, `state.upgrade`. */
export async function status(options: StatusOptions): Promise<WayStatus> {
  const { baseline, way } = options;
  return workOnStore({ ...options, dryRun: true }, async ({ root, store }) => {
    const upgrade = await openUpgrade({ root, store, baseline, way });
    const { stored, aptRoot, host, state, stages, position, journal } = upgrade;
    const isRunning = await isUpgradeRunning(store);
    const { unfinished, needsRepair, rebootDue } = position;
    return {
      root,
      store: store.directory,
      baseline: { name: stored.baseline.name, digest: stored.baseline.digest },
      way: upgrade.way.name,
      codename: host.codename,
      stages: position.stages.map((stage) => ({
        ...{ number: stage.number, of: stages.length, kind: stage.kind },
        ...{ target: stage.target.name, codename: stage.target.codename },
        ...{ state: stage.state, behind: stage.behind.length },
      })),
      current: position.current?.target.name ?? null,
      isRunning,
      begun:
        journal === undefined
          ? null
          : {
              started: journal.started,
              target: journal.target,
              accepted: journal.accepted,
              log: journal.log,
            },
      ...{ unfinished, needsRepair, rebootDue },
      commands: commandsFor(position, isRunning),
      oldSources: await findOldSources(aptRoot, {
        setAside: state.setAside,
        stages,
        codename: host.codename,
      }),
      otherSources: await listOtherSources(aptRoot),
    };
  });
}
