/**
 * Renders `pommgr.pref` (apt_preferences(5)). Invariant: with it, apt sees exactly those packages of the mirrors that
 * the baseline holds; installed packages stay, whether a baseline has them or not.
 */

/** The version that apt is to choose. `all` stands for the host's native architecture. */
export interface PinnedPackage {
  name: string;
  architecture: string;
  version: string;
  /** Default: 990, for the versions that apt should choose. */
  priority?: number;
}

export interface PreferencesInput {
  baseline: { name: string; digest: string };
  candidates: readonly PinnedPackage[];
  /** Versions of `NotAutomatic` suites, which keep apt's own priority for them. */
  onRequest?: readonly PinnedPackage[];
  /**
   * True where a mirror lists packages that the baseline lacks, so that all local sources are hidden except the
   * candidates.
   */
  filtered: boolean;
  /** Packages that `pommgr pin` holds, some of the candidates. */
  pins?: { scope: string; baseline: string; pinned: Iterable<PinnedPackage> } | undefined;
}

/** Renders the preferences of one target, in the given order; with neither filter nor pins they are only a comment. */
export function renderPreferences(input: PreferencesInput): string {
  const { baseline, candidates, onRequest = [], filtered, pins } = input;
  const head = [
    '# Written by pommgr, which replaces this file with each baseline. Do not edit it.',
    `# Baseline: ${baseline.name}`,
    `# Digest:   sha256:${baseline.digest}`,
  ];
  if (pins !== undefined) head.push(...pinComment(pins, filtered));
  if (!filtered && pins === undefined) head.push('# Its mirrors are whole, so nothing needs to be hidden.');
  const stanzas = [head.join('\n')];
  if (filtered) stanzas.push(hidingStanza);
  const shown = filtered ? [...candidates, ...onRequest] : (pins?.pinned ?? []);
  for (const pinned of shown) stanzas.push(renderPin(pinned));
  return `${stanzas.join('\n\n')}\n`;
}

const scopeTexts = new Map([
  ['all', 'all packages'],
  ['installed', 'the packages that were installed when this was written'],
  ['proxmox', "the packages of Proxmox's repositories"],
]);

function pinComment({ scope, baseline }: { scope: string; baseline: string }, filtered: boolean): string[] {
  return [
    `# Pins:     ${scopeTexts.get(scope) ?? scope}, to the versions of ${baseline}.`,
    ...(filtered
      ? ['# They are among the stanzas below, which a filtered mirror needs for all packages.']
      : []),
    '# 990 is more than any other source has, and less than what makes apt downgrade.',
    '# "pommgr pin --remove" takes the pins away.',
  ];
}

/** The origin is the host of a source's URI; it is empty for `file:` and for `mirror+file:`. */
const hidingStanza = [
  '# Hides what the mirrors list and the baseline lacks; of other file: sources, it hides everything.',
  'Package: *',
  'Pin: origin ""',
  'Pin-Priority: -1',
].join('\n');

/**
 * The architecture is named because a bare name matches only the native architecture. Names and versions of Debian
 * contain none of `*?[`, the characters that apt would read as a pattern. A priority of 1000 or more would make apt
 * downgrade.
 */
function renderPin({ name, architecture, version, priority = 990 }: PinnedPackage): string {
  const packageName = architecture === 'all' ? name : `${name}:${architecture}`;
  return `Package: ${packageName}\nPin: version ${version}\nPin-Priority: ${priority}`;
}
