/**
 * Lets apt judge a closure: every job of every host, once with what a host of the whole baseline would see and once
 * with what a host of the thin one will see. Sources and lists are the same; the preferences differ.
 */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { HostProof, TargetProof } from '../domain/lock-proof.ts';
import type { Inventory } from '../../apt/domain/inventory.ts';
import type { LockFile } from '../adapters/lock-files.ts';
import { aptSeries, isCodename } from '../../config/domain/known-releases.ts';
import { hindranceText } from '../domain/stage-hindrances.ts';
import type { TargetStage } from '../domain/staged-locks.ts';
import { judgeHost, type HostVerdict } from './judge-host.ts';
import { listedPackages, openCourt, type Court, type Leavings, type ProofInput } from './open-court.ts';
import type { ClosedTarget, ClosureTools } from './select-target.ts';

/** @throws PommgrError `integrity.closure` for the first difference. */
export async function proveTarget(
  closed: ClosedTarget,
  input: ProofInput,
  tools: ClosureTools,
): Promise<{ proof: TargetProof; left: Leavings }> {
  const { target, stage } = closed;
  const proofs: HostProof[] = [];
  const left = new Map<string, Inventory>();
  let aptVersion = '';
  let courtOfChange: Court | undefined;
  for (const native of input.natives) {
    const courts = new Map<string, Court>();
    const cases: (() => Promise<HostVerdict>)[] = [];
    const courtFor = async (foreign: readonly string[]): Promise<Court> => {
      const architectures = [
        native.nativeArchitecture,
        ...foreign.filter((name) => target.architectures.includes(name)),
      ];
      const key = architectures.join(' ');
      const known = courts.get(key);
      if (known !== undefined) return known;
      const directory = join(input.directory, `${courts.size}-${native.nativeArchitecture}`);
      await mkdir(directory);
      const court = await openCourt(closed, { ...input, native, architectures, directory });
      aptVersion = court.judge.aptVersion;
      courtOfChange ??= court;
      courts.set(key, court);
      return court;
    };
    const own = await courtFor([]);
    tools.context.progress.step(`apt ${aptVersion} judges the closure of target ${target.name}`);
    noteOtherApt(closed, aptVersion, tools);
    for (const { host, selection } of native.closures) {
      const lock = native.locks.find(({ inventory }) => inventory.hostName === host);
      const court = lock === undefined ? own : await courtFor(lock.inventory.foreignArchitectures);
      const start = startOf(lock, { stage, before: input.before });
      cases.push(() => judgeHost(closed, { native, court, lock: start, selection }, tools));
    }
    for (const { proof, leaves } of await inParallel(cases)) {
      proofs.push(proof);
      if (leaves !== undefined) left.set(leaves.hostName, leaves);
      for (const hindrance of proof.hindrances ?? [])
        tools.context.progress.warn(
          `The host ${proof.host} cannot take stage ${stage?.number} of ${stage?.way} (${target.name}) as it is: ${hindranceText(hindrance)}.`,
        );
    }
  }
  const kept = { files: 0, sizeBytes: 0 };
  for await (const { sizeBytes } of listedPackages(input, target)) {
    kept.files += 1;
    kept.sizeBytes += sizeBytes;
  }
  const proof: TargetProof = {
    target: target.name,
    ...(stage === undefined ? {} : { stage: { way: stage.way, number: stage.number, kind: stage.kind } }),
    aptVersion,
    ...(await upgradeApt(closed, courtOfChange)),
    hosts: proofs,
    thin: kept,
    whole: input.natives[0]?.whole ?? kept,
    filtered: [...new Set(input.natives.flatMap(({ filtered }) => filtered))],
  };
  return { proof, left };
}

/** A stage is judged by the apt that will run it only where this machine has that one. */
function noteOtherApt({ target, stage }: ClosedTarget, aptVersion: string, { context }: ClosureTools): void {
  const { name, codename } = target;
  if (stage === undefined || !isCodename(codename) || aptVersion.startsWith(`${aptSeries[codename]}.`))
    return;
  context.progress.note(
    `The hosts of ${name} run apt ${aptSeries[codename]}; its proof is by apt ${aptVersion}. Name a root of ${codename} under aptRoots to have it judged by their apt.`,
  );
}

/** Names the apt that planned the change of release, where it is another than that of the rest. */
async function upgradeApt(
  { stage, apt, aptBefore }: ClosedTarget,
  court: Court | undefined,
): Promise<Pick<TargetProof, 'upgradeAptVersion'>> {
  if (stage?.kind !== 'release' || aptBefore === apt || aptBefore === undefined || court === undefined)
    return {};
  return { upgradeAptVersion: await court.judge.versionOf(aptBefore) };
}

/** Returns the lock with the packages that the host has before this stage. */
function startOf(
  lock: LockFile | undefined,
  { stage, before }: { stage: TargetStage | undefined; before: Leavings },
): LockFile | undefined {
  const host = lock?.inventory.hostName ?? '';
  if (lock === undefined || stage?.carried.has(host) !== true) return lock;
  const inventory = before.get(host);
  if (inventory === undefined) throw new Error(`the stage before was not proven for the host ${host}`);
  return { ...lock, inventory };
}

/** apt is single-threaded. */
async function inParallel<Result>(works: readonly (() => Promise<Result>)[]): Promise<Result[]> {
  const results: Result[] = [];
  const queue = [...works.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results[next[0]] = await next[1]();
  };
  try {
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), works.length) }, worker));
  } finally {
    queue.length = 0;
  }
  return results;
}
