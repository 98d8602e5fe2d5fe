/**
 * Describes the space that thin targets save: always on media and hosts, and in the mirror where pommgr itself fills
 * it.
 */
export function savedSpaceText(engine: 'auto' | 'builtin' | 'pom', targets: readonly string[]): string {
  const names = targets.join(', ');
  switch (engine) {
    case 'builtin':
      return `${names}: the mirror, media and hosts hold what the closure needs`;
    case 'pom':
      return `${names}: media and hosts hold what the closure needs; Proxmox Offline Mirror keeps the mirror whole`;
    case 'auto':
      return `${names}: media and hosts hold what the closure needs, and so does the mirror, unless Proxmox Offline Mirror fills it`;
  }
}
