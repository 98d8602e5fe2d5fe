/**
 * Computes the candidates of a target: for each package the version that apt would choose on a host. Invariant: the
 * result does not depend on the order in which entries are added.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { Target } from '../../apt/domain/target.ts';

/**
 * One row of `apt-cache policy`. `architecture` is never `all`: apt counts a package of architecture `all` as one of
 * the host's native architecture, where it competes with the package of that name that is built for it. It does not
 * count for a foreign architecture.
 */
export interface Candidate {
  name: string;
  architecture: string;
  version: string;
  /** The mirror that offers it; the first by id where several do. */
  mirror: string;
}

/**
 * A version that apt offers without preferring it to the candidate: it is in a `NotAutomatic` suite that the target
 * does not name. With priority 100 (`ButAutomaticUpgrades`) it upgrades a version that is already newer than the
 * candidate; with 1 it upgrades nothing.
 */
export interface OnRequest extends Candidate {
  priority: 1 | 100;
}

export interface Candidates {
  /** Counts an entry, or ignores it: another mirror's, another architecture's, a source. */
  add(entry: PackageEntry): void;
  /**
   * Sorted by name, the native architecture first. In apt's preferences and `apt-cache policy`, a package of the
   * native architecture goes by `name`, one of a foreign architecture by `name:architecture`.
   * @throws PommgrError `bug.architecture` when the target is not for that architecture.
   */
  list(nativeArchitecture: string): Candidate[];
  /** All versions of `NotAutomatic` suites that are no candidates, sorted by name, architecture and version. */
  onRequest(nativeArchitecture: string): OnRequest[];
}

interface Offer {
  version: string;
  mirror: string;
}

/** Facts of a mirror that decide whether its versions are candidates. */
export interface CandidateMirror {
  id: string;
  release: { notAutomatic: boolean; butAutomaticUpgrades: boolean };
}

/** Counts entries of the target's mirrors; a `NotAutomatic` one counts only where the target requests it. */
export function createCandidates(target: Target, mirrors: readonly CandidateMirror[]): Candidates {
  const counted = countedMirrors(target, mirrors);
  const priorities = requestPriorities(target, mirrors);
  const requested = new Map<string, OnRequest>();
  const byArchitecture = new Map(target.architectures.map((name) => [name, new Map<string, Offer>()]));
  const forAll = new Map<string, Offer>();
  return {
    add({ mirror, name, architecture, version }) {
      const offers = architecture === 'all' ? forAll : byArchitecture.get(architecture);
      if (offers === undefined) return;
      if (counted.has(mirror)) addOffer(offers, { name, version, mirror });
      const priority = priorities.get(mirror);
      if (priority !== undefined) addRequest(requested, { name, architecture, version, mirror, priority });
    },
    list(nativeArchitecture) {
      checkArchitecture(target, nativeArchitecture);
      const candidates: Candidate[] = [];
      for (const [architecture, offers] of byArchitecture) {
        const effective = new Map(offers);
        if (architecture === nativeArchitecture) {
          for (const [name, offer] of forAll) addOffer(effective, { name, ...offer });
        }
        for (const [name, offer] of effective) candidates.push({ name, architecture, ...offer });
      }
      return candidates.toSorted(orderFor(nativeArchitecture));
    },
    onRequest(nativeArchitecture) {
      checkArchitecture(target, nativeArchitecture);
      const chosen = new Set(this.list(nativeArchitecture).map(versionKey));
      return [...requested.values()]
        .map((offer) =>
          offer.architecture === 'all' ? { ...offer, architecture: nativeArchitecture } : offer,
        )
        .filter((offer) => !chosen.has(versionKey(offer)))
        .toSorted(orderFor(nativeArchitecture));
    },
  };
}

function checkArchitecture(target: Target, nativeArchitecture: string): void {
  if (target.architectures.includes(nativeArchitecture)) return;
  throw new PommgrError(
    'bug.architecture',
    `Target ${target.name} is for ${target.architectures.join(', ')}, not for ${nativeArchitecture}.`,
  );
}

function versionKey({ name, architecture, version }: Candidate): string {
  return `${name} ${architecture} ${version}`;
}

function orderFor(nativeArchitecture: string): (a: Candidate, b: Candidate) => number {
  const rank = ({ architecture }: Candidate): number => (architecture === nativeArchitecture ? 0 : 1);
  return (a, b) =>
    compareText(a.name, b.name) ||
    rank(a) - rank(b) ||
    compareText(a.architecture, b.architecture) ||
    compareVersions(a.version, b.version) ||
    compareText(a.version, b.version);
}

/** Returns priorities by mirror: apt_preferences(5), "APT's Default Priority Assignments". */
function requestPriorities(
  target: Target,
  mirrors: readonly CandidateMirror[],
): Map<string, OnRequest['priority']> {
  const asked = new Set(notAutomaticMirrors(target, mirrors).map(({ id }) => id));
  return new Map(
    mirrors
      .filter(({ id }) => asked.has(id))
      .map(({ id, release }) => [id, release.butAutomaticUpgrades ? 100 : 1]),
  );
}

/** Returns mirrors of the target whose suite is `NotAutomatic` and which the target does not request. */
function notAutomaticMirrors(
  target: Pick<Target, 'mirrors' | 'notAutomatic'>,
  mirrors: readonly CandidateMirror[],
): CandidateMirror[] {
  return mirrors.filter(
    ({ id, release }) =>
      target.mirrors.includes(id) && release.notAutomatic && !target.notAutomatic.includes(id),
  );
}

/** The higher priority counts where two mirrors offer one version. */
function addRequest(requested: Map<string, OnRequest>, offer: OnRequest): void {
  const key = `${offer.name} ${offer.architecture} ${offer.version}`;
  const known = requested.get(key);
  const order =
    known === undefined ? 1 : offer.priority - known.priority || compareText(known.mirror, offer.mirror);
  if (order > 0) requested.set(key, offer);
}

/** Returns the ids of the target's mirrors whose versions are candidates. */
function countedMirrors(target: Target, mirrors: readonly CandidateMirror[]): Set<string> {
  const counted = mirrors.filter(
    ({ id, release }) =>
      target.mirrors.includes(id) && (!release.notAutomatic || target.notAutomatic.includes(id)),
  );
  return new Set(counted.map(({ id }) => id));
}

function addOffer(offers: Map<string, Offer>, { name, ...offer }: Offer & { name: string }): void {
  const known = offers.get(name);
  if (known === undefined || compareOffers(offer, known) > 0) offers.set(name, offer);
}

/**
 * Where dpkg considers two versions equal, their text and then the mirror decide, so that the order of adding does not
 * matter.
 */
function compareOffers(a: Offer, b: Offer): number {
  return (
    compareVersions(a.version, b.version) ||
    compareText(a.version, b.version) ||
    compareText(b.mirror, a.mirror)
  );
}
