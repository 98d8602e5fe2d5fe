/** Defines what a store keeps of a medium's tool for bare hosts, and chooses among several runtimes. */
import { compareVersions } from '../../apt/domain/debian-version.ts';

/** Directory of a store with the layout of a medium's top. */
export const keptMediumDirectoryName = 'medium';
/** File that names the offered runtimes, one on each line: a launcher cannot list a directory over HTTP. */
export const runtimeVersionsFileName = 'runtime-versions.txt';

export interface KeptTool {
  version: string;
  /** E.g. `linux-x64`. */
  platforms: string[];
}

/** Returns the highest version; `1.0.0-rc.1` is lower than `1.0.0`. */
export function newestRuntime(versions: readonly string[]): string | undefined {
  const comparable = (version: string): string => version.replaceAll('-', '~');
  return versions.toSorted((a, b) => compareVersions(comparable(b), comparable(a)))[0];
}
