/**
 * The candidates of a target: for each package the version that apt would choose on a host.
 * Invariant: the result does not depend on the order in which entries are added.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { Target } from '../../apt/domain/target.ts';

/**
 * One row of `apt-cache policy`. `architecture` is never `all`: apt counts a package of architecture `all` as one of
 * the host's native architecture, where it competes with the package of that name that is built for it. A foreign
 * architecture has no part in it.
 */
export interface Candidate {
  name: string;
  architecture: string;
  version: string;
  /** The mirror that offers it; the first by id where several do. */
  mirror: string;
}

export interface Candidates {
  /** Counts an entry, or passes it over: another mirror's, another architecture's, a source. */
  add(entry: PackageEntry): void;
  /**
   * Sorted by name, the native architecture first. In apt's preferences and `apt-cache policy`, a package of the
   * native architecture goes by `name`, one of a foreign architecture by `name:architecture`.
   * @throws PommgrError `bug.architecture` when the target is not for that architecture.
   */
  list(nativeArchitecture: string): Candidate[];
}

interface Offer {
  version: string;
  mirror: string;
}

/** What of a mirror decides whether its versions are candidates. */
export interface CandidateMirror {
  id: string;
  release: { notAutomatic: boolean };
}

/** Among the target's mirrors; a `NotAutomatic` one counts only where the target asks for it. */
export function createCandidates(target: Target, mirrors: readonly CandidateMirror[]): Candidates {
  const counted = countedMirrors(target, mirrors);
  const byArchitecture = new Map(target.architectures.map((name) => [name, new Map<string, Offer>()]));
  const forAll = new Map<string, Offer>();
  return {
    add({ mirror, name, architecture, version }) {
      const offers = architecture === 'all' ? forAll : byArchitecture.get(architecture);
      if (offers !== undefined && counted.has(mirror)) addOffer(offers, { name, version, mirror });
    },
    list(nativeArchitecture) {
      if (!byArchitecture.has(nativeArchitecture)) {
        throw new PommgrError(
          'bug.architecture',
          `Target ${target.name} is for ${target.architectures.join(', ')}, not for ${nativeArchitecture}.`,
        );
      }
      const candidates: Candidate[] = [];
      for (const [architecture, offers] of byArchitecture) {
        const effective = new Map(offers);
        if (architecture === nativeArchitecture) {
          for (const [name, offer] of forAll) addOffer(effective, { name, ...offer });
        }
        for (const [name, offer] of effective) candidates.push({ name, architecture, ...offer });
      }
      const rank = (candidate: Candidate): number => (candidate.architecture === nativeArchitecture ? 0 : 1);
      return candidates.toSorted(
        (a, b) =>
          compareText(a.name, b.name) || rank(a) - rank(b) || compareText(a.architecture, b.architecture),
      );
    },
  };
}

/** The ids of the target's mirrors whose versions are candidates. */
export function countedMirrors(target: Target, mirrors: readonly CandidateMirror[]): Set<string> {
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

/** Where dpkg calls two versions equal, their text and then the mirror decide, so that the order of adding does not. */
function compareOffers(a: Offer, b: Offer): number {
  return (
    compareVersions(a.version, b.version) ||
    compareText(a.version, b.version) ||
    compareText(b.mirror, a.mirror)
  );
}
