/** Runs the closures of one snapshot: their inputs, and their results. */
import { withDir } from 'tmp-promise';
import { targetFits, type Host } from '../../apt/domain/host.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { digestOf } from '../../core/domain/digest.ts';
import type { Config } from '../../config/domain/config.ts';
import { findAptProgram } from '../../apt/adapters/apt-program-files.ts';
import type { AptProgram } from '../../apt/domain/apt-program.ts';
import { isCodename } from '../../config/domain/known-releases.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { UpgradeWay } from '../../apt/domain/upgrade-way.ts';
import { stageLocks } from '../domain/staged-locks.ts';
import type { TakeClosure } from '../../mirror/workflows/steps.ts';
import { readLockFiles, type LockFile } from '../adapters/lock-files.ts';
import type { ClosedTarget, ClosureTools } from './select-target.ts';
import type { PlacedMirror } from './read-target-offers.ts';
import { closeTargets, takeClosure, type ClosedTargets, type TakenClosure } from './take-closure.ts';

/** Raised when the selection rules change, so that the same upstream state gets a new snapshot. */
const selectionVersion = 1;

export interface ClosureRun {
  /** Digest of settings and locks; undefined where no target has a closure. */
  inputs: string | undefined;
  takeClosure: TakeClosure;
  /** Works like `takeClosure` for mirrors in a directory; returns undefined where no target has a closure. */
  closeTargets(placed: readonly PlacedMirror[]): Promise<ClosedTargets | undefined>;
  /** Undefined before `takeClosure`, and where no target has a closure. */
  taken(): TakenClosure | undefined;
}

/** Reports of hosts, in addition to the config. */
export interface Reported {
  hosts: readonly { lock: LockFile; kind: Host }[];
  /** Packages that hosts requested and the operator accepted; null for a host about which nothing is known. */
  wished: readonly { name: string; kind: Host | null }[];
}

/**
 * Reads the locks that the config's closures name, and those of trusted hosts' reports where the target is for such
 * hosts. Of two locks of one host the newer counts.
 * @throws PommgrError `config.lock`
 */
export async function openClosures(
  config: Pick<Config, 'targets' | 'upgrades' | 'aptRoots'>,
  targets: readonly Target[],
  { reported, ...tools }: ClosureTools & { reported: Reported },
): Promise<ClosureRun> {
  const plain: ClosedTarget[] = [];
  for (const { name, closure } of config.targets) {
    const target = targets.find((one) => one.name === name);
    if (closure === undefined || target === undefined) continue;
    const fitting = reported.hosts.filter(({ kind }) => targetFits(target, kind)).map(({ lock }) => lock);
    const locks = newestLocks([...(await readLockFiles(closure.hosts)), ...fitting]);
    const wished = reported.wished
      .filter(({ name: wish, kind }) => !closure.install.includes(wish) && fitsKind(target, kind))
      .map(({ name: wish }) => wish);
    const install = [...closure.install, ...new Set(wished)];
    plain.push({ target, closure: { ...closure, install }, locks, wished: new Set(wished) });
  }
  const closed = await withPrograms(inStages(plain, config.upgrades, targets), config.aptRoots);
  let taken: TakenClosure | undefined;
  return {
    inputs: closed.length === 0 ? undefined : inputsDigest(closed),
    async takeClosure(mirrors, place) {
      if (closed.length === 0) return mirrors;
      taken = await takeClosure(mirrors, { closed, targets, place }, tools);
      return taken.mirrors;
    },
    async closeTargets(placed) {
      if (closed.length === 0) return undefined;
      return await withDir(({ path }) => closeTargets(placed, { closed, directory: path }, tools), {
        ...{ prefix: 'pommgr-', unsafeCleanup: true },
      });
    },
    taken: () => taken,
  };
}

/** Returns the targets as a baseline or a bundle names them: each closed one with what it promises. */
export function promisedTargets(
  targets: readonly Target[],
  closed: Pick<ClosedTargets, 'promised'> | undefined,
): Target[] {
  return targets.map((target) => {
    const closure = closed?.promised.get(target.name);
    return closure === undefined ? target : { ...target, closure };
  });
}

/** Finds the apt of each release that a target is for. */
async function withPrograms(
  closed: readonly ClosedTarget[],
  roots: Config['aptRoots'],
): Promise<ClosedTarget[]> {
  const programs = new Map<string, AptProgram>();
  const programOf = async (codename: string | undefined): Promise<AptProgram | undefined> => {
    const root = codename !== undefined && isCodename(codename) ? roots[codename] : undefined;
    if (codename === undefined || root === undefined) return undefined;
    const program = programs.get(codename) ?? (await findAptProgram(root));
    programs.set(codename, program);
    return program;
  };
  const found: ClosedTarget[] = [];
  for (const one of closed) {
    const { target, stage } = one;
    const apt = await programOf(target.codename);
    found.push({ ...one, apt, aptBefore: await programOf(stage?.before?.codename) });
  }
  return found;
}

/** The locks of all stages of a way count at each; a stage comes after those that it starts from. */
function inStages(
  closed: readonly ClosedTarget[],
  ways: readonly UpgradeWay[],
  targets: readonly Target[],
): ClosedTarget[] {
  const stages = new Map(
    ways.flatMap((way) => {
      const own = closed.filter(({ target }) => way.stages.includes(target.name));
      return [...stageLocks(way, { targets, locks: newestLocks(own.flatMap(({ locks }) => locks)) })];
    }),
  );
  return closed
    .map((one) => ({ ...one, ...stages.get(one.target.name) }))
    .toSorted((a, b) => (a.stage?.number ?? 0) - (b.stage?.number ?? 0));
}

function fitsKind(target: Target, kind: Host | null): boolean {
  return kind === null || targetFits(target, kind);
}

/** Sorted by host and digest, as `readLockFiles` gives them. */
function newestLocks(locks: readonly LockFile[]): LockFile[] {
  const newest = new Map<string, LockFile>();
  for (const lock of locks) {
    const { hostName, created } = lock.inventory;
    const known = newest.get(hostName);
    if (known === undefined || compareText(known.inventory.created, created) < 0) newest.set(hostName, lock);
  }
  return [...newest.values()].toSorted((a, b) => compareText(a.inventory.hostName, b.inventory.hostName));
}

function inputsDigest(closed: readonly ClosedTarget[]): string {
  return digestOf({
    selection: selectionVersion,
    targets: closed.map(({ target, closure, locks, stage }) => ({
      target: target.name,
      ...(stage === undefined ? {} : { stage: { way: stage.way, number: stage.number } }),
      // The paths do not matter, only the locks.
      closure: { ...closure, hosts: [] },
      // The time of a lock does not matter either.
      locks: locks.map(({ inventory }) => digestOf({ ...inventory, created: '' })),
    })),
  });
}
