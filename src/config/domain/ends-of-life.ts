/**
 * When support of the releases ends, and which of them a mirror is of.
 * The dates stand in known-releases.ts. Sources, as of 2026-11: the support lifecycle tables in the FAQ chapters of the
 * products' manuals; https://www.debian.org/releases/ and https://wiki.debian.org/LTS;
 * https://docs.ceph.com/en/latest/releases/, whose dates are estimates.
 */
import { baseCodename, productsOf } from './default-target.ts';
import {
  cephReleases,
  debianReleases,
  isCodename,
  productReleases,
  type Codename,
  type EndOfLife,
} from './known-releases.ts';
import type { Mirror } from './mirror.ts';

type LocatedMirror = Pick<Mirror, 'id' | 'uri' | 'suite' | 'components'>;

/** `2026-08`, `2026-07-11, LTS until 2028-06-30`, `not announced` */
export function endOfLifeText({ date, note }: EndOfLife): string {
  return [date ?? 'not announced', ...(note === undefined ? [] : [note])].join(', ');
}

/** Returns whether the last day of support is over, anywhere on earth. */
export function isPastEnd({ date }: EndOfLife, now: Date): boolean {
  if (date === null) return false;
  const [year = 0, month = 1, day] = date.split('-').map(Number);
  // Day 0 of the next month is the last one of this.
  const last = day === undefined ? Date.UTC(year, month, 0) : Date.UTC(year, month - 1, day);
  return now.getTime() >= last + 36 * 3_600_000;
}

/** Returns the last day of support, `2026-08-31`; null where none is announced. */
export function lastDay({ date }: EndOfLife): string | null {
  if (date === null || date.length > 7) return date;
  const [year = 0, month = 1] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}

interface MirroredRelease {
  /** Like `Proxmox VE 9` or `Ceph squid`. */
  title: string;
  isCeph: boolean;
  end: EndOfLife;
  /** Mirrors of it. */
  ids: string[];
}

/** The known releases that the mirrors are of, in the order of the mirrors. */
export function mirroredReleases(mirrors: readonly LocatedMirror[]): MirroredRelease[] {
  const found = new Map<string, MirroredRelease>();
  for (const mirror of mirrors) {
    const release = releaseOf(mirror);
    if (release === undefined) continue;
    const known = found.get(release.title);
    if (known === undefined) found.set(release.title, { ...release, ids: [mirror.id] });
    else known.ids.push(mirror.id);
  }
  return [...found.values()];
}

/**
 * One line for each release that is past its end of life or, with `withinDays`, reaches it so soon; in the order of the
 * mirrors.
 */
export function endOfLifeWarnings(mirrors: readonly LocatedMirror[], now: Date, withinDays = 0): string[] {
  const later = new Date(now.getTime() + withinDays * 86_400_000);
  return mirroredReleases(mirrors).flatMap(({ title, end, ids }) => {
    if (isPastEnd(end, now))
      return [
        `${title} is past its end of life (${endOfLifeText(end)}): expect no more security updates in ${ids.join(', ')}.`,
      ];
    if (!isPastEnd(end, later)) return [];
    return [
      `${title} reaches its end of life within ${withinDays} days (${endOfLifeText(end)}): plan the upgrade of its hosts. Mirrors: ${ids.join(', ')}.`,
    ];
  });
}

/**
 * Recognises the release by a mirror's URI, suite and components; undefined for a repository that is neither Proxmox's
 * nor Debian's.
 */
function releaseOf({ uri, suite, components }: LocatedMirror): Omit<MirroredRelease, 'ids'> | undefined {
  const codename = baseCodename(suite);
  if (!isCodename(codename)) return undefined;
  const directory = uri.replace(/\/+$/, '').split('/').at(-1) ?? '';
  const ceph = cephReleases.find(
    (release) => release.codename === codename && directory === `ceph-${release.name}`,
  );
  if (ceph !== undefined) return { title: `Ceph ${ceph.name}`, isCeph: true, end: ceph.endOfLife };
  if (directory === 'pbs-client' || /^debian(?:-security)?$/.test(directory)) return debianRelease(codename);
  const [product] = productsOf([{ components }]);
  const known = productReleases.find(
    (release) => release.product === product && release.codename === codename && directory === product,
  );
  return known === undefined
    ? undefined
    : { title: `${known.title} ${known.version}`, isCeph: false, end: known.endOfLife };
}

function debianRelease(codename: Codename): Omit<MirroredRelease, 'ids'> {
  const { version, endOfLife } = debianReleases[codename];
  return { title: `Debian ${version}`, isCeph: false, end: endOfLife };
}
