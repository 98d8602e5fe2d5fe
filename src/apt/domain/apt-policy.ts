/** What `apt-cache policy NAME…` says (apt-cache(8)), read in the C locale. */

export interface PolicyEntry {
  /** Version; null for none. */
  installed: string | null;
  candidate: string | null;
}

/** apt's own name of a package: `name` for the native architecture and `all`, else `name:architecture`. */
export function aptName(item: { name: string; architecture: string }, nativeArchitecture: string): string {
  const { name, architecture } = item;
  return architecture === nativeArchitecture || architecture === 'all' ? name : `${name}:${architecture}`;
}

/** By apt's own name of a package. A package that apt does not know is not there. */
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
