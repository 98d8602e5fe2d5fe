/** Formats what pommgr would change in the config of Proxmox Offline Mirror, for people. */
import type { PomChange } from '../../mirror/domain/pom-change.ts';

/** Lines that follow others; none where there is nothing to change. */
export function pomChangeLines(
  changes: readonly Pick<PomChange, 'mirror' | 'state' | 'settings'>[],
): string[] {
  if (changes.length === 0) return [];
  const lines = changes.flatMap(({ mirror, state, settings }) => [
    `  mirror ${mirror} ${state}:`,
    ...settings.map(({ name, from, to }) => `    ${name}: ${from === null ? '' : `${from} -> `}${to}`),
  ]);
  return ['', '"pommgr snapshot" changes in the config of Proxmox Offline Mirror:', ...lines];
}
