/** Distributes volumes over the media of a set: in their order, each medium filled as far as it has room. */
import type { PlannedVolume } from './volume-plan.ts';

export interface MediumRoom {
  /** Room for volumes. */
  sizeBytes: number;
  /** Number of files that fit on the medium; null where no limit is known. */
  files: number | null;
}

export interface Placement {
  /** Volumes of each medium, in the order of the media. */
  placed: PlannedVolume[][];
  /** Volumes for which no medium has room. */
  left: PlannedVolume[];
}

export function placeVolumes(volumes: readonly PlannedVolume[], rooms: readonly MediumRoom[]): Placement {
  const left = [...volumes];
  const placed = rooms.map(({ sizeBytes, files }) => {
    const own: PlannedVolume[] = [];
    let roomBytes = sizeBytes;
    for (let next = left[0]; next !== undefined && next.sizeBytes <= roomBytes; next = left[0]) {
      if (files !== null && own.length >= files) break;
      own.push(next);
      left.shift();
      roomBytes -= next.sizeBytes;
    }
    return own;
  });
  return { placed, left };
}
