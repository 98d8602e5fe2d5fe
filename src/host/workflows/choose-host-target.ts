/**
 * Chooses the target of a bundle that `apply` switches a host to, and the targets whose files its store keeps.
 * Invariant: a target of another release than the host's is chosen only where that was asked for.
 */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { hostFacts } from '../../apt/adapters/host-facts.ts';
import { nextRelease } from '../../apt/domain/debian-release.ts';
import { chooseTarget, hostKind } from '../../apt/domain/host.ts';
import type { Target } from '../../apt/domain/target.ts';
import { wayOf } from '../../apt/domain/upgrade-way.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Bundle } from '../../medium/domain/bundle.ts';
import type { Store } from '../../store/adapters/store.ts';
import { readUpgradeJournal } from '../../store/adapters/upgrade-files.ts';
import type { HeldTargets } from '../../store/domain/held-targets.ts';
import type { StoreState } from '../../store/domain/store-state.ts';

export interface HostTargetOptions {
  aptRoot: AptRoot;
  store: Store;
  state: StoreState;
  /** Name, where one is asked for. */
  name: string | undefined;
  /** Chooses a target of the Debian release after the host's. */
  upgradeRelease: boolean;
  /** What apt sees stays. */
  storeOnly: boolean;
}

/**
 * @throws PommgrError `trust.target` where no target fits, or several do; `state.upgrade` while a change of the release
 *   is begun, which another switch would lead back.
 */
export async function chooseHostTarget(
  { targets, upgrades: ways }: Pick<Bundle, 'targets' | 'upgrades'>,
  { aptRoot, store, state, name, upgradeRelease, storeOnly }: HostTargetOptions,
): Promise<Target> {
  const host = hostKind(await hostFacts(aptRoot));
  const begun = await readUpgradeJournal(store);
  const applied = state.applied?.target;
  const isChanging = begun !== undefined && begun.codename !== host.codename && begun.target === applied;
  if (!upgradeRelease) {
    if (isChanging && !storeOnly) throw changing(begun.target, host.codename);
    return chooseTarget(targets, host, { name, chosen: state.chosenTarget, applied, ways });
  }
  // os-release changes in the middle of an upgrade.
  const isInMiddle = begun?.codename === host.codename;
  const codename = isInMiddle ? host.codename : (nextRelease(host.codename) ?? 'the next release');
  return chooseTarget(targets, { ...host, codename }, { name, applied, ways });
}

function changing(target: string, codename: string): PommgrError {
  return new PommgrError(
    'state.upgrade',
    `The change to another release is begun here (stage ${target}), and the host is on ${codename} still: another switch would lead apt back.`,
    {
      hints: [
        'Go on with "pommgr upgrade-release next".',
        'To take a newer bundle for the same stage, run the same command with --upgrade-release.',
        'To give it up before packages were upgraded, run "pommgr rollback".',
      ],
      details: { target, codename },
    },
  );
}

/** Returns the targets of the bundle that the store keeps: the host's own, with the stages that follow it. */
export function heldTargets(
  { upgrades }: Pick<Bundle, 'upgrades'>,
  { name }: Target,
  allTargets: boolean,
): HeldTargets {
  if (allTargets) return null;
  const stages = wayOf(name, upgrades)?.stages ?? [];
  return [name, ...stages.slice(stages.indexOf(name) + 1)];
}
