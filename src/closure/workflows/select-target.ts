/**
 * Selects what a target's hosts need, for each native architecture among them. Pure, except that it reads the indices.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Target } from '../../apt/domain/target.ts';
import { createAlsoFilter, type ClosureConfig } from '../../config/domain/closure-settings.ts';
import { isFiltered } from '../../config/domain/mirror.ts';
import type { ClosableMirror } from './closable-mirror.ts';
import type { AptProgram } from '../../apt/domain/apt-program.ts';
import type { LockFile } from '../adapters/lock-files.ts';
import { inventoryAfter, type HostInventory } from '../domain/host-inventory.ts';
import type { TargetStage } from '../domain/staged-locks.ts';
import { selectPackages, type TargetSelection } from '../domain/closure-jobs.ts';
import { slotOf, type MirrorPriority, type Offers } from '../domain/offers.ts';
import { readTargetOffers, type PlacedMirror, type TargetOffers } from './read-target-offers.ts';

/** A target with its closure, and the locks of its hosts. */
export interface ClosedTarget {
  target: Target;
  closure: ClosureConfig;
  locks: readonly LockFile[];
  /** Names of `closure.install` that hosts requested: it is no error if no mirror has them. */
  wished: ReadonlySet<string>;
  /** Its place in the way of a major upgrade. */
  stage?: TargetStage;
  /** Judges the target; undefined for the machine's apt. */
  apt?: AptProgram | undefined;
  /** Plans the change to its release: the apt of the release before. */
  aptBefore?: AptProgram | undefined;
}

export interface ClosureTools {
  hashers: HasherPool;
  context: Context;
  /** Directory for the parts of packages.jsonl. */
  workDirectory: string;
}

/** What one native architecture of a target needs. */
export interface NativeSelection extends TargetSelection, TargetOffers {
  nativeArchitecture: string;
  locks: readonly LockFile[];
  /** The start of each of its hosts, by name. */
  starts: ReadonlyMap<string, HostInventory>;
  /** Needed packages that filters leave out, as `name version`, sorted. */
  filtered: string[];
}

/**
 * `before` is the selection of the stage before; empty where there is none.
 * @throws PommgrError `config.closure` for a name to install that no mirror has, or a host of another architecture.
 */
export async function selectTarget(
  { target, closure, locks, wished, stage }: ClosedTarget,
  from: { placed: readonly PlacedMirror[]; before: readonly NativeSelection[] },
  tools: ClosureTools,
): Promise<NativeSelection[]> {
  const { placed } = from;
  const own = placed.filter(({ mirror }) => target.mirrors.includes(mirror.mirror.id));
  const priorities = new Map(own.map(({ mirror }) => [mirror.mirror.id, priorityOf(mirror, target)]));
  const isAlso = createAlsoFilter(closure.also);
  const selections: NativeSelection[] = [];
  for (const nativeArchitecture of nativeArchitectures(target, locks)) {
    const here = locks.filter(({ inventory }) => inventory.architecture === nativeArchitecture);
    const before = from.before.find((native) => native.nativeArchitecture === nativeArchitecture);
    const inventories = here.map(({ inventory }) =>
      stage?.carried.has(inventory.hostName) === true
        ? leftBy(before, inventory.hostName)
        : { inventory, possible: [] },
    );
    const installed = new Set(
      inventories.flatMap(({ inventory: { packages }, possible }) =>
        [...packages, ...possible].map(({ name, version }) => `${name} ${version}`),
      ),
    );
    const architectures = new Set(target.architectures);
    const read = await readTargetOffers(own, {
      ...{ nativeArchitecture, architectures, priorities, installed },
      hashers: tools.hashers,
    });
    const about = { inventories, closure, isAlso };
    const selection = selectPackages(read.offers, about);
    const unfiltered = read.unfiltered === read.offers ? selection : selectPackages(read.unfiltered, about);
    const unknown = selection.unknown.filter((name) => !wished.has(name));
    checkNames(target, { unknown, filtered: unfiltered });
    for (const name of selection.unknown.filter((one) => wished.has(one))) {
      tools.context.progress.warn(`No mirror of the target ${target.name} has ${name}, which a host wishes.`);
    }
    const filtered = unfiltered === selection ? [] : filteredOut(unfiltered, read.offers);
    warnOfFilters(target, own, { filtered, context: tools.context });
    const starts = new Map(inventories.map((start) => [start.inventory.hostName, start]));
    selections.push({ ...selection, ...read, nativeArchitecture, locks: here, starts, filtered });
  }
  return selections;
}

