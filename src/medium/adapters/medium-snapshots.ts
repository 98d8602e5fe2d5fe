/** Locates snapshots of Proxmox Offline Mirror on a medium, which a bundle of the layout `pom` names. */
import type { Bundle, BundleSnapshot } from '../domain/bundle.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { below, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import { notADirectory } from '../../core/adapters/directory-handles.ts';
import { kindAt, namesAt } from '../../core/adapters/files-at.ts';

/** Returns where POM stores a snapshot on a medium. */
export function mediumSnapshotPlace(
  media: string,
  { mirror, snapshot }: Pick<BundleSnapshot, 'mirror' | 'snapshot'>,
): Place {
  return below(topPlace(media), mirror, snapshot);
}

/** Lists what else is in the directories of these snapshots' mirrors, as `<mirror>/<name>`. */
export async function listOtherSnapshots(
  media: string,
  snapshots: readonly Pick<BundleSnapshot, 'mirror' | 'snapshot'>[],
): Promise<string[]> {
  const named = new Set(snapshots.map(({ mirror, snapshot }) => `${mirror}/${snapshot}`));
  const found: string[] = [];
  for (const mirror of new Set(snapshots.map((snapshot) => snapshot.mirror))) {
    for (const name of await namesAt(below(topPlace(media), mirror))) found.push(`${mirror}/${name}`);
  }
  return found.filter((path) => !named.has(path)).toSorted(compareText);
}

/**
 * Checks that every snapshot that the bundle names exists. @throws PommgrError `integrity.gone`, `integrity.missing`.
 */
export async function checkSnapshotsThere(
  media: string,
  { snapshots = [] }: Bundle,
  name: string,
): Promise<void> {
  await checkNotGone(media, snapshots, name);
  for (const snapshot of snapshots) await checkSnapshotThere(media, snapshot, name);
}

/**
 * POM removes snapshots from a medium that its mirrors no longer have: a bundle with none of its own is gone, not
 * damaged.
 */
async function checkNotGone(
  media: string,
  snapshots: readonly BundleSnapshot[],
  name: string,
): Promise<void> {
  if (snapshots.length === 0) return;
  for (const snapshot of snapshots) {
    if ((await kindAt(mediumSnapshotPlace(media, snapshot))) !== undefined) return;
  }
  throw new PommgrError(
    'integrity.gone',
    `Bundle ${name} is gone from ${media}: Proxmox Offline Mirror removed its snapshots, because its mirrors do not have them any more.`,
    {
      hints: [
        '"pommgr pack --format pom" on the online side removes what is left of it.',
        'Another bundle of the medium may be whole: choose it with --bundle NAME.',
      ],
      details: { bundle: name, media },
    },
  );
}

async function checkSnapshotThere(media: string, snapshot: BundleSnapshot, name: string): Promise<void> {
  const places = [below(topPlace(media), snapshot.mirror), mediumSnapshotPlace(media, snapshot)];
  for (const place of places) {
    const kind = await kindAt(place);
    if (kind === 'directory') continue;
    if (kind !== undefined) throw notADirectory(place);
    const directory = pathOf(place);
    throw new PommgrError(
      'integrity.missing',
      `The bundle ${name} is broken: its snapshot ${directory} is missing.`,
      {
        hints: [
          'A later "medium sync" removes what left the online side. Bring the medium back there, and pack a baseline that is still there.',
          'Another bundle of the medium may be whole: choose it with --bundle NAME.',
        ],
        details: { bundle: name, directory },
      },
    );
  }
}
