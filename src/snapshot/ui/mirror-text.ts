/** Mirrors of a config, and the presets for new ones, for people. */
import type { AccessFile, Filters, Mirror } from '../../config/domain/mirror.ts';
import type { PomState } from '../../pom/domain/pom-mirrors.ts';
import type { PomChange } from '../../mirror/domain/pom-change.ts';
import type { PomProblem } from '../../pom/domain/pom-problems.ts';
import { formatCount, formatTable } from '../../core/ui/format.ts';
import { pomChangeLines } from '../../pom/ui/pom-text.ts';

/** The shape that the workflow returns. */
export interface ShownMirrors {
  config: string;
  track: string;
  engine: 'builtin' | 'pom';
  why: string;
  mirrors: (Omit<Mirror, AccessFile> & { login: boolean; state?: PomState })[];
  onlyInPom: string[];
  changes: PomChange[];
  problems: PomProblem[];
}

export function mirrorListText(list: ShownMirrors): string {
  const head = ['ID', 'URI', 'SUITE', 'COMPONENTS', 'ARCHITECTURES', 'FILTERS'];
  const rows = list.mirrors.map((mirror) => [
    mirror.id,
    mirror.uri,
    mirror.suite,
    mirror.components.join(','),
    [...mirror.architectures, ...(mirror.types.includes('deb-src') ? ['source'] : [])].join(','),
    filtersInShort(mirror.filters),
    ...(mirror.state === undefined ? [] : [mirror.state]),
  ]);
  const foreign = list.onlyInPom.map((id) => [id, '-', '-', '-', '-', '-', 'only in POM']);
  return [
    formatTable(list.engine === 'pom' ? [...head, 'STATE'] : head, [...rows, ...foreign]),
    '',
    `${formatCount(list.mirrors.length, 'mirror')} of track ${list.track}, from ${list.config}`,
    `Engine: ${list.engine} (${list.why})`,
    ...pomChangeLines(list.changes),
    ...(list.problems.length === 0 ? [] : ['', 'Proxmox Offline Mirror cannot do this:']),
    ...list.problems.map(({ mirror, setting, message }) => `  mirror ${mirror}, ${setting}: ${message}`),
  ].join('\n');
}

/** `only bash; no sections debug,games; latest versions`, or `-` when all is taken. */
function filtersInShort(filters: Filters): string {
  const parts: string[] = [];
  if (filters.include.packages.length > 0) parts.push(`only ${filters.include.packages.join(',')}`);
  if (filters.skip.packages.length > 0) parts.push(`no ${filters.skip.packages.join(',')}`);
  if (filters.skip.sections.length > 0) parts.push(`no sections ${filters.skip.sections.join(',')}`);
  if (filters.versions === 'latest') parts.push('latest versions');
  return parts.join('; ') || '-';
}

/** The shape that the workflow returns. */
export interface ShownPresets {
  presets: { name: string; title: string; endOfLife: string; mirrors: { login: boolean }[] }[];
}

export function presetListText({ presets }: ShownPresets): string {
  const rows = presets.map((preset) => [
    preset.name,
    preset.mirrors.some((mirror) => mirror.login) ? 'subscription' : '-',
    preset.endOfLife,
    preset.title,
  ]);
  return [
    formatTable(['PRESET', 'NEEDS', 'END OF LIFE', 'WHAT IT IS'], rows),
    '',
    'A preset is one mirror with the same id (in Ceph\'s, "no-subscription" is "nosub");',
    'debian-trixie and debian-bookworm are three: base, -updates and -security.',
    'Write a config with: pommgr init --preset NAME NAME',
  ].join('\n');
}
