/** The end of a whole check: notes what it saw, for the next run to compare (last-check.ts). */
import { readPlainFile, readPlainText } from '../../core/adapters/plain-file.ts';
import { join } from 'node:path';
import { baselineDirectory, baselineFileName } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Config } from '../../config/domain/config.ts';
import { pathExists, removeDurably, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { setAsideDirectory } from '../../mirror/adapters/set-aside.ts';
import { signaturesGoodUntil } from '../../upstream/adapters/good-until.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';
import { lastCheckPath, type LastCheck } from '../adapters/last-check.ts';

export interface CheckedUpstream {
  config: Config;
  baseline: Baseline;
  releases: readonly VerifiedRelease[];
  /** Whether the run warned of something: then the next one says it again. */
  warned: boolean;
  now: Date;
}

/** A week after which keys, releases and files are looked at again in full, whatever was noted. */
const longestMs = 7 * 24 * 3600 * 1000;

export async function rememberCheck(checked: CheckedUpstream): Promise<void> {
  const path = lastCheckPath(checked.config.stateDir);
  const check = await noteOf(checked);
  if (check === undefined) {
    if (await pathExists(path)) await removeDurably(path);
  } else if (!(await isNoted(path, check))) await writeFileAtomic(path, canonicalJson(check));
}

/** The same is not written again within a day. */
async function isNoted(path: string, check: LastCheck): Promise<boolean> {
  if (!(await pathExists(path))) return false;
  const { checked, goodUntil, ...known } = JSON.parse(await readPlainText(path)) as LastCheck;
  const ageMs = Date.parse(check.checked) - Date.parse(checked);
  const { checked: _, goodUntil: end, ...now } = check;
  return (
    canonicalJson(known) === canonicalJson(now) && goodUntil <= end && ageMs >= 0 && ageMs < 24 * 3600 * 1000
  );
}

/** Undefined for what only a whole check may answer. */
async function noteOf({
  config,
  baseline,
  releases,
  warned,
  now,
}: CheckedUpstream): Promise<LastCheck | undefined> {
  if (warned || config.retention !== undefined || !releases.every(isPlain)) return undefined;
  if (
    baseline.incomplete !== undefined ||
    baseline.content.targets.some(({ closure }) => closure !== undefined)
  ) {
    return undefined;
  }
  const signed = await signaturesGoodUntil(
    releases.map(({ certificates }) => certificates),
    releases.flatMap(({ releaseFiles }) => releaseFiles.map(({ data }) => data)),
  );
  if (signed === undefined) return undefined;
  const ends = releases.flatMap(({ mirror, release }) =>
    mirror.checkValidUntil && release.validUntil !== undefined ? [Date.parse(release.validUntil)] : [],
  );
  if (signed !== 'never') ends.push(signed.getTime());
  const goodUntil = Math.min(now.getTime() + longestMs, ...ends);
  const files = [
    config.file,
    join(baselineDirectory(config.stateDir, baseline.name), baselineFileName),
    ...new Set(releases.map(({ mirror }) => mirror.keyring)),
    ...((await pathExists(config.pom.configFile)) ? [config.pom.configFile] : []),
  ];
  return {
    schema: 'pommgr/last-check/v1',
    tool: toolVersion(),
    baseline: baseline.name,
    files: await Promise.all(
      files.map(async (file) => ({ path: file, sha256: sha256Hex(await readPlainFile(file)) })),
    ),
    releases: releases.map(({ mirror, releaseFiles }) => ({
      uri: `${mirror.uri}/${releaseFiles[0]?.path ?? ''}`,
      sha256: sha256Hex(releaseFiles[0]?.data ?? new Uint8Array()),
    })),
    setAside: setAsideDirectory(config.baseDir),
    checked: now.toISOString(),
    goodUntil: new Date(goodUntil).toISOString(),
  };
}

/** A mirror that is one request without a login or TLS settings away. */
function isPlain({ mirror, releaseFiles }: VerifiedRelease): boolean {
  const { uri, authFile, caFile, clientCertificate, useSubscription } = mirror;
  return (
    /^https?:/.test(uri) &&
    [authFile, caFile, clientCertificate].every((file) => file === undefined) &&
    useSubscription === undefined &&
    releaseFiles.length === 1
  );
}
