/**
 * Computes what apt would do with a baseline that it does not see yet: UpgradePlan without a switch. Invariant: nothing
 * on the host is changed; lists, sources and preferences are in a temporary directory.
 */
import { copyPlainFile } from '../../core/adapters/plain-file.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDir } from 'tmp-promise';
import { simulateUpgrade, type AptFiles } from '../../apt/adapters/apt.ts';
import { fetchLists } from '../../apt/adapters/apt-lists.ts';
import { hasDpkgDatabase, pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { sizesOfPlan } from '../../apt/adapters/upgrade-sizes.ts';
import {
  listDirectory,
  makeDirectory,
  pathExists,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { isRegularFile } from '../../core/adapters/regular-file.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';
import { releaseDigests } from '../../store/domain/store-address.ts';
import type { StoreState } from '../../store/domain/store-state.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Gaps } from '../domain/gaps.ts';
import type { SimulatedHost } from '../domain/simulated-host.ts';
import { checkGaps } from './check-gaps.ts';
import { checkCandidates } from './check-apt.ts';
import { listSettings } from './apt-configuration.ts';
import { prepareSources, type SeenBaseline } from './prepare-sources.ts';

/** Name of our own file in preferences.d, which a switch replaces. */
const ownPreferences = 'pommgr.pref';

export interface PreviewOptions {
  aptRoot: AptRoot;
  target: Target;
  state: Pick<StoreState, 'pins'>;
  /** As `PrepareOptions.place`. */
  place?: string;
  /** As `withPreviewScratch` made it. */
  scratch: string;
  /** What is installed, in place of what dpkg knows. */
  simulated?: SimulatedHost | undefined;
  context: Context;
}

/** Calls `work` with an empty directory that the root's apt can read; the directory is removed afterwards. */
export async function withPreviewScratch<T>(
  { kind, root }: AptRoot,
  work: (scratch: string) => Promise<T>,
): Promise<T> {
  const places =
    kind === 'outside' ? [tmpdir()] : [await pathInRoot(root, '/var/tmp'), await pathInRoot(root, '/tmp')];
  const [first = '', second = first] = places;
  const place = (await pathExists(first)) ? first : second;
  return withDir(({ path }) => work(path), { tmpdir: place, prefix: 'pommgr-preview-', unsafeCleanup: true });
}

/** @throws PommgrError `tool.*` as the switch itself would. */
export async function previewUpgrade(
  seen: SeenBaseline,
  { aptRoot, target, state, place, scratch, simulated, context }: PreviewOptions,
): Promise<{ plan: UpgradePlan; sizes: UpgradeSizes; gaps: Gaps; files: AptFiles }> {
  context.progress.step(`Asking apt what ${seen.baseline.name} would change`);
  const pins = state.pins === null ? null : { scope: state.pins.scope, baseline: seen.baseline.name };
  const prepared = await prepareSources(seen, {
    ...{ target, aptRoot, pins },
    ...(place === undefined ? {} : { place }),
  });
  const at = (name: string): string => join(scratch, name);
  for (const name of ['lists/partial', 'archives/partial', 'preferences.d']) await makeDirectory(at(name));
  await writeFileAtomic(at('pommgr.sources'), prepared.texts.sources);
  await writeFileAtomic(at(ownPreferences), prepared.texts.preferences);
  await copyPreferences(aptRoot.root, at('preferences.d'));
  await copyPlainFile(at(ownPreferences), join(at('preferences.d'), ownPreferences));
  const files = {
    sources: at('pommgr.sources'),
    lists: at('lists'),
    settings: [
      ...(await settingsFor(aptRoot, scratch)),
      ...(await simulatedSettings(aptRoot, at('status'), simulated)),
      ...listSettings(seen.baseline),
    ],
  } satisfies AptFiles;
  const releases = releaseDigests(seen.baseline);
  const { warnings } = await fetchLists(aptRoot, { ...files, plainConfiguration: at('apt.conf') }, releases);
  for (const warning of warnings) context.progress.warn(warning);
  await checkCandidates(aptRoot, prepared, { files: { ...files, preferences: at(ownPreferences) } });
  const asHost = { ...files, preferenceParts: at('preferences.d') };
  const plan = await simulateUpgrade(aptRoot, asHost);
  const about = { target, prepared, files: asHost, plan };
  const gaps = await checkGaps(aptRoot, { ...about, installed: simulated?.packages });
  return { plan, sizes: await sizesOfPlan(aptRoot, plan, asHost), gaps, files: asHost };
}

/**
 * The host's own preferences stay in force after a switch, ours are replaced. apt ignores anything that is not a file.
 */
async function copyPreferences(root: string, to: string): Promise<void> {
  const directory = '/etc/apt/preferences.d';
  for (const name of await listDirectory(await pathInRoot(root, directory))) {
    const path = await pathInRoot(root, `${directory}/${name}`);
    if (name !== ownPreferences && (await isRegularFile(path))) await copyPlainFile(path, join(to, name));
  }
}

async function simulatedSettings(
  aptRoot: AptRoot,
  path: string,
  simulated: SimulatedHost | undefined,
): Promise<string[]> {
  if (simulated === undefined) return [];
  await writeFileAtomic(path, simulated.status);
  return [`Dir::State::status=${pathForApt(aptRoot, path)}`];
}

/**
 * apt logs its plans even when it only simulates; and a root on which apt never ran lacks directories that it needs.
 */
async function settingsFor(aptRoot: AptRoot, scratch: string): Promise<string[]> {
  const place = pathForApt(aptRoot, scratch);
  const settings = [`Dir::Log::Planner=${place}/eipp.log`, `Dir::Log::Solver=${place}/edsp.log`];
  if (aptRoot.kind !== 'outside') return settings;
  settings.push(`Dir::Cache::archives=${place}/archives/`);
  if (await hasDpkgDatabase(aptRoot)) return settings;
  await writeFileAtomic(join(scratch, 'status'), '');
  return [...settings, `Dir::State::status=${place}/status`];
}
