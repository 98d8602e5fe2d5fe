/** Implements `pommgr baseline list|show|diff`: what the online side's baselines hold. Reads, never writes. */
import { join } from 'node:path';
import { loadConfig } from '../../config/adapters/config-file.ts';
import {
  baselineDirectory,
  listBaselines,
  packagesFileName,
  readBaseline,
} from '../adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import {
  createHighestVersions,
  diffCandidates,
  type HighestVersions,
  type MirrorChanges,
} from '../domain/baseline-diff.ts';
import { readLockProof } from '../../closure/adapters/closure-files.ts';
import type { LockProof, TargetProof } from '../../closure/domain/lock-proof.ts';
import type { Baseline } from '../domain/baseline.ts';
import { plannedWays, type PlannedWay } from '../../closure/domain/way-plan.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** By track and sequence. */
export async function baselineList(configFile: string | undefined): Promise<Baseline[]> {
  return listBaselines((await loadConfig(configFile)).stateDir);
}

export interface ShownBaseline {
  baseline: Baseline;
  directory: string;
  /** All package files together. */
  packages: { files: number; sizeBytes: number };
  /** What the closure of each thin target holds, and its share of the bytes of the target's mirrors, from 0 to 1. */
  closures: ShownClosure[];
  /** What each stage of a major upgrade will do on each host; none where no host has a lock. */
  upgrades: PlannedWay[];
  /** Null for a whole baseline. */
  proof: LockProof | null;
}

export interface ShownClosure {
  target: string;
  hosts: string[];
  jobs: number;
  packages: number;
  sizeBytes: number;
  share: number;
}

/** The named baseline, or the newest of the config's track. */
export async function baselineShow(configFile: string | undefined, name?: string): Promise<ShownBaseline> {
  const config = await loadConfig(configFile);
  const baseline = await namedOrLatest(config, name);
  const directory = baselineDirectory(config.stateDir, baseline.name);
  const packages = { files: 0, sizeBytes: 0 };
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    packages.files += 1;
    packages.sizeBytes += entry.sizeBytes;
  }
  const proof = (await readLockProof(directory)) ?? null;
  const proven = proof?.targets ?? [];
  const closures = proven.map(shownClosure);
  return { baseline, directory, packages, closures, upgrades: plannedWays(proven), proof };
}

function shownClosure({ target, hosts, thin, whole }: TargetProof): ShownClosure {
  return {
    target,
    hosts: hosts.flatMap(({ host }) => host ?? []),
    jobs: hosts.reduce((sum, { jobs }) => sum + jobs.length, 0),
    packages: thin.files,
    sizeBytes: thin.sizeBytes,
    share: whole.sizeBytes === 0 ? 1 : thin.sizeBytes / whole.sizeBytes,
  };
}

/** @throws PommgrError `config.baseline` where there is none. */
export async function namedOrLatest(config: Config, name?: string): Promise<Baseline> {
  if (name !== undefined) return readBaseline(config.stateDir, name);
  const latest = (await listBaselines(config.stateDir)).findLast(({ track }) => track === config.track);
  if (latest !== undefined) return latest;
  throw new PommgrError('config.baseline', `Track ${config.track} has no baseline yet.`, {
    hints: ['Make one with "pommgr snapshot".'],
  });
}

export interface BaselineDiff {
  from: { name: string; digest: string };
  to: { name: string; digest: string };
  mirrors: MirrorChanges[];
  /** Whether the two have the same content. */
  same: boolean;
}

/** What came, went and changed from one baseline to another, by candidate version in each mirror. */
export async function baselineDiff(
  configFile: string | undefined,
  names: { from: string; to: string },
): Promise<BaselineDiff> {
  const config = await loadConfig(configFile);
  const before = await readBaseline(config.stateDir, names.from);
  const after = await readBaseline(config.stateDir, names.to);
  const mirrors = diffCandidates(await highestVersions(config, before), await highestVersions(config, after));
  return {
    from: { name: before.name, digest: before.digest },
    to: { name: after.name, digest: after.digest },
    mirrors,
    same: before.digest === after.digest,
  };
}

async function highestVersions(config: Config, baseline: Baseline): Promise<HighestVersions> {
  const versions = createHighestVersions();
  const directory = baselineDirectory(config.stateDir, baseline.name);
  for await (const entry of readPackages(join(directory, packagesFileName))) versions.add(entry);
  return versions;
}
