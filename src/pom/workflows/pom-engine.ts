/**
 * Implements the pom engine: reconcile, pre-fetch, let POM make a snapshot of each mirror, read back what it made. POM
 * stays the authority: its errors are errors, and a baseline lists only what really exists.
 */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  baselineDirectory,
  baselineFileName,
  latestBaseline,
  packagesFileName,
} from '../../baseline/adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import type { MirrorLogin } from '../../config/adapters/login-file.ts';
import type { Pom } from '../adapters/pom.ts';
import type { IncompletePart } from '../../mirror/domain/mirror-content.ts';
import type { Config } from '../../config/domain/config.ts';
import { topPlace } from '../../core/domain/place.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { suiteDirectory } from '../../config/domain/suite-layout.ts';
import { planIndices } from '../../upstream/domain/index-plan.ts';
import type { Context } from '../../core/domain/progress.ts';
import { createPomSnapshot, type CreatedSnapshot } from './create-pom-snapshot.ts';
import { explainMismatch, explainRefused, explainUnread } from './explain-pom.ts';
import { prefetchForPom } from './prefetch-pom.ts';
import { readBack, type ReadSnapshot } from './read-back.ts';
import { reconcilePom, type Reconciliation } from './reconcile-pom.ts';
import type { Fetched } from '../../mirror/workflows/fetch-packages.ts';
import type { Engine, EngineTools } from '../../mirror/workflows/steps.ts';
import {
  takenSnapshots,
  type Snapshot,
  type TakenSnapshots,
} from '../../mirror/workflows/taken-snapshots.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';

export interface PomEngineParts {
  config: Config;
  pom: Pom;
  reconciliation: Reconciliation;
  /** The mirrors; those behind a subscription with the login that POM would send. */
  logins: readonly MirrorLogin[];
  context: Context;
}

export function createPomEngine(parts: PomEngineParts): Engine {
  const { pom, reconciliation } = parts;
  return {
    name: 'pom',
    version: pom.version,
    changes: reconciliation.plan.changes,
    logins: parts.logins,
    // POM takes the pool's lock itself.
    hold: (work) => work(),
    prepare: () => reconcilePom(reconciliation, parts),
    takeSnapshots: (releases, tools) => takeSnapshots(releases, parts, tools),
  };
}

async function takeSnapshots(
  releases: readonly VerifiedRelease[],
  { config, pom, context }: PomEngineParts,
  tools: EngineTools,
): Promise<TakenSnapshots | undefined> {
  if (!config.pom.prefetch) for (const { mirror, release } of releases) planIndices(mirror, release);
  const fetched: Fetched = config.pom.prefetch
    ? await prefetchForPom(releases, config, tools)
    : { files: 0, sizeBytes: 0, digests: new Set() };
  const startedMs = Date.now();
  const isKnown = await knownPackages(config, fetched);
  const byPom = new Map<string, number>();
  const noteFetched = (entry: { sha256: string; sizeBytes: number }, modifiedMs: number): void => {
    if (modifiedMs >= startedMs && !fetched.digests.has(entry.sha256))
      byPom.set(entry.sha256, entry.sizeBytes);
  };
  const created: CreatedSnapshot[] = [];
  const read: ReadSnapshot[] = [];
  try {
    for (const verified of releases) {
      const snapshot = await makeOne(verified, config, { pom, context });
      created.push(snapshot);
      const reading = { ...tools, baseDir: config.baseDir, isKnown, noteFetched };
      const found = await readBack(verified.mirror, snapshot.name, reading);
      await judge(found, { config, context, said: snapshot.said });
      read.push(found);
    }
  } catch (error) {
    await removeCreated(created, { pom, context });
    throw error;
  }
  const snapshots = await closeSnapshots(
    read.map(({ snapshot }) => snapshot),
    config,
    tools,
  );
  const incomplete = read.flatMap((one) => one.incomplete);
  const mirrors = snapshots.map(({ mirror }) => mirror);
  if (tools.isKnown(mirrors, incomplete)) {
    await removeCreated(created, { pom, context });
    return undefined;
  }
  return takenSnapshots(releases, {
    snapshots,
    packages: await packagesOf(snapshots),
    fetched: {
      files: fetched.files + byPom.size,
      sizeBytes: [...byPom.values()].reduce((sum, sizeBytes) => sum + sizeBytes, fetched.sizeBytes),
    },
    incomplete,
  });
}

/** POM's snapshots stay whole; the package lists, and so the baseline, hold the closures. */
async function closeSnapshots(
  snapshots: readonly Snapshot[],
  { baseDir }: Config,
  { takeClosure }: EngineTools,
): Promise<Snapshot[]> {
  const names = new Map(snapshots.map(({ mirror, name }) => [mirror.mirror.id, name]));
  const closed = await takeClosure(
    snapshots.map(({ mirror }) => mirror),
    {
      directoryOf: ({ mirror }) => resolve(snapshotPath(baseDir, mirror.id, names.get(mirror.id) ?? '')),
    },
  );
  return snapshots.map((snapshot, index) => snapshot.narrowed(closed[index] ?? snapshot.mirror));
}

