/** What a store keeps of a medium's tool for hosts that have nothing yet, and which runtime of several that is. */
import { compareVersions } from '../../apt/domain/debian-version.ts';

/** Directory of a store that is laid out as a medium's top. */
export const keptMediumDirectoryName = 'medium';
/** Names the runtime that is offered, a line each: a launcher that asks by HTTP cannot list a directory. */
export const runtimeVersionsFileName = 'runtime-versions.txt';

export interface KeptTool {
  version: string;
  /** E.g. `linux-x64`. */
  platforms: string[];
}

/** The highest of them; `1.0.0-rc.1` is lower than `1.0.0`. */
export function newestRuntime(versions: readonly string[]): string | undefined {
  const comparable = (version: string): string => version.replaceAll('-', '~');
  return versions.toSorted((a, b) => compareVersions(comparable(b), comparable(a)))[0];
}
