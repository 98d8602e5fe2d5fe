/**
 * Lets apt judge a closure: every job of every host, once with what a host of the whole baseline would see and once
 * with what a host of the thin one will see. Sources and lists are the same; the preferences differ.
 */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { HostProof, TargetProof } from '../domain/lock-proof.ts';
import { judgeHost } from './judge-host.ts';
import { listedPackages, openCourt, type Court, type ProofInput } from './open-court.ts';
import type { ClosedTarget, ClosureTools } from './select-target.ts';

/** @throws PommgrError `integrity.closure` for the first difference. */
export async function proveTarget(
  closed: ClosedTarget,
  input: ProofInput,
  tools: ClosureTools,
): Promise<TargetProof> {
  const { target } = closed;
  const proofs: HostProof[] = [];
  let aptVersion = '';
  for (const native of input.natives) {
    const courts = new Map<string, Court>();
    const cases: (() => Promise<HostProof>)[] = [];
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
      courts.set(key, court);
      return court;
    };
    const own = await courtFor([]);
    tools.context.progress.step(`apt ${aptVersion} judges the closure of target ${target.name}`);
    for (const { host, selection } of native.closures) {
      const lock = native.locks.find(({ inventory }) => inventory.hostName === host);
      const court = lock === undefined ? own : await courtFor(lock.inventory.foreignArchitectures);
      cases.push(() => judgeHost(closed, { native, court, lock, selection }, tools));
    }
    proofs.push(...(await inParallel(cases)));
  }
  const kept = { files: 0, sizeBytes: 0 };
  for await (const { sizeBytes } of listedPackages(input, target)) {
    kept.files += 1;
    kept.sizeBytes += sizeBytes;
  }
  return {
    target: target.name,
    aptVersion,
    hosts: proofs,
    thin: kept,
    whole: input.natives[0]?.whole ?? kept,
    filtered: [...new Set(input.natives.flatMap(({ filtered }) => filtered))],
  };
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
