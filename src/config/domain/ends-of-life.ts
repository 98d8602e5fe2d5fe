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

/** One line for each release that is past its end of life, with the mirrors of it; in the order of the mirrors. */
export function endOfLifeWarnings(mirrors: readonly LocatedMirror[], now: Date): string[] {
  const past = new Map<string, { end: EndOfLife; ids: string[] }>();
  for (const mirror of mirrors) {
    const release = releaseOf(mirror);
    if (release === undefined || !isPastEnd(release.end, now)) continue;
    const known = past.get(release.title);
    if (known === undefined) past.set(release.title, { end: release.end, ids: [mirror.id] });
    else known.ids.push(mirror.id);
  }
  return [...past].map(
    ([title, { end, ids }]) =>
      `${title} is past its end of life (${endOfLifeText(end)}): expect no more security updates in ${ids.join(', ')}.`,
  );
}

/**
 * Recognises the release by a mirror's URI, suite and components; undefined for a repository that is neither Proxmox's
 * nor Debian's.
 */
function releaseOf({ uri, suite, components }: LocatedMirror): { title: string; end: EndOfLife } | undefined {
  const codename = baseCodename(suite);
  if (!isCodename(codename)) return undefined;
  const directory = uri.replace(/\/+$/, '').split('/').at(-1) ?? '';
  const ceph = cephReleases.find(
    (release) => release.codename === codename && directory === `ceph-${release.name}`,
  );
  if (ceph !== undefined) return { title: `Ceph ${ceph.name}`, end: ceph.endOfLife };
  if (directory === 'pbs-client' || /^debian(?:-security)?$/.test(directory)) return debianRelease(codename);
  const [product] = productsOf([{ components }]);
  const known = productReleases.find(
    (release) => release.product === product && release.codename === codename && directory === product,
  );
  return known === undefined ? undefined : { title: `${known.title} ${known.version}`, end: known.endOfLife };
}

function debianRelease(codename: Codename): { title: string; end: EndOfLife } {
  const { version, endOfLife } = debianReleases[codename];
  return { title: `Debian ${version}`, end: endOfLife };
}
