/** Defines the jobs that apt is asked to plan, as arguments for apt-get(8). */
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { ClosureConfig } from '../../config/domain/closure-settings.ts';
import type { Inventory } from '../../apt/domain/inventory.ts';
import { slotOf, type Offers } from './offers.ts';

export interface Job {
  /** As the lock proof names it. */
  name: string;
  words: string[];
}

/** Returns the jobs on a host as it is; those of `install` also run on a bare system. */
export function hostJobs({ install }: ClosureConfig, isBare: boolean): Job[] {
  return [
    ...(isBare
      ? []
      : [
          { name: 'upgrade', words: ['dist-upgrade'] },
          { name: 'autoremove', words: ['autoremove'] },
        ]),
    ...install.map((name) => ({ name: `install ${name}`, words: ['install', name] })),
  ];
}

/**
 * Returns what `restore` asks of apt on a bare system: the packages of the lock, in their exact versions where the
 * baseline keeps these, else the candidates.
 */
export function restoreJob({ packages }: Inventory, about: { offers: Offers; keepInstalled: boolean }): Job {
  const { offers, keepInstalled } = about;
  const native = offers.nativeArchitecture;
  const words: string[] = [];
  for (const item of packages) {
    const name = aptName(item, native);
    const slot = slotOf(item, native);
    const exact = keepInstalled ? offers.exact(item.name, slot, item.version) : undefined;
    if (exact !== undefined) words.push(`${name}=${exact.version}`);
    else if (offers.candidate(item.name, slot) !== undefined) words.push(name);
  }
  // The restore itself runs apt with these options.
  const options = ['--fix-broken', '--no-install-recommends', '--no-auto-remove'];
  return { name: 'restore', words: ['install', ...options, ...words] };
}
