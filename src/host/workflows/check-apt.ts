/** Checks that apt chooses the versions of the baseline, and that every file of its plan is in the store. */
import { join } from 'node:path';
import { candidatesOf, type AptFiles } from '../../apt/adapters/apt.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { Candidate, OnRequest } from '../../mirror/domain/candidates.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import type { PackageFiles } from '../../store/workflows/package-files.ts';

/** Apt's own name of a package. */
export interface NewerPackage {
  name: string;
  installed: string;
  baseline: string;
}

/**
 * Compares apt's candidates with the baseline's. With `files`, apt reads those instead of the host's own; `hints` go
 * into the error. A package that is installed in a newer version than the baseline's stays apt's candidate, because
 * nothing is downgraded; it is returned. Where the baseline has an even newer one in a suite that upgrades its own
 * packages automatically, that is the candidate.
 * @throws PommgrError `tool.candidates` naming some packages for which apt chooses something else.
 */
export async function checkCandidates(
  aptRoot: AptRoot,
  { candidates, onRequest }: { candidates: readonly Candidate[]; onRequest: readonly OnRequest[] },
  { files = {}, hints = [] }: { files?: AptFiles; hints?: readonly string[] } = {},
): Promise<NewerPackage[]> {
  const expected = new Map(
    candidates.map((candidate) => [aptName(candidate, aptRoot.architecture), candidate.version]),
  );
  const upgrades = upgradesOf(onRequest, aptRoot.architecture);
  const policy = await candidatesOf(aptRoot, [...expected.keys()], files);
  const different: { name: string; expected: string; found: string | null }[] = [];
  const newer: NewerPackage[] = [];
  for (const [name, version] of expected) {
    const { candidate: found = null, installed = null } = policy.get(name) ?? {};
    if (found !== null && compareVersions(found, version) === 0) continue;
    const isNewer = installed !== null && compareVersions(installed, version) > 0;
    if (!isNewer || found !== newestOf([installed, ...(upgrades.get(name) ?? [])])) {
      different.push({ name, expected: version, found });
    } else if (found === installed) newer.push({ name, installed, baseline: version });
  }
  if (different.length > 0) throw otherCandidates(different, { total: candidates.length, hints });
  return newer;
}

/**
 * Returns, by apt's own name of a package, the versions that replace an installed one that is newer than the candidate.
 */
function upgradesOf(onRequest: readonly OnRequest[], nativeArchitecture: string): Map<string, string[]> {
  const upgrades = new Map<string, string[]>();
  for (const offer of onRequest) {
    if (offer.priority < 100) continue;
    const name = aptName(offer, nativeArchitecture);
    upgrades.set(name, [...(upgrades.get(name) ?? []), offer.version]);
  }
  return upgrades;
}

function newestOf(versions: readonly string[]): string | undefined {
  return versions.toSorted(compareVersions).at(-1);
}

function otherCandidates(
  different: readonly { name: string; expected: string; found: string | null }[],
  { total, hints }: { total: number; hints: readonly string[] },
): PommgrError {
  const some = different
    .slice(0, 5)
    .map(({ name, expected, found }) => `${name}: expected ${expected}, found ${found ?? 'none'}`);
  return new PommgrError(
    'tool.candidates',
    `apt does not choose the baseline's version of ${different.length} of ${total} packages: ${some.join('; ')}${different.length > some.length ? '; …' : '.'}`,
    {
      hints: [
        ...hints,
        'Look for pins in /etc/apt/preferences and /etc/apt/preferences.d that name these packages.',
        'The host sees the same sources as before.',
      ],
      details: { count: different.length, packages: different.slice(0, 100) },
    },
  );
}

/**
 * apt accepts a listed package whose file is missing; here that is an error.
 * @throws PommgrError `integrity.missing`.
 */
export async function checkPlanFiles(
  plan: UpgradePlan,
  { directory, remote, baseline }: StoredBaseline,
  files: PackageFiles,
): Promise<void> {
  const wanted = new Set<string>();
  for (const { name, architecture, to } of plan.incoming) {
    wanted.add(`${name} ${to} ${architecture}`);
  }
  if (wanted.size === 0) return;
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    if (!wanted.has(`${entry.name} ${entry.version} ${entry.architecture}`)) continue;
    if (await files.isThere(entry)) {
      wanted.delete(`${entry.name} ${entry.version} ${entry.architecture}`);
    }
  }
  const [missing] = wanted;
  if (missing === undefined) return;
  throw new PommgrError(
    'integrity.missing',
    `apt plans to install ${missing}, which ${baseline.name} in ${remote ?? directory} does not hold.`,
    {
      hints: [
        'The store or the mirror is not complete. Make a new baseline, or import this one into a new store.',
      ],
      details: { directory: remote ?? directory, packages: [...wanted].slice(0, 100) },
    },
  );
}
