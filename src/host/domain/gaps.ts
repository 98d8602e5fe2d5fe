/**
 * Finds what a baseline cannot serve on a host in its present state: a thin baseline was made for the hosts as they
 * were, and a filtered one for no particular host. Pure.
 */
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** All names are apt's own. */
export interface Gaps {
  /** Packages that are installed and not in the baseline: they stay unchanged. */
  unserved: { name: string; installed: string }[];
  /** Those of them that the previously applied baseline could install. */
  lost: string[];
  /** Installed packages for which apt does not take the baseline's newer version. */
  keptBack: { name: string; installed: string; baseline: string }[];
  /** Names that the target promises, and that apt cannot install here. */
  notInstallable: { name: string; why: string }[];
}

interface Named {
  name: string;
  architecture: string;
  version: string;
}

export function findGaps(
  installed: readonly Named[],
  about: {
    candidates: readonly Named[];
    plan: UpgradePlan;
    offeredBefore: ReadonlySet<string>;
    notInstallable: Gaps['notInstallable'];
    nativeArchitecture: string;
  },
): Gaps {
  const { candidates, plan, offeredBefore, notInstallable, nativeArchitecture: native } = about;
  const offers = new Map(candidates.map((item) => [aptName(item, native), item.version]));
  const planned = new Set([...plan.upgrade, ...plan.remove].map((item) => aptName(item, native)));
  const gaps: Gaps = { unserved: [], lost: [], keptBack: [], notInstallable };
  for (const item of installed) {
    const name = aptName(item, native);
    const offered = offers.get(name);
    if (offered === undefined) {
      gaps.unserved.push({ name, installed: item.version });
      if (offeredBefore.has(name)) gaps.lost.push(name);
    } else if (compareVersions(offered, item.version) > 0 && !planned.has(name)) {
      gaps.keptBack.push({ name, installed: item.version, baseline: offered });
    }
  }
  return gaps;
}

/** Returns whether apt could do less after the switch than before it. */
export function hasGaps({ lost, notInstallable }: Gaps): boolean {
  return lost.length > 0 || notInstallable.length > 0;
}

/** Maximum number of names in a message. */
const namedAtOnce = 8;

/** @throws PommgrError `refused.gaps` where apt could do less after the switch than before it. */
export function admitGaps(baseline: string, gaps: Gaps): void {
  if (!hasGaps(gaps)) return;
  const { lost, notInstallable } = gaps;
  const lines = [
    ...notInstallable.map(({ name, why }) => `  apt cannot install ${name}: ${why}`),
    ...(lost.length === 0
      ? []
      : [`  installed, offered until now, and not in the baseline: ${shortened(lost)}`]),
  ];
  throw new PommgrError(
    'refused.gaps',
    [`${baseline} cannot serve this host as it is now:`, ...lines].join('\n'),
    {
      hints: [
        'Leave a report ("pommgr host report --media DIR") and have a baseline made for this host as it is now.',
        'To apply it all the same, run the same command with --accept-gaps: the packages stay as they are.',
      ],
      details: { baseline, lost, notInstallable },
    },
  );
}

export function shortened(names: readonly string[]): string {
  const more = names.length - namedAtOnce;
  return more > 0 ? `${names.slice(0, namedAtOnce).join(', ')} and ${more} more` : names.join(', ');
}
