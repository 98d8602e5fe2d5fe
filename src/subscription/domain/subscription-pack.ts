/** Defines what `pack` did with the hosts' subscriptions. */
import type { PlannedHost } from './subscription-plan.ts';

export interface SubscriptionPack {
  /** `unchanged`: the medium already has these very infos. `none`: there was no usable info. `planned`: a dry run. */
  outcome: 'packed' | 'unchanged' | 'planned' | 'none';
  /** Directory of the set on the medium; null where there is none. */
  directory: string | null;
  /** Sorted by name and product. */
  hosts: SubscriptionPackHost[];
  nextVisit: string | null;
  /** Directories of older sets that this one replaces. */
  removed: string[];
}

interface SubscriptionPackHost {
  name: string;
  product: string;
  infos: number;
  isEncrypted: boolean;
  /** End of validity of the best key; null where there is none. */
  validUntil: string | null;
}

export function packedHosts(hosts: readonly PlannedHost[]): SubscriptionPackHost[] {
  return hosts.map(({ name, product, infos, recipients }) => ({
    ...{ name, product, infos: infos.length },
    isEncrypted: recipients.length > 0 && infos.length > 0,
    validUntil: infos[0]?.about.validUntil ?? null,
  }));
}
