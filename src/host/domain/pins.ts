/** Decides which candidates of a baseline pins hold, and how they change apt's choice. */
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { MirrorContent } from '../../mirror/domain/mirror-content.ts';
import type { Candidate } from '../../mirror/domain/candidates.ts';
import type { InstalledPackage } from '../../apt/domain/host.ts';
import type { PinScope } from '../../store/domain/store-state.ts';

/** Origin in Proxmox's Release files. */
const proxmoxOrigin = 'Proxmox';

export interface PinFacts {
  /** Mirrors of the baseline that the candidates belong to. */
  mirrors: readonly MirrorContent[];
  installed: readonly InstalledPackage[];
  nativeArchitecture: string;
}

/** Returns those of the candidates that are in the scope, in their order. */
export function pinnedCandidates(
  candidates: readonly Candidate[],
  scope: PinScope,
  { mirrors, installed, nativeArchitecture }: PinFacts,
): Candidate[] {
  switch (scope) {
    case 'all':
      return [...candidates];
    case 'proxmox': {
      const ours = mirrors.filter(({ release }) => release.origin === proxmoxOrigin);
      const ids = new Set(ours.map(({ id }) => id));
      return candidates.filter(({ mirror }) => ids.has(mirror));
    }
    case 'installed': {
      const there = installed.filter(({ status }) => status === 'installed');
      const names = new Set(there.map((item) => aptName(item, nativeArchitecture)));
      return candidates.filter((candidate) => names.has(aptName(candidate, nativeArchitecture)));
    }
  }
}

/** Returns the candidates, with the versions of pins where a pin holds a package. */
export function withPins(candidates: readonly Candidate[], pinned: readonly Candidate[]): Candidate[] {
  const held = new Map(pinned.map((pin) => [keyOf(pin), pin]));
  return candidates.map((candidate) => held.get(keyOf(candidate)) ?? candidate);
}

function keyOf({ name, architecture }: Candidate): string {
  return `${name}:${architecture}`;
}
