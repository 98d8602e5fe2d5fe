/** Opens a baseline of the store by its name, and finds its target for this host. */
import { entriesOf, valueOf } from '../../core/domain/named.ts';
import { hostFacts } from '../../apt/adapters/host-facts.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import {
  remoteBaselineDirectory,
  storedBaselineDirectory,
  storedBaselineNames,
  type Store,
} from '../adapters/store.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { chooseTarget, hostKind } from '../../apt/domain/host.ts';
import { requireHeld } from '../domain/held-targets.ts';
import type { StoreState } from '../domain/store-state.ts';
import { readStoredBaseline, type StoredBaseline, type StoredPlace } from '../adapters/stored-baseline.ts';
import type { Target } from '../../apt/domain/target.ts';

/**
 * @throws PommgrError `state.baseline` when the store has none of that name, `integrity.*` when its documents are not
 *   what was stored.
 */
export async function openStoredBaseline(
  store: Store,
  state: StoreState,
  name: string,
): Promise<StoredBaseline> {
  const place = await findBaseline(store, state, name);
  return readStoredBaseline(place, { digest: valueOf(state.known, name) });
}

/** A baseline that is kept whole takes precedence over the same one elsewhere. @throws PommgrError `state.baseline`. */
export async function findBaseline(
  store: Store,
  { remotes }: StoreState,
  name: string,
): Promise<StoredPlace> {
  const whole = storedBaselineDirectory(store, name);
  if (await pathExists(whole)) return { directory: whole, remote: null };
  const directory = remoteBaselineDirectory(store, name);
  const remote = valueOf(remotes, name);
  if (remote !== undefined && (await pathExists(directory))) return { directory, remote };
  const names = [...(await storedBaselineNames(store)), ...entriesOf(remotes).map(([one]) => one)];
  throw noBaseline(store, name, [...new Set(names)].toSorted(compareText));
}

function noBaseline({ directory }: Store, name: string, names: readonly string[]): PommgrError {
  const hint =
    names.length === 0
      ? 'Bring one with "pommgr apply".'
      : `There are: ${names.slice(-10).join(', ')}. Bring others with "pommgr apply --store-only".`;
  return new PommgrError('state.baseline', `There is no baseline ${name} in the store ${directory}.`, {
    hints: [hint],
    details: { name, found: names },
  });
}

/**
 * Returns the applied target, if it belongs to this baseline; else the one that fits the host, or the named one.
 * @throws PommgrError `state.target` where the store does not hold its files.
 */
export async function targetFor(
  stored: StoredBaseline,
  aptRoot: AptRoot,
  { state, name }: { state: StoreState; name?: string | undefined },
): Promise<Target> {
  const { baseline, shares, directory, remote } = stored;
  const { targets } = shares;
  const applied = state.applied?.baseline === baseline.name ? state.applied.target : undefined;
  const known = targets.find((target) => target.name === applied);
  if (name === undefined && known !== undefined) return known;
  const ways = baseline.content.upgrades;
  const wishes = { name, chosen: state.chosenTarget, applied: state.applied?.target, ways };
  const target = chooseTarget(targets, hostKind(await hostFacts(aptRoot)), wishes);
  requireHeld(stored, target.name, remote ?? directory);
  return target;
}
