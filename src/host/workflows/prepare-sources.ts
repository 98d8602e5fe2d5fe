/**
 * Prepares what a host's apt should see of a stored baseline: the texts of its sources and preferences, and the
 * candidates.
 */
import { join } from 'node:path';
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { keyringPath, packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { indexPath, isFlat, suiteDirectory } from '../../config/domain/suite-layout.ts';
import type { AppliedTexts } from '../adapters/applied-directory.ts';
import { installedPackages } from '../../apt/adapters/dpkg.ts';
import { renderPreferences, type PinnedPackage } from '../../apt/domain/apt-preferences.ts';
import { fileUri, renderSources, type SourceStanza } from '../../apt/domain/apt-sources.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { MirrorContent } from '../../mirror/domain/mirror-content.ts';
import { travellingFiles } from '../../medium/domain/bundle-objects.ts';
import {
  createCandidates,
  type Candidate,
  type Candidates,
  type OnRequest,
} from '../../mirror/domain/candidates.ts';
import { isFiltered } from '../../config/domain/mirror.ts';
import { pinnedCandidates, withPins } from '../domain/pins.ts';
import type { PinScope } from '../../store/domain/store-state.ts';
import { mirrorListPath } from '../../store/adapters/mirror-lists.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import type { Target } from '../../apt/domain/target.ts';

export interface PreparedSources {
  texts: Omit<AppliedTexts, 'configuration'>;
  /** URI of the source, and the architectures there, for each mirror that apt is to see. */
  uris: ReadonlyMap<string, { uri: string; architectures: readonly string[] }>;
  /** Versions that apt must choose, once it sees them. */
  candidates: Candidate[];
  /** Versions that apt offers in addition, of `NotAutomatic` suites. */
  onRequest: OnRequest[];
  /** Whether the preferences hide packages that the mirrors list and the baseline lacks. */
  hides: boolean;
  /** Those of them that pins hold. */
  pinned: Candidate[];
  /** Candidates that pins would hold if the baseline had that version: pins may come from another baseline. */
  unavailable: Candidate[];
}

export interface PrepareOptions {
  target: Target;
  aptRoot: AptRoot;
  /** `of`: the baseline whose candidates they hold, where that is not this one. */
  pins: { scope: PinScope; baseline: string; of?: { stored: SeenBaseline; target: Target } } | null;
  /** A directory with the files of every mirror, which apt reads instead of the stored ones. */
  place?: string;
}

/** A baseline and its files: one in the store, or one in a preview. */
export type SeenBaseline = Pick<StoredBaseline, 'directory' | 'remote' | 'baseline' | 'shares'>;

export async function prepareSources(
  stored: SeenBaseline,
  options: PrepareOptions,
): Promise<PreparedSources> {
  const { target, aptRoot, pins } = options;
  const { baseline } = stored;
  const hostTarget = targetOfHost(target, aptRoot);
  const mirrors = baseline.content.mirrors.filter(({ id }) => target.mirrors.includes(id));
  const uriOf = (mirror: string): string => sourceUri(stored, mirror, options);
  // For a mirror without an index, apt sees nothing and prints a warning.
  const visible = mirrors.filter(({ indices }) => indices.length > 0);
  const stanzas = visible.map((mirror) =>
    stanzaOf(stored, mirror, { target: hostTarget, aptRoot, uri: uriOf(mirror.id) }),
  );
  const counted = await countCandidates(stored, hostTarget);
  const own = counted.list(aptRoot.architecture);
  const onRequest = counted.onRequest(aptRoot.architecture);
  const { pinned, unavailable } = await choosePinned(stored, own, { ...options, target: hostTarget });
  const candidates = withPins(own, pinned);
  const hides = mirrors.some(
    (mirror) => needsPins(mirror, { target, baseline }) || listsMore(mirror, aptRoot),
  );
  const preferences = renderPreferences({
    baseline,
    candidates,
    onRequest,
    filtered: hides,
    ...(pins === null ? {} : { pins: { ...pins, pinned } }),
  });
  return {
    uris: new Map(stanzas.map((stanza, index) => [mirrors[index]?.id ?? '', stanza])),
    texts: {
      sources: renderSources({ baseline, stanzas, packagesFrom: stored.remote }),
      preferences,
    },
    candidates,
    onRequest,
    hides,
    pinned,
    unavailable,
  };
}

/** Pins only those versions of another baseline that this one has too: apt could choose no others. */
async function choosePinned(
  stored: SeenBaseline,
  own: Candidate[],
  { target, aptRoot, pins }: PrepareOptions,
): Promise<{ pinned: Candidate[]; unavailable: Candidate[] }> {
  if (pins === null) return { pinned: [], unavailable: [] };
  const facts = {
    mirrors: (pins.of?.stored ?? stored).baseline.content.mirrors,
    installed: pins.scope === 'installed' ? await installedPackages(aptRoot) : [],
    nativeArchitecture: aptRoot.architecture,
  };
  if (pins.of === undefined) return { pinned: pinnedCandidates(own, pins.scope, facts), unavailable: [] };
  const others = await countCandidates(pins.of.stored, targetOfHost(pins.of.target, aptRoot));
  const theirs = others.list(aptRoot.architecture);
  const wanted = pinnedCandidates(theirs, pins.scope, facts);
  const offered = await offeredAmong(stored, wanted, { target, aptRoot });
  return {
    pinned: wanted.filter((candidate) => offered.has(candidate)),
    unavailable: wanted.filter((candidate) => !offered.has(candidate)),
  };
}

/** Returns those of the candidates whose exact version the target's mirrors have. */
async function offeredAmong(
  { directory, shares }: SeenBaseline,
  candidates: readonly Candidate[],
  { target, aptRoot }: { target: Target; aptRoot: AptRoot },
): Promise<Set<Candidate>> {
  const keyOf = ({ name, architecture, version }: PinnedPackage): string =>
    `${name} ${architecture === 'all' ? aptRoot.architecture : architecture} ${version}`;
  const wanted = new Map(candidates.map((candidate) => [keyOf(candidate), candidate]));
  const offered = new Set<Candidate>();
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    const candidate = wanted.get(keyOf(entry));
    if (candidate !== undefined && shares.ofPackage(entry).includes(target.name)) offered.add(candidate);
  }
  return offered;
}

