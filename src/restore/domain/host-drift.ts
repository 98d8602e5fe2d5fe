/** Computes how far a host's packages are from a baseline's candidates, or from a host lock. */
import { aptName } from '../../apt/domain/apt-policy.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';

/** null: not installed, or not known to what the host is compared with. */
export interface DriftedPackage {
  name: string;
  architecture: string;
  installed: string | null;
  wanted: string | null;
}

/** Each list is sorted by name and architecture. */
export interface HostDrift {
  /** Installed in a lower version than wanted. */
  behind: DriftedPackage[];
  ahead: DriftedPackage[];
  /** Packages that are wanted and not installed; always empty against a baseline, which requires nothing. */
  missing: DriftedPackage[];
  /** Packages installed from a baseline since the lock was made; always empty against a baseline. */
  extra: DriftedPackage[];
  /** Installed packages that no baseline knows: an administrator installed them by hand. They are not drift. */
  foreign: DriftedPackage[];
}

interface NamedVersion {
  name: string;
  architecture: string;
  version: string;
}

/**
 * `complete`: every wanted package must be installed, as with a lock. Any other package is `extra` unless `isForeign`
 * says that no baseline knows it.
 */
export function hostDrift(
  installed: Iterable<NamedVersion>,
  wanted: Iterable<NamedVersion>,
  {
    nativeArchitecture,
    complete,
    isForeign = () => false,
  }: { nativeArchitecture: string; complete: boolean; isForeign?: (key: string) => boolean },
): HostDrift {
  const left = new Map([...wanted].map((item) => [aptName(item, nativeArchitecture), item]));
  const drift: HostDrift = { behind: [], ahead: [], missing: [], extra: [], foreign: [] };
  for (const { name, architecture, version } of installed) {
    const key = aptName({ name, architecture }, nativeArchitecture);
    const other = left.get(key);
    left.delete(key);
    const drifted = { name, architecture, installed: version, wanted: other?.version ?? null };
    if (other === undefined) drift[complete && !isForeign(key) ? 'extra' : 'foreign'].push(drifted);
    else if (compareVersions(version, other.version) < 0) drift.behind.push(drifted);
    else if (compareVersions(version, other.version) > 0) drift.ahead.push(drifted);
  }
  for (const { name, architecture, version } of complete ? left.values() : []) {
    drift.missing.push({ name, architecture, installed: null, wanted: version });
  }
  for (const list of Object.values(drift) as DriftedPackage[][]) list.sort(byName);
  return drift;
}

/** Returns whether there is any drift. Foreign packages count only with `strict`. */
export function hasDrift(
  { behind, ahead, missing, extra, foreign }: HostDrift,
  { strict }: { strict: boolean },
): boolean {
  const counted = [behind, ahead, missing, extra, ...(strict ? [foreign] : [])];
  return counted.some((list) => list.length > 0);
}

function byName(a: DriftedPackage, b: DriftedPackage): number {
  return compareText(a.name, b.name) || compareText(a.architecture, b.architecture);
}
