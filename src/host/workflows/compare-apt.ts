/**
 * Compares apt's present state with the applied baseline: the Release files and indices that it accepted, and its
 * candidates. Anything may have changed them since `apply`: another update, a preferences file, a person. Changes
 * nothing.
 */
import { comparableUri, takenIndices, wrongReleases, type TakenIndex } from '../../apt/adapters/apt-lists.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { installedPackages } from '../../apt/adapters/dpkg.ts';
import { isHeldFor } from '../../medium/domain/bundle-objects.ts';
import { listOtherSources } from '../../apt/adapters/host-apt-files.ts';
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { Candidate } from '../../mirror/domain/candidates.ts';
import type { MirrorContent } from '../../mirror/domain/mirror-content.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { wrongMirrorLists } from '../../store/adapters/mirror-lists.ts';
import type { Store } from '../../store/adapters/store.ts';
import { releaseDigests } from '../../store/domain/store-address.ts';
import type { StoreState } from '../../store/domain/store-state.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { targetFor } from '../../store/workflows/open-stored-baseline.ts';
import { appliedFiles } from '../adapters/applied-directory.ts';
import type { Problem } from '../domain/status.ts';
import { checkCandidates } from './check-apt.ts';
import { prepareSources, type PreparedSources } from './prepare-sources.ts';

export interface CompareAptInput {
  store: Store;
  state: StoreState;
  aptRoot: AptRoot;
  stored: StoredBaseline;
  /** `installed`: only the candidates of installed packages are compared, which takes a tenth of the time. */
  candidates: 'all' | 'installed';
}

const updateHint = 'Run "apt-get update". If that does not help, run "pommgr apply" again.';

export async function compareApt(input: CompareAptInput): Promise<Problem[]> {
  const { state, aptRoot, stored } = input;
  if (state.applied === null) return [];
  const target = await targetFor(stored, aptRoot, { state });
  const prepared = await prepareSources(stored, { target, aptRoot, pins: null });
  const problems = [...(await mirrorListProblems(input)), ...(await listProblems(input, prepared))];
  // Without lists apt has no candidates at all; one message for each package would not help.
  return problems.length > 0 ? problems : candidateProblems(input, prepared);
}

async function mirrorListProblems({ stored, aptRoot }: CompareAptInput): Promise<Problem[]> {
  const { directory, remote, baseline, shares, held } = stored;
  if (remote === null) return [];
  const mirrors = baseline.snapshots
    .map(({ mirror }) => mirror)
    .filter((mirror) => isHeldFor(held, shares.ofMirror(mirror)));
  const wrong = await wrongMirrorLists({ name: baseline.name, directory, remote, mirrors, aptRoot });
  const hint = `Run "pommgr apply --from ${remote}" again, which writes it.`;
  return wrong.map((file) => ({ what: `${file} is not what was written.`, hint }));
}

/** apt cannot report on a source whose Release file it cannot read, so Release files are checked first. */
async function listProblems(input: CompareAptInput, prepared: PreparedSources): Promise<Problem[]> {
  const { store, state, aptRoot, stored } = input;
  const { sources } = appliedFiles(store, state.applied?.number ?? 0);
  const wrong = await wrongReleases(aptRoot, { sources }, releaseDigests(stored.baseline));
  const problems =
    wrong.length > 0
      ? wrong.map((uri) => `apt does not have the Release file of ${stored.baseline.name} for ${uri}.`)
      : wrongIndices(stored, prepared, await takenIndices(aptRoot, { sources }));
  return problems.map((what) => ({ what, hint: updateHint }));
}

function wrongIndices(
  { baseline }: StoredBaseline,
  { uris }: PreparedSources,
  taken: readonly TakenIndex[],
): string[] {
  const problems: string[] = [];
  for (const mirror of baseline.content.mirrors) {
    const { uri = '', architectures = [] } = uris.get(mirror.id) ?? {};
    const source = comparableUri(uri);
    for (const { path, sha256 } of wantedIndices(mirror, architectures)) {
      const found = taken.find((index) => index.uri === source && index.path === path);
      if (found?.sha256 === sha256) continue;
      const what = found === undefined ? 'apt has no list' : 'apt has another list than that of the baseline';
      problems.push(`${what}: ${mirror.id}, ${path}.`);
    }
  }
  return problems;
}

/** Returns the indices that apt accepts on this host; `all` comes with the native architecture or by itself. */
function wantedIndices(
  { indices }: MirrorContent,
  architectures: readonly string[],
): MirrorContent['indices'] {
  return indices.filter(({ path }) => {
    const architecture = /\/binary-([^/]+)\/Packages$/.exec(path)?.[1];
    return architecture !== undefined && architectures.includes(architecture);
  });
}

/** Pins, and other sources that were left in place, may rightly make apt choose something else. */
async function candidateProblems(
  { state, aptRoot, candidates: which }: CompareAptInput,
  { candidates, onRequest }: PreparedSources,
): Promise<Problem[]> {
  if (state.pins !== null || (await listOtherSources(aptRoot)).length > 0) return [];
  try {
    const compared = which === 'all' ? candidates : await ofInstalled(candidates, aptRoot);
    await checkCandidates(aptRoot, { candidates: compared, onRequest });
    return [];
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'tool.candidates') throw error;
    return [{ what: error.message, hint: error.hints[0] ?? updateHint }];
  }
}

async function ofInstalled(candidates: readonly Candidate[], aptRoot: AptRoot): Promise<Candidate[]> {
  const { architecture } = aptRoot;
  const installed = new Set(
    (await installedPackages(aptRoot)).map((installedPackage) => aptName(installedPackage, architecture)),
  );
  return candidates.filter((candidate) => installed.has(aptName(candidate, architecture)));
}