/** Architectures that the host lacks are left out. */
function targetOfHost(target: Target, { architecture, foreignArchitectures }: AptRoot): Target {
  const known = [architecture, ...foreignArchitectures];
  return { ...target, architectures: target.architectures.filter((name) => known.includes(name)) };
}

/**
 * Returns true where apt would see more of the mirror than the baseline holds, or would not choose by itself what the
 * target requires.
 */
function needsPins(
  { id, filters, release, packages }: MirrorContent,
  { target, baseline }: { target: Target; baseline: Baseline },
): boolean {
  const { incomplete = [] } = baseline;
  const isAskedFor = release.notAutomatic && target.notAutomatic.includes(id);
  const lacksSome = packages.omitted > 0 || incomplete.some(({ mirror }) => mirror === id);
  return isFiltered(filters) || isAskedFor || target.closure !== undefined || lacksSome;
}

/** The only index of a flat repository lists all architectures, and apt reads those of the host. */
function listsMore({ suite, architectures }: MirrorContent, host: AptRoot): boolean {
  const known = [host.architecture, ...host.foreignArchitectures];
  return isFlat(suite) && !known.every((name) => architectures.includes(name));
}

function stanzaOf(
  stored: SeenBaseline,
  mirror: MirrorContent,
  { target, aptRoot, uri }: { target: Target; aptRoot: AptRoot; uri: string },
): SourceStanza {
  const { directory, baseline } = stored;
  return {
    types: mirror.types,
    uri,
    suite: mirror.suite,
    components: mirror.components.filter((component) => hasIndex(mirror, component)),
    architectures: mirror.architectures.filter((name) => target.architectures.includes(name)),
    signedBy: pathForApt(aptRoot, join(directory, keyringPath(mirror.id))),
    hasTranslations: hasTranslations(baseline, mirror),
  };
}

/** apt warns about a component without an index. */
function hasIndex({ indices }: MirrorContent, component: string): boolean {
  return indices.some(({ path }) => path.startsWith(`${component}/`));
}

/** Where the packages are in another store, apt gets a mirror list: the indices still come from this host. */
function sourceUri(
  { directory, remote }: SeenBaseline,
  mirror: string,
  { aptRoot, place }: PrepareOptions,
): string {
  if (remote === null || place !== undefined) {
    return fileUri(pathForApt(aptRoot, join(place ?? directory, mirror)));
  }
  return `mirror+${fileUri(pathForApt(aptRoot, mirrorListPath(directory, mirror)))}`;
}

function hasTranslations(baseline: Baseline, { id, suite, components }: MirrorContent): boolean {
  const record = baseline.snapshots.find(({ mirror }) => mirror === id);
  if (record === undefined) return false;
  const names = travellingFiles(record).map(({ path }) => path.replace(/\.[a-z0-9]+$/, ''));
  const pathOf = (component: string): string =>
    suiteDirectory(suite) + indexPath(suite, { kind: 'translation', component, architecture: '' });
  return (isFlat(suite) ? [''] : components).every((component) => names.includes(pathOf(component)));
}

async function countCandidates(
  { directory, baseline, shares }: SeenBaseline,
  target: Target,
): Promise<Candidates> {
  const candidates = createCandidates(target, baseline.content.mirrors);
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    if (shares.ofPackage(entry).includes(target.name)) candidates.add(entry);
  }
  return candidates;
}
