/**
 * pommgr's own package in a restore. No baseline holds it: it comes from a medium, and is never removed or downgraded.
 */
import { aptName } from '../../apt/domain/apt-policy.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import type { MarkedPackage } from '../../apt/domain/host-lock.ts';
import type { PackageSet } from '../../apt/domain/package-set.ts';
import type { UnavailablePackage } from './restore-report.ts';

export const toolPackageName = 'pommgr';

/** Describes the package that a medium carries for this host. */
export interface OfferedTool {
  version: string;
  architecture: string;
  /** Path on this machine. */
  file: string;
}

interface GoalWithTool {
  goal: PackageSet;
  unavailable: UnavailablePackage[];
  /** Null where the medium's package is not installed. */
  tool: OfferedTool | null;
}

/** Returns the name that apt gives it. */
export function toolKey(nativeArchitecture: string): string {
  return aptName({ name: toolPackageName, architecture: nativeArchitecture }, nativeArchitecture);
}

/**
 * Adds the offered package to a goal where pommgr is missing, or older than the lock names. Without an offer pommgr
 * stays as it is: an interrupted restore may have wanted one from a medium that is no longer there.
 */
export function withTool(
  { goal, unavailable }: Omit<GoalWithTool, 'tool'>,
  {
    found,
    locked,
    offered,
    nativeArchitecture,
    isInBaseline,
  }: {
    found: PackageSet;
    locked: PackageSet;
    offered: OfferedTool | undefined;
    nativeArchitecture: string;
    isInBaseline: boolean;
  },
): GoalWithTool {
  const key = toolKey(nativeArchitecture);
  const [installed, wanted] = [found.get(key), locked.get(key)];
  if (isInBaseline) return { goal, unavailable, tool: null };
  const next = new Map(goal);
  const isWanted = offered !== undefined && wants(installed, wanted, offered);
  if (isWanted) next.set(key, { ...marksOf(wanted ?? installed), ...itemOf(offered) });
  else if (installed !== undefined) next.set(key, { ...installed, ...marksOf(wanted ?? installed) });
  else next.delete(key);
  const others = unavailable.filter(({ name }) => name !== toolPackageName);
  const lacking = wanted !== undefined && next.get(key)?.version !== wanted.version ? [wanted] : [];
  return {
    goal: next,
    unavailable: [
      ...others,
      ...lacking.map(({ name, architecture, version }) => ({
        ...{ name, architecture, version },
        installed: installed?.version ?? null,
      })),
    ],
    tool: isWanted ? offered : null,
  };
}

function wants(
  installed: MarkedPackage | undefined,
  wanted: MarkedPackage | undefined,
  offered: OfferedTool,
): boolean {
  if (installed === undefined) return true;
  if (wanted === undefined || compareVersions(installed.version, wanted.version) >= 0) return false;
  return compareVersions(installed.version, offered.version) < 0;
}

function marksOf(item: MarkedPackage | undefined): Pick<MarkedPackage, 'automatic' | 'hold'> {
  return { automatic: item?.automatic ?? false, hold: item?.hold ?? false };
}

function itemOf({ version, architecture }: OfferedTool): Omit<MarkedPackage, 'automatic' | 'hold'> {
  return { name: toolPackageName, architecture, version };
}
