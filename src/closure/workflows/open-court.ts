/**
 * Prepares what apt needs to judge a target: its mirrors' indices, and the preferences of the whole and of the thin
 * baseline.
 */
import { join } from 'node:path';
import { createCandidates } from '../../mirror/domain/candidates.ts';
import { renderPreferences } from '../../apt/domain/apt-preferences.ts';
import { isFiltered } from '../../config/domain/mirror.ts';
import { readSelectedPackages } from '../../mirror/adapters/package-list-file.ts';
import type { PackageListPart } from '../../mirror/workflows/indexed-mirror.ts';
import type { ClosableMirror } from './closable-mirror.ts';
import { openJudge, type Judge, type JudgedHost, type JudgedMirror } from '../adapters/judge.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { ClosureList } from '../domain/closure-list.ts';
import type { Inventory, InventoryPackage } from '../../apt/domain/inventory.ts';
import type { Offer } from '../domain/offers.ts';
import { renderExtendedStates, renderStatus } from '../domain/status-text.ts';
import type { PlacedMirror } from './read-target-offers.ts';
import type { ClosedTarget, NativeSelection } from './select-target.ts';

/** What a stage's upgrade leaves on its hosts, by name, as apt planned it. */
export type Leavings = ReadonlyMap<string, Inventory>;

export interface ProofInput {
  natives: readonly NativeSelection[];
  /** From the stage before; empty where there is none. */
  before: Leavings;
  whole: readonly PlacedMirror[];
  /** What each closed target sees of them. */
  list: ClosureList;
  /** Everything that some closed target sees, by mirror. */
  thinLists: ReadonlyMap<string, PackageListPart>;
  /** An empty one. */
  directory: string;
}

type ThinInput = Pick<ProofInput, 'whole' | 'list' | 'thinLists'>;

/** A judge for hosts of the same architectures, with the two sets of preferences. */
export interface Court {
  judge: Judge;
  whole: string;
  thin: string;
  bare: JudgedHost;
  /** Paths of the package files that the thin baseline has. */
  files: ReadonlySet<string>;
}

export async function openCourt(
  { target, apt }: ClosedTarget,
  about: ProofInput & { native: NativeSelection; architectures: readonly string[]; directory: string },
): Promise<Court> {
  const { native, whole, architectures, directory } = about;
  const own = whole.filter(({ mirror }) => target.mirrors.includes(mirror.mirror.id));
  const mirrors: JudgedMirror[] = own.map(({ mirror, directory: place }) => ({
    id: mirror.mirror.id,
    // A plan contains no sources.
    types: ['deb'],
    suite: mirror.mirror.suite,
    components: mirror.mirror.components,
    architectures: mirror.mirror.architectures.filter((name) => architectures.includes(name)),
    directory: place,
    certificates: mirror.verified.certificates,
  }));
  const [first = native.nativeArchitecture, ...others] = architectures;
  const judge = await openJudge(directory, {
    mirrors: mirrors.filter((_, index) => own[index]?.mirror.mirror.types.includes('deb')),
    architectures: [first, ...others],
    apt,
  });
  const host = { target: { ...target, architectures: [...architectures] }, native: first };
  const wholeMirrors = own.map(({ mirror }) => mirror);
  const isPinned = wholeMirrors.some(
    ({ mirror, release, packages, lackingPackages }) =>
      isFiltered(mirror.filters) ||
      lackingPackages.length > 0 ||
      (release.notAutomatic && target.notAutomatic.includes(mirror.id)) ||
      packages.omitted > 0,
  );
  return {
    judge,
    whole: await judge.addPreferences(
      'whole.pref',
      await preferencesText(wholeMirrors, { ...host, isPinned }),
    ),
    thin: await judge.addPreferences(
      'thin.pref',
      await preferencesText(wholeMirrors, {
        ...host,
        isPinned: true,
        entries: listedPackages(about, target),
      }),
    ),
    bare: await judge.openHost(bareTexts(native)),
    files: await thinFiles(about, target),
  };
}

async function thinFiles(input: ThinInput, target: Target): Promise<ReadonlySet<string>> {
  const files = new Set<string>();
  for await (const { filename, directory } of listedPackages(input, target))
    files.add(join(directory, filename));
  return files;
}

/** Yields what the target sees of its mirrors, with the directory of each. */
export async function* listedPackages(
  { whole, list, thinLists }: ThinInput,
  target: Target,
): AsyncGenerator<PackageEntry & { directory: string }> {
  for (const { mirror, directory } of whole) {
    const thin = thinLists.get(mirror.mirror.id);
    if (thin === undefined || !target.mirrors.includes(mirror.mirror.id)) continue;
    for await (const entry of readSelectedPackages(thin.path))
      if (list.get(entry.sha256)?.includes(target.name) === true) yield { ...entry, directory };
  }
}

/** Returns the preferences as a host gets them, without the comment. */
async function preferencesText(
  mirrors: readonly ClosableMirror[],
  about: {
    target: ClosedTarget['target'];
    native: string;
    isPinned: boolean;
    /** Default: all of the mirrors. */
    entries?: AsyncIterable<PackageEntry>;
  },
): Promise<string> {
  const baseline = { name: 'judged', digest: '' };
  if (!about.isPinned) return renderPreferences({ baseline, candidates: [], filtered: false });
  const candidates = createCandidates(
    about.target,
    mirrors.map(({ mirror, release }) => ({ id: mirror.id, release })),
  );
  for await (const entry of about.entries ?? entriesOf(mirrors)) candidates.add(entry);
  return renderPreferences({
    baseline,
    candidates: candidates.list(about.native),
    onRequest: candidates.onRequest(about.native),
    filtered: true,
  });
}

async function* entriesOf(mirrors: readonly ClosableMirror[]): AsyncGenerator<PackageEntry> {
  for (const { packages } of mirrors) yield* readSelectedPackages(packages.path);
}

function bareTexts({ bare, nativeArchitecture }: NativeSelection): {
  status: string;
  extendedStates: string;
} {
  const packages = bare.map((offer) => ({ item: asInstalled(offer), relations: offer.relations }));
  return {
    status: renderStatus(packages),
    extendedStates: renderExtendedStates(
      packages.map(({ item }) => item),
      nativeArchitecture,
    ),
  };
}

function asInstalled({ name, version, architecture }: Offer): InventoryPackage {
  return { name, version, architecture, automatic: false, hold: false };
}
