/** Formats mirrors of a config, and the presets for new ones, for people. */
import type { AccessFile, Filters, Mirror } from '../../config/domain/mirror.ts';
import type { PomState } from '../../pom/domain/pom-mirrors.ts';
import type { PomChange } from '../../mirror/domain/pom-change.ts';
import type { PomProblem } from '../../pom/domain/pom-problems.ts';
import { savedSpaceText } from '../../closure/ui/saved-space-text.ts';
import { formatCount, formatTable } from '../../core/ui/format.ts';
import { pomChangeLines } from '../../pom/ui/pom-text.ts';

/** The shape that the workflow returns. */
export interface ShownMirrors {
  config: string;
  track: string;
  engine: 'builtin' | 'pom';
  why: string;
  thin: string[];
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
    ...(list.thin.length === 0 ? [] : [`Thin: ${savedSpaceText(list.engine, list.thin)}`]),
    ...(list.mirrors.some(hasMoreNames) ? ['All names of the filters: pommgr mirror list --json'] : []),
    ...pomChangeLines(list.changes),
    ...(list.problems.length === 0 ? [] : ['', 'Proxmox Offline Mirror cannot do this:']),
    ...list.problems.map(({ mirror, setting, message }) => `  mirror ${mirror}, ${setting}: ${message}`),
  ].join('\n');
}

/** Returns `only bash; no sections debug,games; latest versions`, or `-` without filters. */
function filtersInShort(filters: Filters): string {
  const { include, skip } = filters;
  const parts: string[] = [];
  if (include.packages.length > 0) parts.push(`only ${namesInShort(include.packages, 'package')}`);
  if (skip.packages.length > 0) parts.push(`no ${namesInShort(skip.packages, 'package')}`);
  const { sections } = skip;
  if (sections.length > 0)
    parts.push(`no ${isShortened(sections) ? '' : 'sections '}${namesInShort(sections, 'section')}`);
  if (filters.versions === 'latest') parts.push('latest versions');
  return parts.join('; ') || '-';
}

function hasMoreNames({ filters: { include, skip } }: { filters: Filters }): boolean {
  return [include.packages, skip.packages, skip.sections].some(isShortened);
}

/** Maximum number of names in the table. */
const shownNames = 4;

function namesInShort(names: readonly string[], noun: string): string {
  return isShortened(names) ? formatCount(names.length, noun) : names.join(',');
}

function isShortened(names: readonly string[]): boolean {
  return names.length > shownNames;
}

/** The shape that the workflow returns. */
export interface ShownPresets {
  presets: { name: string; title: string; endOfLife: string; past: boolean; mirrors: { login: boolean }[] }[];
}

export function presetListText({ presets }: ShownPresets): string {
  const rows = presets.map(({ name, title, mirrors, endOfLife, past }) => {
    const [date = '', note = '-'] = endOfLife.split(', ');
    const needs = mirrors.some((mirror) => mirror.login) ? 'subscription' : '-';
    return [name, needs, `${date}${past ? ' (past)' : ''}`, note, title];
  });
  return [
    formatTable(['PRESET', 'NEEDS', 'END OF LIFE', 'NOTE', 'WHAT IT IS'], rows, {
      optional: ['WHAT IT IS', 'NOTE'],
    }),
    '',
    'A preset is one mirror with the same id (in Ceph\'s, "no-subscription" is "nosub");',
    'debian-trixie and debian-bookworm are three: base, -updates and -security.',
    'An upgrade has the mirrors of both releases, Debian too, and a target for each stage; with',
    "a Ceph preset of the old release, Ceph's stages too.",
    'Write a config with: pommgr init --preset NAME NAME',
  ].join('\n');
}
