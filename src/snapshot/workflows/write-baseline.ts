/** The last step of `snapshot`: ties the snapshots together; the baseline exists once its directory is renamed. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  baselineDirectory,
  baselineFileName,
  keyringPath,
  packagesFileName,
} from '../../baseline/adapters/baseline-files.ts';
import {
  makeDirectory,
  removeDurably,
  renameDurably,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { keepAdvisories } from '../../advisories/adapters/kept-advisories.ts';
import { writeClosureFiles } from '../../closure/adapters/closure-files.ts';
import { reasonLines, type ReasonLine } from '../../closure/domain/reason-lines.ts';
import { promisedTargets, type ClosureRun } from '../../closure/workflows/closure-run.ts';
import type { TakenClosure } from '../../closure/workflows/take-closure.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { writeJsonFile } from '../../core/adapters/json-file.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';
import { baselineDigest, type Baseline, type BaselineContent } from '../../baseline/domain/baseline.ts';
import type { MirrorContent, SnapshotRecord } from '../../mirror/domain/mirror-content.ts';
import { baselineName } from '../../core/domain/names.ts';
import { sha256Hex, type ObjectFact } from '../../core/domain/digest.ts';
import type { Target } from '../../apt/domain/target.ts';
import { upgradesField, type UpgradeWay } from '../../apt/domain/upgrade-way.ts';
import type { IndexedMirror } from '../../mirror/workflows/indexed-mirror.ts';
import type { Engine } from '../../mirror/workflows/steps.ts';
import type { Snapshot, TakenSnapshots } from '../../mirror/workflows/taken-snapshots.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';

/** What of a verified Release and its mirror goes into a baseline's content. */
export function releaseContent(verified: VerifiedRelease): Omit<MirrorContent, 'indices' | 'packages'> {
  const { mirror, release, textSha256 } = verified;
  return {
    id: mirror.id,
    types: mirror.types,
    suite: mirror.suite,
    components: mirror.components,
    architectures: mirror.architectures,
    filters: mirror.filters,
    release: {
      sha256: textSha256,
      origin: release.origin,
      label: release.label,
      codename: release.codename,
      date: release.date,
      notAutomatic: release.notAutomatic,
      butAutomaticUpgrades: release.butAutomaticUpgrades,
    },
  };
}

/** The content that two machines agree on when they see the same upstream state. */
export function baselineContent(
  mirrors: readonly IndexedMirror[],
  { targets, upgrades }: { targets: Target[]; upgrades: readonly UpgradeWay[] },
): BaselineContent {
  return { mirrors: mirrors.map(mirrorContent), targets, ...upgradesField(upgrades) };
}

function mirrorContent(mirror: IndexedMirror): MirrorContent {
  const { count, omitted, sizeBytes, sha256 } = mirror.packages;
  const indices = mirror.indices
    .filter(({ planned }) => planned.kind !== 'translation')
    .map(({ plain }) => plain);
  return { ...releaseContent(mirror.verified), indices, packages: { count, omitted, sizeBytes, sha256 } };
}

/**
 * Returns whether a new baseline would be equal to the newest one. A Release file covers its indices and they their
 * packages: with equal ones everything below is equal.
 */
export function isUnchanged(
  latest: Baseline,
  releases: readonly VerifiedRelease[],
  content: Pick<BaselineContent, 'targets'> & { upgrades: UpgradeWay[] },
): boolean {
  const unlisted = { indices: null, packages: null };
  const before = latest.content.mirrors.map((mirror) => ({ ...mirror, ...unlisted }));
  const now = releases.map((release) => ({ ...releaseContent(release), ...unlisted }));
  // What targets promise follows from settings and wishes, which are compared by the inputs of their closures.
  const text = (content: Pick<BaselineContent, 'targets' | 'upgrades'>, mirrors: unknown[]): string =>
    canonicalJson({
      mirrors,
      ...upgradesField(content.upgrades),
      targets: content.targets.map((target) => ({ ...target, closure: target.closure !== undefined })),
    });
  return text(latest.content, before) === text(content, now);
}

export interface BaselineParts {
  stateDir: string;
  track: string;
  sequence: number;
  created: string;
  engine: Engine;
  taken: TakenSnapshots;
  targets: Target[];
  upgrades: readonly UpgradeWay[];
  closures: ClosureRun;
  /** Holds the security data that was taken for the baseline. */
  workDirectory: string;
}

/** Writes the baseline's directory and returns its document. */
export async function writeBaseline(parts: BaselineParts): Promise<Baseline> {
  const name = baselineName(parts.track, parts.sequence);
  const final = baselineDirectory(parts.stateDir, name);
  const temporary = `${final}.tmp`;
  await removeDurably(temporary);
  await makeDirectory(join(temporary, 'keyrings'));
  const { snapshots, incomplete } = parts.taken;
  const content = baselineContent(
    snapshots.map(({ mirror }) => mirror),
    {
      targets: promisedTargets(parts.targets, parts.closures.taken()),
      upgrades: parts.upgrades,
    },
  );
  const baseline: Baseline = {
    schema: 'pommgr/baseline/v1',
    name,
    track: parts.track,
    sequence: parts.sequence,
    created: parts.created,
    digest: baselineDigest(content),
    tool: { name: 'pommgr', version: toolVersion() },
    engine: { name: parts.engine.name, version: parts.engine.version },
    content,
    packages: await joinPackageLists(snapshots, join(temporary, packagesFileName)),
    snapshots: snapshots.map(snapshotRecord),
    ...(incomplete.length === 0 ? {} : { incomplete: [...incomplete] }),
  };
  for (const { mirror } of snapshots) {
    await writeFileAtomic(join(temporary, keyringPath(mirror.mirror.id)), mirror.verified.certificates);
  }
  await keepAdvisories(parts.workDirectory, temporary);
  await writeClosure(parts.closures, { temporary, digest: baseline.digest });
  await writeJsonFile(join(temporary, baselineFileName), baseline);
  await renameDurably(temporary, final);
  return baseline;
}

async function writeClosure(
  { inputs, taken }: ClosureRun,
  { temporary, digest }: { temporary: string; digest: string },
): Promise<void> {
  const closure = taken();
  if (inputs === undefined || closure === undefined) return;
  await writeClosureFiles(temporary, {
    proof: { schema: 'pommgr/lock-proof/v1', baseline: digest, inputs, targets: closure.proofs },
    list: closure.list,
    reasons: allReasons(closure),
  });
}

function* allReasons({ selections }: TakenClosure): Generator<ReasonLine> {
  for (const { target, closures } of selections) yield* reasonLines(target, closures);
}

function snapshotRecord({ mirror, name, files }: Snapshot): SnapshotRecord {
  const { certificates } = mirror.verified;
  return {
    mirror: mirror.mirror.id,
    snapshot: name,
    uri: mirror.mirror.uri,
    signers: mirror.verified.signers,
    keyring: { sizeBytes: certificates.length, sha256: sha256Hex(certificates) },
    files: [...files],
  };
}

/** The parts are sorted and so are the mirrors: one after the other they are the whole list. */
async function joinPackageLists(snapshots: readonly Snapshot[], path: string): Promise<ObjectFact> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const output = await open(path, 'wx');
  try {
    for (const { mirror } of snapshots) {
      const part = await open(mirror.packages.path);
      try {
        for await (const chunk of part.createReadStream({ autoClose: false })) {
          const bytes = chunk as Buffer;
          hash.update(bytes);
          sizeBytes += bytes.length;
          await output.write(bytes);
        }
      } finally {
        await part.close();
      }
    }
    await output.sync();
  } finally {
    await output.close();
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}
