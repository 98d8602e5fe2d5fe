/** Plans what a detach puts back, and where. Changes nothing. */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { entryExists } from '../../core/adapters/atomic-files.ts';
import { linksInPlace } from '../../apt/adapters/host-apt-files.ts';
import type { Store } from '../../store/adapters/store.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { SetAside, StoreState } from '../../store/domain/store-state.ts';
import type { DetachOperation } from '../../store/domain/journal.ts';
import { isAside } from './set-aside.ts';
import { findReplacedSources } from './take-back-link.ts';
import { entryInRoot } from '../../core/adapters/root-paths.ts';

export interface DetachPlan {
  operation: DetachOperation;
  /** The files among `operation.setAside`; the other entries are diversions of files that did not exist. */
  putBack: SetAside[];
  changed: string[];
  missing: string[];
}

/** @throws PommgrError `state.foreign-file` when the place of a file, or of our links, is taken. */
export async function planDetach(
  { applied, setAside }: StoreState,
  { store, aptRoot, purge }: { store: Store; aptRoot: AptRoot; purge: boolean },
): Promise<DetachPlan> {
  const plan: DetachPlan = {
    operation: { kind: 'detach', applied, setAside: [], kept: [], purge },
    putBack: [],
    changed: [],
    missing: [],
  };
  if (applied !== null && (await findReplacedSources({ store, aptRoot })) === undefined)
    await linksInPlace(aptRoot.root, pathForApt(aptRoot, store.current));
  for (const path of new Set(setAside.map((file) => file.path))) {
    await planPath(
      setAside.filter((file) => file.path === path),
      aptRoot,
      plan,
    );
  }
  return plan;
}

/** Among several files for one path, restores the package's own, else the last; the others stay beside it. */
async function planPath(files: readonly SetAside[], aptRoot: AptRoot, plan: DetachPlan): Promise<void> {
  const there: SetAside[] = [];
  for (const file of files) if (await isAside(aptRoot, file)) there.push(file);
  const back = there.find(({ method }) => method === 'divert') ?? there.at(-1);
  // A diversion is undone even when there is no file to put back.
  const divertedNothing = files.find((file) => file.method === 'divert' && !there.includes(file));
  if (divertedNothing !== undefined) plan.operation.setAside.push(divertedNothing);
  if (back === undefined) {
    // What was diverted before any package brought it may never have come.
    const gone = files.filter(({ isAwaited }) => isAwaited !== true);
    plan.missing.push(...new Set(gone.map(({ path }) => path)));
    return;
  }
  if (await entryExists(await entryInRoot(aptRoot.root, back.path))) throw placeTaken(back);
  plan.operation.setAside.push(back);
  plan.putBack.push(back);
  if (sha256Hex(await readPlainFile(await entryInRoot(aptRoot.root, back.disabledPath))) !== back.sha256) {
    plan.changed.push(back.path);
  }
  for (const file of there.filter((other) => other !== back)) {
    const to = await freeKeptPath(aptRoot.root, file.path, plan);
    plan.operation.kept.push({ from: file.disabledPath, to });
  }
}

/** apt ignores this suffix silently. */
async function freeKeptPath(root: string, path: string, { operation }: DetachPlan): Promise<string> {
  for (let number = 1; ; number++) {
    const kept = `${path}${number === 1 ? '' : `.${number}`}.orig`;
    const isPlanned = operation.kept.some(({ to }) => to === kept);
    if (!isPlanned && !(await entryExists(await entryInRoot(root, kept)))) return kept;
  }
}

function placeTaken({ path, disabledPath }: SetAside): PommgrError {
  return new PommgrError(
    'state.foreign-file',
    `${path} is there again, while the one that was set aside is kept as ${disabledPath}: expected an empty place, found a file.`,
    {
      hints: [
        `Look at both. Move ${path} away, or remove ${disabledPath}, then run the same command again.`,
        'Or run "pommgr apply" first: it sets the new file aside beside the earlier one.',
      ],
      details: { file: path, disabled: disabledPath },
    },
  );
}
