/** What `apt-get -s` would do: its Inst, Remv and Conf lines as a plan. */
import { aptName } from './apt-policy.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { compareVersions } from './debian-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { findJumps, type Jump } from './jumps.ts';
import type { PlannedChange } from './planned-change.ts';

/** Each list of changes is sorted by name and architecture. */
export interface UpgradePlan {
  /** What has an order of its own, and is to be read first. */
  jumps: Jump[];
  install: PlannedChange[];
  /** Also a package that is replaced by one of the same version. */
  upgrade: PlannedChange[];
  downgrade: PlannedChange[];
  remove: PlannedChange[];
}

/**
 * Reads the output of `apt-get -s`; a bare name there is the native architecture's.
 * @throws PommgrError `tool.apt` for an Inst or Remv line of unknown form: a plan is never shorter than apt's.
 */
export function parseSimulation(output: string, nativeArchitecture: string): UpgradePlan {
  const changes = new Map<string, PlannedChange>();
  for (const line of output.split('\n')) {
    if (!/^(Inst|Remv|Purg) /.test(line)) continue;
    const change = parseLine(line, nativeArchitecture);
    const key = aptName(change, nativeArchitecture);
    // To break a loop, apt takes a package away and installs it again.
    const from = change.from ?? changes.get(key)?.from ?? null;
    changes.set(key, { ...change, from });
  }
  return planOf([...changes.values()].toSorted(byName));
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

function planOf(changes: readonly PlannedChange[]): UpgradePlan {
  const plan: UpgradePlan = {
    jumps: findJumps(changes),
    ...{ install: [], upgrade: [], downgrade: [], remove: [] },
  };
  for (const change of changes) {
    if (change.to === null) plan.remove.push(change);
    else if (change.from === null) plan.install.push(change);
    else if (compareVersions(change.to, change.from) < 0) plan.downgrade.push(change);
    else plan.upgrade.push(change);
  }
  return plan;
}