async function packagesOf(snapshots: readonly Snapshot[]): Promise<{ files: number; sizeBytes: number }> {
  const packages = { files: 0, sizeBytes: 0 };
  for (const { mirror } of snapshots) {
    for await (const { sizeBytes } of readPackages(mirror.packages.path)) {
      packages.files += 1;
      packages.sizeBytes += sizeBytes;
    }
  }
  return packages;
}

/** POM's own errors name no file. */
async function makeOne(
  verified: VerifiedRelease,
  config: Config,
  { pom, context }: { pom: Pom; context: Context },
): Promise<CreatedSnapshot> {
  try {
    return await createPomSnapshot(verified.mirror.id, config, { pom, context });
  } catch (error) {
    const explained = await explainRefused(error, verified, config.baseDir);
    throw await explainMismatch(explained, {
      pools: [topPlace(join(config.baseDir, '.pool'))],
      remedy: 'Then run the same command again: the file is fetched anew.',
    });
  }
}

/**
 * Returns packages that need no second reading: those that this run fetched and checked, and those of the last baseline
 * of this engine whose file did not change since.
 */
async function knownPackages(
  { stateDir, track }: Config,
  fetched: Fetched,
): Promise<(sha256: string, modifiedMs: number) => boolean> {
  const latest = await latestBaseline(stateDir, track);
  if (latest?.engine.name !== 'pom') return (sha256) => fetched.digests.has(sha256);
  const directory = baselineDirectory(stateDir, latest.name);
  const { mtimeMs: readMs } = await stat(join(directory, baselineFileName));
  const before = new Set<string>();
  for await (const { sha256 } of readPackages(join(directory, packagesFileName))) before.add(sha256);
  return (sha256, modifiedMs) => fetched.digests.has(sha256) || (before.has(sha256) && modifiedMs < readMs);
}

/** @throws PommgrError `integrity.incomplete`, `integrity.pom-index`, unless the config allows it: then it is a warning. */
async function judge(
  { snapshot, incomplete }: ReadSnapshot,
  about: { config: Config; context: Context; said: string },
): Promise<void> {
  if (incomplete.length === 0) return;
  const { id } = snapshot.mirror.mirror;
  const { progress } = about.context;
  if (about.said.trim() !== '') progress.note(`Proxmox Offline Mirror said:\n${about.said.trimEnd()}`);
  const message = `The snapshot ${snapshot.name} of mirror ${id} is not complete: it lacks ${lackingText(incomplete)}.`;
  const dists = join(
    snapshotPath(about.config.baseDir, id, snapshot.name),
    suiteDirectory(snapshot.mirror.mirror.suite),
  );
  const unread = await explainUnread(snapshot.mirror, (path) => [join(dists, path)]);
  if (about.config.allowIncomplete) {
    if (unread !== undefined) progress.warn(unread.message);
    progress.warn(message);
    return;
  }
  if (unread !== undefined) {
    const { code, hints, details } = unread;
    throw new PommgrError(code, `${unread.message}\n${message}`, {
      hints,
      details: { ...details, incomplete },
    });
  }
  throw new PommgrError('integrity.incomplete', message, {
    hints: incompleteHints(incomplete),
    details: { mirror: id, snapshot: snapshot.name, incomplete },
  });
}

/** Another run helps only where a file is missing that upstream may still publish. */
function incompleteHints(incomplete: readonly IncompletePart[]): string[] {
  const isTransient = incomplete.every(({ kind }) => kind === 'index' || kind === 'package');
  return [
    isTransient
      ? 'If upstream is in the middle of an update, the same command works once that is done. What is gone for good can be left out by skip in the config.'
      : 'Correct components and architectures of this mirror in the config: upstream does not have them.',
    'allowIncomplete: true in the config makes a baseline of what is there, and writes into it what is not.',
  ];
}

const namedParts = 5;

function lackingText(incomplete: readonly IncompletePart[]): string {
  const named = incomplete.slice(0, namedParts).map(({ kind, name }) => `${kind} ${name}`);
  const more = incomplete.length - named.length;
  return more === 0 ? named.join(', ') : `${named.join(', ')} and ${more} more`;
}

/** Their files stay in the pool, for the next run. */
async function removeCreated(
  created: readonly CreatedSnapshot[],
  { pom, context }: { pom: Pom; context: Context },
): Promise<void> {
  for (const { mirror, name, isOurs } of created) {
    if (!isOurs) continue;
    try {
      await pom.removeSnapshot(mirror, name);
    } catch (error) {
      if (!(error instanceof PommgrError)) throw error;
      context.progress.warn(
        `The snapshot ${name} of mirror ${mirror} is in no baseline and could not be removed.`,
      );
    }
  }
}
