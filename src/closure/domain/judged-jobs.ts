/** The jobs that apt is asked to plan, as words for apt-get(8). */
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { ClosureConfig } from '../../config/domain/closure-settings.ts';
import type { Inventory } from '../../apt/domain/inventory.ts';
import { slotOf, type Offers } from './offers.ts';

export interface Job {
  /** As the lock proof names it. */
  name: string;
  words: string[];
}

/** What is done on a host as it is, and with `install` names on a bare system too. */
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
 * What `restore` asks of apt on a bare system: the packages of the lock, in their very versions where the baseline
 * keeps these, else the candidates.
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
  // As the restore itself runs apt.
  const options = ['--fix-broken', '--no-install-recommends', '--no-auto-remove'];
  return { name: 'restore', words: ['install', ...options, ...words] };
}
