/** Parses the Inst, Remv and Conf lines of `apt-get -s` into a plan. */
import { aptName } from './apt-policy.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { compareVersions } from './debian-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { findJumps, type Jump } from './jumps.ts';
import type { PlannedChange } from './planned-change.ts';

/** Changes by their kind; each list is sorted by name and architecture. */
export interface PlannedChanges {
  readonly install: readonly PlannedChange[];
  /** Includes a package that is replaced by one of the same version. */
  readonly upgrade: readonly PlannedChange[];
  readonly downgrade: readonly PlannedChange[];
  readonly remove: readonly PlannedChange[];
}

let sealed: (changes: readonly PlannedChange[]) => UpgradePlan;

/** The plan that apt itself printed. Only `parseSimulation` creates one. */
export class UpgradePlan implements PlannedChanges {
  /** Upgrades that need an order of their own, shown to people first. */
  readonly jumps: readonly Jump[];
  readonly install: readonly PlannedChange[];
  readonly upgrade: readonly PlannedChange[];
  readonly downgrade: readonly PlannedChange[];
  readonly remove: readonly PlannedChange[];
  readonly #changes: readonly PlannedChange[];

  static {
    sealed = (changes) => new UpgradePlan(changes);
  }

  private constructor(changes: readonly PlannedChange[]) {
    this.#changes = changes;
    this.jumps = findJumps(changes);
    this.install = changes.filter((change) => kindOf(change) === 'install');
    this.upgrade = changes.filter((change) => kindOf(change) === 'upgrade');
    this.downgrade = changes.filter((change) => kindOf(change) === 'downgrade');
    this.remove = changes.filter((change) => kindOf(change) === 'remove');
  }

  /** Changes that need a package file. */
  get incoming(): PlannedChange[] {
    return this.#changes.filter(({ to }) => to !== null);
  }
}

function kindOf({ from, to }: PlannedChange): keyof PlannedChanges {
  if (to === null) return 'remove';
  if (from === null) return 'install';
  return compareVersions(to, from) < 0 ? 'downgrade' : 'upgrade';
}

/**
 * Parses the output of `apt-get -s`; a bare name there belongs to the native architecture.
 * @throws PommgrError `tool.apt` for an Inst or Remv line of unknown form: a plan is never shorter than apt's.
 */
export function parseSimulation(output: string, nativeArchitecture: string): UpgradePlan {
  const changes = new Map<string, PlannedChange>();
  for (const line of output.split('\n')) {
    if (!/^(Inst|Remv|Purg) /.test(line)) continue;
    const change = parseLine(line, nativeArchitecture);
    const key = aptName(change, nativeArchitecture);
    // To break a loop, apt removes a package and installs it again.
    const from = change.from ?? changes.get(key)?.from ?? null;
    changes.set(key, { ...change, from });
  }
  return sealed([...changes.values()].toSorted(byName));
}

function parseLine(line: string, nativeArchitecture: string): PlannedChange {
  const [, action, name, suffix, from = null, rest = ''] =
    /^(Inst|Remv|Purg) ([^\s:]+)(?::(\S+))?(?: \[([^\]\s]+)\])?(?: (.*))?$/.exec(line) ?? [];
  const [, to = null, architecture = suffix ?? nativeArchitecture] =
    /^\((\S+) .*?\[([a-z0-9-]+)\]\)/.exec(rest) ?? [];
  if (name !== undefined && (action === 'Inst') === (to !== null)) return { name, architecture, from, to };
  throw new PommgrError('tool.apt', `apt-get -s wrote a line of unknown form: ${JSON.stringify(line)}.`, {
    hints: ['Report it, with the output of "apt-get --version".'],
    details: { line },
  });
}

function byName(a: PlannedChange, b: PlannedChange): number {
  return compareText(a.name, b.name) || compareText(a.architecture, b.architecture);
}
