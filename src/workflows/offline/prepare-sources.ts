/** What a host's apt is to see of a stored baseline: the texts of its sources and preferences, and the candidates. */
import { join } from 'node:path';
import { pathForApt, type AptRoot } from '../../adapters/apt-root.ts';
import { keyringPath, packagesFileName, readPackages } from '../../adapters/baseline-files.ts';
import type { AppliedTexts } from '../../adapters/applied-directory.ts';
import { renderPreferences } from '../../domain/apt-preferences.ts';
import { renderSources, type SourceStanza } from '../../domain/apt-sources.ts';
import type { Baseline, MirrorContent } from '../../domain/baseline.ts';
import { travellingFiles } from '../../domain/bundle-objects.ts';
import { createCandidates, type Candidate } from '../../domain/candidates.ts';
import { isFiltered } from '../../domain/mirror.ts';
import type { StoredBaseline } from '../../domain/stored-baseline.ts';
import type { Target } from '../../domain/target.ts';

export interface PreparedSources {
  texts: AppliedTexts;
  /** What apt must choose, once it sees them. */
  candidates: Candidate[];
}

export async function prepareSources(
  stored: StoredBaseline,
  target: Target,
  aptRoot: AptRoot,
): Promise<PreparedSources> {
  const { baseline } = stored;
  const hostTarget = targetOfHost(target, aptRoot);
  const mirrors = baseline.content.mirrors.filter(({ id }) => target.mirrors.includes(id));
  const stanzas = mirrors.map((mirror) => stanzaOf(stored, mirror, { target: hostTarget, aptRoot }));
  const candidates = await listCandidates(stored, hostTarget, aptRoot);
  const preferences = renderPreferences({ baseline, candidates, filtered: mirrors.some(needsPins) });
  return {
    texts: { sources: renderSources({ baseline, stanzas }), preferences },
    candidates,
  };
}

/** Architectures that the host does not have are not for its apt. */
function targetOfHost(target: Target, { architecture, foreignArchitectures }: AptRoot): Target {
  const known = [architecture, ...foreignArchitectures];
  return { ...target, architectures: target.architectures.filter((name) => known.includes(name)) };
}

/** apt would see more of the mirror than the target's candidates, or not choose them by itself. */
function needsPins({ filters, release }: MirrorContent): boolean {
  return isFiltered(filters) || release.notAutomatic;
}

function stanzaOf(
  { directory, baseline }: StoredBaseline,
  mirror: MirrorContent,
  { target, aptRoot }: { target: Target; aptRoot: AptRoot },
): SourceStanza {
  return {
    types: mirror.types,
    directory: pathForApt(aptRoot, join(directory, mirror.id)),
    suite: mirror.suite,
    components: mirror.components,
    architectures: mirror.architectures.filter((name) => target.architectures.includes(name)),
    signedBy: pathForApt(aptRoot, join(directory, keyringPath(mirror.id))),
    hasTranslations: hasTranslations(baseline, mirror),
  };
}

function hasTranslations(baseline: Baseline, { id, suite, components }: MirrorContent): boolean {
  const record = baseline.snapshots.find(({ mirror }) => mirror === id);
  if (record === undefined) return false;
  const names = travellingFiles(record).map(({ path }) => path.replace(/\.[a-z0-9]+$/, ''));
  return components.every((component) => names.includes(`dists/${suite}/${component}/i18n/Translation-en`));
}

async function listCandidates(
  { directory, baseline }: StoredBaseline,
  target: Target,
  { architecture }: AptRoot,
): Promise<Candidate[]> {
  const candidates = createCandidates(target, baseline.content.mirrors);
  for await (const entry of readPackages(join(directory, packagesFileName))) candidates.add(entry);
  return candidates.list(architecture);
}
