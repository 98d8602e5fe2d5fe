/** Parses the output of `apt-cache policy NAME…` (apt-cache(8)), in the C locale. */

export interface PolicyEntry {
  /** Version; null for none. */
  installed: string | null;
  candidate: string | null;
}

/** Returns apt's own name of a package: `name` for the native architecture and `all`, else `name:architecture`. */
export function aptName(item: { name: string; architecture: string }, nativeArchitecture: string): string {
  const { name, architecture } = item;
  return architecture === nativeArchitecture || architecture === 'all' ? name : `${name}:${architecture}`;
}

/** Returns entries by apt's own name of a package; a package that apt does not know has none. */
export function parsePolicy(output: string): Map<string, PolicyEntry> {
  const entries = new Map<string, PolicyEntry>();
  let entry: PolicyEntry = { installed: null, candidate: null };
  for (const line of output.split('\n')) {
    const name = /^(\S+):$/.exec(line)?.[1];
    if (name !== undefined) {
      entry = { installed: null, candidate: null };
      entries.set(name, entry);
      continue;
    }
    const [, field, version] = /^ {2}(Installed|Candidate): (\S+)$/.exec(line) ?? [];
    if (version === undefined || version === '(none)') continue;
    if (field === 'Installed') entry.installed = version;
    else entry.candidate = version;
  }
  return entries;
}

/**
 * Returns the packages of which a version may be installed from this machine's own files (`file:`, `copy:`), by apt's
 * own name; a version that is only installed does not count as offered.
 */
export function parseLocallyOffered(output: string): Set<string> {
  const offered = new Set<string>();
  let name = '';
  let isAllowed = false;
  for (const line of output.split('\n')) {
    const head = /^(\S+):$/.exec(line)?.[1];
    if (head !== undefined) name = head;
    // A version line with its priority; its sources follow, indented further.
    const version = /^ [* ]{3} \S+ (-?\d+)$/.exec(line)?.[1];
    if (version !== undefined) isAllowed = Number(version) >= 0;
    else if (isAllowed && /^ {6,}-?\d+ (?:file|copy):/.test(line)) offered.add(name);
  }
  return offered;
}
