/**
 * The text of `pommgr.pref` (apt_preferences(5)). Invariant: with it, apt sees of the mirrors what the baseline
 * holds and nothing else; what is installed stays, whether a baseline has it or not.
 */

/** The version that apt is to choose. `all` stands for the host's native architecture. */
export interface PinnedPackage {
  name: string;
  architecture: string;
  version: string;
}

/**
 * The preferences of one target. `filtered`: a mirror lists what the baseline lacks, so that all `file:` sources
 * are hidden but for the candidates; else there is only a comment. The order is the one given.
 */
export function renderPreferences(input: {
  baseline: { name: string; digest: string };
  candidates: Iterable<PinnedPackage>;
  filtered: boolean;
}): string {
  const head = [
    '# Written by pommgr, which replaces this file with each baseline. Do not edit it.',
    `# Baseline: ${input.baseline.name}`,
    `# Digest:   sha256:${input.baseline.digest}`,
  ];
  if (!input.filtered) return `${head.join('\n')}\n# Its mirrors are whole, so nothing needs to be hidden.\n`;
  const stanzas = [
    [
      '# Hides what the mirrors list and the baseline lacks; of other file: sources, it hides everything.',
      'Package: *',
      'Pin: origin ""',
      'Pin-Priority: -1',
    ].join('\n'),
  ];
  for (const candidate of input.candidates) stanzas.push(renderPin(candidate));
  return `${head.join('\n')}\n\n${stanzas.join('\n\n')}\n`;
}

/**
 * The architecture is named because a bare name is the native architecture's alone. Names and versions of Debian
 * hold none of `*?[`, the characters that apt would take for a pattern. 1000 and more would make apt downgrade.
 */
function renderPin({ name, architecture, version }: PinnedPackage): string {
  const packageName = architecture === 'all' ? name : `${name}:${architecture}`;
  return `Package: ${packageName}\nPin: version ${version}\nPin-Priority: 990`;
}