/** Returns what the stage before may leave on a host. */
function leftBy(before: NativeSelection | undefined, host: string): HostInventory {
  const start = before?.starts.get(host);
  const selection = before?.closures.find((closure) => closure.host === host)?.selection;
  if (before === undefined || start === undefined || selection === undefined)
    throw new Error(`the stage before has nothing of the host ${host}`);
  return inventoryAfter(start, { offers: before.offers, selection });
}

function priorityOf({ mirror, release }: ClosableMirror, target: Target): MirrorPriority {
  if (!release.notAutomatic || target.notAutomatic.includes(mirror.id)) return 990;
  return release.butAutomaticUpgrades ? 100 : 1;
}

/** Returns the architectures of the hosts; without hosts, every one that the target is for. */
function nativeArchitectures(target: Target, locks: readonly LockFile[]): string[] {
  const ofHosts = new Set(locks.map(({ inventory }) => inventory.architecture));
  for (const { file, inventory } of locks) {
    if (target.architectures.includes(inventory.architecture)) continue;
    throw new PommgrError(
      'config.closure',
      `The host ${inventory.hostName} (${file}) is ${inventory.architecture}; the target ${target.name} is for ${target.architectures.join(', ')}.`,
      {
        hints: ['Take the lock out of the closure of this target, or add the architecture to its mirrors.'],
        details: { target: target.name, host: inventory.hostName },
      },
    );
  }
  return (ofHosts.size === 0 ? [...target.architectures] : [...ofHosts]).toSorted(compareText);
}

function checkNames(
  target: Target,
  { unknown, filtered }: { unknown: readonly string[]; filtered: TargetSelection },
): void {
  if (unknown.length === 0) return;
  const isFilteredOut = unknown.some((name) => !filtered.unknown.includes(name));
  throw new PommgrError(
    'config.closure',
    `No mirror of the target ${target.name} has ${unknown.join(', ')}, which its closure is to install.`,
    {
      hints: [
        isFilteredOut
          ? 'A filter of a mirror (skip, include or versions) leaves it out, or upstream does not have its file.'
          : 'Correct the names under closure: install, or add a mirror that has them to the target.',
      ],
      details: { target: target.name, packages: unknown },
    },
  );
}

/** Maximum number of names in a message; the lock proof has all. */
const namedPackages = 8;

function warnOfFilters(
  target: Target,
  placed: readonly PlacedMirror[],
  { filtered, context }: { filtered: readonly string[]; context: Context },
): void {
  if (filtered.length === 0) return;
  const filtering = placed.filter(({ mirror }) => isFiltered(mirror.mirror.filters));
  const lacking = placed.filter(({ mirror }) => mirror.lackingPackages.length > 0);
  const causes = [
    ...(filtering.length === 0 ? [] : [`Filters of ${idsOf(filtering)}`]),
    ...(lacking.length === 0 ? [] : [`Files that the upstream of ${idsOf(lacking)} lists and does not have`]),
  ];
  const more = filtered.length - namedPackages;
  context.progress.warn(
    `${causes.join(' and ')} leave out packages that the closure of ${target.name} needs: ${filtered.slice(0, namedPackages).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
  );
}

function idsOf(placed: readonly PlacedMirror[]): string {
  return placed.map(({ mirror }) => mirror.mirror.id).join(', ');
}

/** Returns packages that would be selected without filters and that no mirror has with them. */
function filteredOut(unfiltered: TargetSelection, offers: Offers): string[] {
  const names = new Set<string>();
  for (const { selection } of unfiltered.closures) {
    for (const { offer } of selection.values()) {
      const slot = slotOf(offer, offers.nativeArchitecture);
      if (offers.candidate(offer.name, slot)?.version === offer.version) continue;
      if (offers.exact(offer.name, slot, offer.version) !== undefined) continue;
      names.add(`${offer.name} ${offer.version}`);
    }
  }
  return [...names].toSorted(compareText);
}
