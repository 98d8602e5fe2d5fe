/** Knows the order of Debian's releases: a host goes from one to the next, never back and never past one. */

/** The oldest first (https://www.debian.org/releases/). */
const releaseOrder = ['buster', 'bullseye', 'bookworm', 'trixie', 'forky', 'duke'];

/** Returns the codename of the release after this one; undefined for an unknown codename and the last known one. */
export function nextRelease(codename: string): string | undefined {
  const place = releaseOrder.indexOf(codename);
  return place < 0 ? undefined : releaseOrder[place + 1];
}
