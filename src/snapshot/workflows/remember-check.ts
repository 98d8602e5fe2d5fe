/** Completes a full check: records what it saw, for the next run to compare (last-check.ts). */
import { readPlainFile, readPlainText } from '../../core/adapters/plain-file.ts';
import { basename, dirname, join } from 'node:path';
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
import { encodePath } from '../../upstream/domain/uri-path.ts';
import { hostKeyWarnings } from '../../upstream/domain/host-key-policy.ts';
import { readLockFiles } from '../../closure/adapters/lock-files.ts';
import { acceptedWishesPath } from '../../hosts/adapters/accepted-wishes.ts';
import { receiptsDirectory } from '../../hosts/adapters/receipt-files.ts';
import { trustedHostsDirectory } from '../../trust/adapters/trusted-keys.ts';
import { findProgram, lastCheckPath, type LastCheck } from '../adapters/last-check.ts';
import { stampPath, type PathStamp } from '../adapters/path-stamp.ts';

export interface CheckedUpstream {
  config: Config;
  baseline: Baseline;
  releases: readonly VerifiedRelease[];
  /** Whether the run warned of something: the next one must warn again. */
  warned: boolean;
  now: Date;
}

/** Keys, releases and files are checked in full again after a week, whatever was recorded. */
const longestMs = 7 * 24 * 3600 * 1000;

export async function rememberCheck(checked: CheckedUpstream): Promise<void> {
  const path = lastCheckPath(checked.config.stateDir);
  const check = await noteOf(checked);
  if (check === undefined) {
    if (await pathExists(path)) await removeDurably(path);
  } else if (!(await isNoted(path, check))) await writeFileAtomic(path, canonicalJson(check));
}

/** An unchanged record is not rewritten within a day. */
async function isNoted(path: string, check: LastCheck): Promise<boolean> {
  if (!(await pathExists(path))) return false;
  const { checked, goodUntil, ...known } = JSON.parse(await readPlainText(path)) as LastCheck;
  const ageMs = Date.parse(check.checked) - Date.parse(checked);
  const { checked: _, goodUntil: end, ...now } = check;
  return (
    canonicalJson(known) === canonicalJson(now) && goodUntil <= end && ageMs >= 0 && ageMs < 24 * 3600 * 1000
  );
}

/** Returns undefined for what only a full check may answer. */
async function noteOf(checked: CheckedUpstream): Promise<LastCheck | undefined> {
  const { config, baseline, releases, warned, now } = checked;
  if (warned || baseline.incomplete !== undefined || !releases.every(isPlain)) return undefined;
  const goodUntil = await judgedUntil(checked);
  if (goodUntil === undefined) return undefined;
  const locks = await readLockFiles(lockPatterns(config));
  const files = [
    config.file,
    join(baselineDirectory(config.stateDir, baseline.name), baselineFileName),
    ...new Set(releases.map(({ mirror }) => mirror.keyring)),
    ...locks.map(({ file }) => file),
  ];
  const name = process.env['POMMGR_POM'] || config.pom.binary;
  return {
    schema: 'pommgr/last-check/v2',
    tool: toolVersion(),
    baseline: baseline.name,
    files: await Promise.all(
      files.map(async (file) => ({ path: file, sha256: sha256Hex(await readPlainFile(file)) })),
    ),
    stamps: stampsOf(checked),
    ...(config.engine === 'builtin' ? {} : { program: { name, path: findProgram(name, process.env) } }),
    releases: releases.flatMap(releaseForms),
    mirrors: releases.map(({ mirror: { uri, authFile, caFile, clientCertificate, clientKey } }) => ({
      uri,
      ...(authFile && { authFile }),
      ...(caFile && { caFile }),
      ...(clientCertificate && { clientCertificate }),
      ...(clientKey && { clientKey }),
    })),
    keep: config.retention?.keep ?? null,
    setAside: setAsideDirectory(config.baseDir),
    checked: now.toISOString(),
    goodUntil: new Date(goodUntil).toISOString(),
  };
}

/**
 * Returns the first moment at which a signature, a Release or a key could be judged differently; undefined for none to
 * rely on.
 */
async function judgedUntil({ baseline, releases, now }: CheckedUpstream): Promise<number | undefined> {
  const signed = await signaturesGoodUntil(
    releases.map(({ certificates }) => certificates),
    releases.flatMap(({ releaseFiles }) => releaseFiles.slice(-1).map(({ data }) => data)),
  );
  if (signed === undefined) return undefined;
  const end = now.getTime() + longestMs;
  // Warnings about what hosts will refuse begin on a certain date.
  const isTold = baseline.content.targets.some(({ codename, mirrors }) =>
    releases
      .filter(({ mirror }) => mirrors.includes(mirror.id))
      .some((one) => hostKeyWarnings(one.mirror.id, one.signed, { codename, now: new Date(end) }).length > 0),
  );
  if (isTold) return undefined;
  const ends = releases.flatMap(({ mirror, release }) =>
    mirror.checkValidUntil && release.validUntil !== undefined ? [Date.parse(release.validUntil)] : [],
  );
  if (signed !== 'never') ends.push(signed.getTime());
  return Math.min(end, ...ends);
}

/** Returns the paths in `config.targets`, absolute; `*` and `?` only in the last part. */
function lockPatterns({ targets }: Config): string[] {
  return targets.flatMap(({ closure }) => closure?.hosts ?? []);
}

/** Returns stamps of secrets, which are never hashed, of hosts' reports, and of POM's config, existing or not. */
function stampsOf({ config, baseline, releases }: CheckedUpstream): PathStamp[] {
  const { stateDir } = config;
  const trees = [
    ...releases.flatMap(({ mirror: { authFile, caFile, clientCertificate, clientKey } }) =>
      [authFile, caFile, clientCertificate, clientKey].filter((path) => path !== undefined),
    ),
    receiptsDirectory(stateDir),
    trustedHostsDirectory(stateDir),
    acceptedWishesPath(stateDir),
    baselineDirectory(stateDir, baseline.name),
    config.pom.configFile,
  ];
  const globs = lockPatterns(config).filter((pattern) => /[*?]/.test(basename(pattern)));
  return [
    ...[...new Set(trees)].map((path) => stampPath(path, 'tree')),
    ...[...new Set(globs.map((pattern) => dirname(pattern)))].map((path) => stampPath(path, 'names')),
  ];
}

/** A full check requests the inline form first. */
function releaseForms({ mirror, releaseFiles }: VerifiedRelease): LastCheck['releases'] {
  const [first] = releaseFiles;
  const directory = dirname(first?.path ?? '');
  const uriOf = (path: string): string => `${mirror.uri}/${encodePath(path)}`;
  const inline = directory === '.' ? 'InRelease' : `${directory}/InRelease`;
  return [
    ...(first?.path === inline ? [] : [{ uri: uriOf(inline), sha256: null }]),
    ...releaseFiles.map(({ path, data }) => ({ uri: uriOf(path), sha256: sha256Hex(data) })),
  ];
}

/** A login by POM's keys is not supported here. */
function isPlain({ mirror }: VerifiedRelease): boolean {
  return mirror.useSubscription === undefined;
}
