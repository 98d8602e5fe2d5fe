/** Places the guests of nodes that leave on the other nodes, by memory. */
import type { Guest, Resources } from './answers.ts';

/** A paused or suspended guest has memory, too. */
export function isRunning({ status }: Guest): boolean {
  return status !== 'stopped';
}

export interface Placement {
  fits: boolean;
  /** Guests that fit nowhere. */
  homeless: number[];
  /** Free memory of the other nodes afterwards, of all that they have. */
  sparePercent: number;
  /** Memory of the guests that move, in bytes. */
  movedBytes: number;
}

/**
 * Places the largest guest first, each on the node with the most free memory (first-fit decreasing): if all fit this
 * way, they fit.
 */
export function placeElsewhere(
  { guests, nodes }: Resources,
  options: { leaving: readonly string[]; online: readonly string[]; acceptedGuests?: readonly number[] },
): Placement {
  const { leaving, online, acceptedGuests = [] } = options;
  const moving = guests
    .filter(
      (guest) => leaving.includes(guest.node) && isRunning(guest) && !acceptedGuests.includes(guest.vmid),
    )
    .toSorted((a, b) => b.maxmem - a.maxmem);
  const others = nodes.filter(({ node }) => !leaving.includes(node) && online.includes(node));
  const room = others.map(({ maxmem, mem }) => maxmem - mem);
  const total = others.reduce((sum, { maxmem }) => sum + maxmem, 0);
  const homeless = moving.filter(({ maxmem }) => {
    const best = room.indexOf(Math.max(...room));
    if (best === -1 || (room[best] ?? 0) < maxmem) return true;
    room[best] = (room[best] ?? 0) - maxmem;
    return false;
  });
  const spare = room.reduce((sum, bytes) => sum + bytes, 0);
  return {
    fits: homeless.length === 0,
    homeless: homeless.map(({ vmid }) => vmid),
    sparePercent: total === 0 ? 0 : Math.floor((spare * 100) / total),
    movedBytes: moving.reduce((sum, { maxmem }) => sum + maxmem, 0),
  };
}
