/** Names what a medium carries besides its bundles, so that a bare host can use it, and what is reported of it. */
import { compareText } from '../../core/domain/canonical-json.ts';
import { launcherName, mediumTextName, toolDirectoryName } from './medium-layout.ts';

/** The script that checks a medium with openssl and sha256sum. */
export const verifyScriptName = `${toolDirectoryName}/verify.sh`;
/** Files of the tool at the medium's top. */
export const topFileNames: readonly string[] = [mediumTextName, launcherName];
/** All names that the manifest of `tool/` lists, relative to the medium's top. */
export const toolFileNames: readonly string[] = [...topFileNames, verifyScriptName];

/** Node.js, and pommgr in one file. */
export const nodeProgramName = 'node';
export const runtimeProgramName = 'pommgr.mjs';

/** Returns whether it is the name of a directory in `runtime/`, e.g. `1.2.0` or `1.2.0-rc.1`. */
export function isRuntimeVersion(name: string): boolean {
  return /^[0-9][0-9A-Za-z.+~-]{0,63}$/.test(name);
}

/** Returns whether it is a file of a runtime, relative to its directory, e.g. `linux-x64/node`. */
export function isRuntimeFileName(name: string): boolean {
  return /^[a-z0-9]+-[a-z0-9]+\/[A-Za-z0-9_][A-Za-z0-9._+-]*$/.test(name);
}

/** Returns the files that each platform of a runtime must have; a runtime without platforms is invalid. */
export function neededRuntimeFiles(names: readonly string[]): string[] {
  const platforms = platformsOf(names);
  if (platforms.length === 0) return [`<platform>/${runtimeProgramName}`];
  return platforms.flatMap((platform) => [
    `${platform}/${nodeProgramName}`,
    `${platform}/${runtimeProgramName}`,
  ]);
}

/**
 * Returns whether it is pommgr's own Debian package beside the runtime, for hosts that should install it:
 * `debian-amd64/pommgr.deb`.
 */
export function isPackageName(name: string): boolean {
  return /^debian-[a-z0-9]+\/pommgr\.deb$/.test(name);
}

/** The Ansible collection beside the runtime, for control nodes without Ansible Galaxy. */
const collectionName = 'ansible-collection/pommgr-pommgr.tar.gz';

/** Returns whether it is a file that travels beside the platforms of a runtime. */
export function isBesidePlatforms(name: string): boolean {
  return isPackageName(name) || name === collectionName;
}

/** Returns the name of that package for a Debian architecture. */
export function packageNameFor(debianArchitecture: string): string {
  return `debian-${debianArchitecture}/pommgr.deb`;
}

/** Returns the platforms that a runtime's files are for, sorted. */
export function platformsOf(names: Iterable<string>): string[] {
  const platforms = [...names].filter((name) => !isBesidePlatforms(name)).map((name) => name.split('/')[0]);
  return [...new Set(platforms.map((name) => name ?? ''))].toSorted(compareText);
}

/** What `verify` found valid beside the bundles. */
export interface MediumTool {
  /** Signers of launcher, verify.sh and POMMGR.txt; null where the medium has none. */
  tool: { signers: string[] } | null;
  /** Runtimes by version. */
  runtimes: RuntimeVerification[];
}

export interface RuntimeVerification {
  version: string;
  /** E.g. `linux-x64`. */
  platforms: string[];
  /** Fingerprints. */
  signers: string[];
  sizeBytes: number;
}

/** What `pack` does with the runtime of its own version. */
export interface RuntimeReport {
  /**
   * `signed`: it was there, and got a signature; `unchanged`: it was there with our signature; `left-out`: as
   * requested; `missing`: this pommgr has none to copy.
   */
  outcome: 'written' | 'signed' | 'unchanged' | 'left-out' | 'missing';
  /** Null where none was chosen. */
  version: string | null;
  platforms: string[];
  /** Size of what is copied, or would be. */
  sizeBytes: number;
}
