/** Asks apt to name candidates and to plan an upgrade. */
import { aptName, parseLocallyOffered, parsePolicy, type PolicyEntry } from '../domain/apt-policy.ts';
import { parseSimulation, type UpgradePlan } from '../domain/apt-simulation.ts';
import { pathForApt, runApt, type AptRoot } from './apt-root.ts';

/** Files (paths on this machine) that apt reads instead of the root's own for one run. */
export interface AptFiles {
  /** Must be named `*.sources`: apt recognises the format by the name. */
  sources?: string;
  preferences?: string;
  /** Directory with a `partial/`, for the lists. */
  lists?: string;
  /** Directory that replaces preferences.d. */
  preferenceParts?: string;
  /** Further settings of apt.conf(5), `NAME=VALUE`. */
  settings?: readonly string[];
  /** apt fetches with this configuration file and none of the host's own, whose hooks would change the host. */
  plainConfiguration?: string;
}

/**
 * Returns the installed and the candidate version by apt's own name of a package; a name may carry an architecture
 * (`name:i386`). Packages unknown to apt are left out.
 */
export async function candidatesOf(
  aptRoot: AptRoot,
  names: readonly string[],
  files: AptFiles = {},
): Promise<Map<string, PolicyEntry>> {
  const options = fileOptions(aptRoot, files);
  const found = new Map<string, PolicyEntry>();
  for (const batch of batches(names)) {
    const { stdout } = await runApt(aptRoot, ['apt-cache', 'policy', ...options, '--', ...batch]);
    const policy = parsePolicy(stdout);
    for (const asked of batch) {
      const [name = '', architecture = aptRoot.architecture] = asked.split(':');
      // apt treats an unknown name as a pattern and answers with other packages.
      const key = aptName({ name, architecture }, aptRoot.architecture);
      const entry = policy.get(key);
      if (entry !== undefined) found.set(key, entry);
    }
  }
  return found;
}

/** A tenth of what Linux accepts as one command line; the answer is about fifteen times as long. */
const batchBytes = 200_000;

function* batches(names: readonly string[]): Generator<string[]> {
  let batch: string[] = [];
  let size = 0;
  for (const name of names) {
    if (size > batchBytes) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(name);
    size += name.length + 1;
  }
  if (batch.length > 0) yield batch;
}

/** Returns the packages that apt could install from this machine's own files, as `parseLocallyOffered` names them. */
export async function locallyOffered(aptRoot: AptRoot, names: readonly string[]): Promise<Set<string>> {
  const offered = new Set<string>();
  for (const batch of batches(names)) {
    // Nothing is written, because a dry run asks this too.
    const inMemory = ['-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='];
    const { stdout } = await runApt(aptRoot, ['apt-cache', 'policy', ...inMemory, '--', ...batch]);
    for (const name of parseLocallyOffered(stdout)) offered.add(name);
  }
  return offered;
}

/** Returns why apt cannot install a package or task now; undefined where it can. */
export async function installRefusal(
  aptRoot: AptRoot,
  name: string,
  files: AptFiles = {},
): Promise<string | undefined> {
  const command = ['install', '--simulate', '-q', ...fileOptions(aptRoot, files), '--', name];
  const { exitCode, stdout, stderr } = await runApt(aptRoot, ['apt-get', ...command], [0, 100]);
  if (exitCode === 0) return undefined;
  const reasons = `${stdout}\n${stderr}`.split('\n').filter((line) => /^( \S+ : |E: )/.test(line));
  return reasons.map((line) => line.trim()).join('; ') || 'apt gives no reason';
}

/** Returns what `apt-get dist-upgrade` would do now. @throws PommgrError `tool.apt` when apt cannot resolve it. */
export async function simulateUpgrade(aptRoot: AptRoot, files: AptFiles = {}): Promise<UpgradePlan> {
  const { stdout } = await runApt(aptRoot, [
    'apt-get',
    'dist-upgrade',
    '--simulate',
    '-q',
    ...fileOptions(aptRoot, files),
  ]);
  return parseSimulation(stdout, aptRoot.architecture);
}

/** For example `2.6.1`. */
export async function aptVersion(aptRoot: AptRoot): Promise<string> {
  const { stdout } = await runApt(aptRoot, ['apt-get', '--version']);
  return stdout.split(/\s/)[1] ?? '';
}

/** With replaced files apt builds its cache in memory, because the cache on disk is for its own files. */
export function fileOptions(aptRoot: AptRoot, files: AptFiles): string[] {
  const settings: string[] = [];
  if (files.sources !== undefined) {
    settings.push(`Dir::Etc::sourcelist=${pathForApt(aptRoot, files.sources)}`);
    settings.push('Dir::Etc::sourceparts=/dev/null');
  }
  if (files.preferences !== undefined) {
    settings.push(`Dir::Etc::preferences=${pathForApt(aptRoot, files.preferences)}`);
    settings.push('Dir::Etc::preferencesparts=/dev/null');
  }
  if (files.preferenceParts !== undefined)
    settings.push(`Dir::Etc::preferencesparts=${pathForApt(aptRoot, files.preferenceParts)}`);
  if (files.lists !== undefined) settings.push(`Dir::State::lists=${pathForApt(aptRoot, files.lists)}/`);
  if (settings.length > 0) settings.push('Dir::Cache::pkgcache=', 'Dir::Cache::srcpkgcache=');
  settings.push(...(files.settings ?? []));
  return settings.flatMap((setting) => ['-o', setting]);
}
