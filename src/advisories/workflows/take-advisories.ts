/**
 * Takes the security data that the config names, for a baseline that is about to be made. Invariant: no data is taken
 * that is malformed, too old, or about other Debian releases than those of the targets.
 */
import { rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Target } from '../../apt/domain/target.ts';
import type { AdvisorySettings } from '../../config/domain/advisory-settings.ts';
import { debianVersionOf } from '../../config/domain/known-releases.ts';
import { makeDirectory, removeDurably, removeFile } from '../../core/adapters/atomic-files.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { writeJsonFile } from '../../core/adapters/json-file.ts';
import { copyPlainFile } from '../../core/adapters/plain-file.ts';
import { hasNoPath } from '../../core/adapters/system-error.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import type { Downloader } from '../../upstream/adapters/download.ts';
import { displayUri } from '../../upstream/adapters/network-errors.ts';
import { isGzip, readAdvisoryData } from '../adapters/advisory-data.ts';
import { advisoryRecordPath, compressFile, keptAdvisoryPath } from '../adapters/kept-advisories.ts';
import {
  advisoriesDirectoryName,
  ageInDays,
  type AdvisoryData,
  type AdvisoryRecord,
} from '../domain/advisory-record.ts';

/** All of Debian's data are far smaller. */
const maxDataBytes = 1024 * 1024 * 1024;

export interface TakeAdvisoriesOptions {
  advisories: readonly AdvisorySettings[];
  targets: readonly Target[];
  /** Data and record come into `advisories/` below it. */
  workDirectory: string;
  downloader: Downloader;
  hashers: HasherPool;
  context: Context;
}

/**
 * @throws PommgrError `config.advisories` for a file that is not there, and for data that is too old or of other releases;
 * `integrity.advisories` for malformed data; `network.*`.
 */
export async function takeAdvisories(options: TakeAdvisoriesOptions): Promise<void> {
  const { advisories, workDirectory, context } = options;
  if (advisories.length === 0) return;
  const directory = join(workDirectory, advisoriesDirectoryName);
  await removeDurably(directory);
  await makeDirectory(directory);
  const record: AdvisoryRecord = { schema: 'pommgr/advisories/v1', data: [] };
  for (const settings of advisories) {
    context.signal.throwIfAborted();
    context.progress.step(`Taking the security data ${settings.name}`);
    record.data.push(await takeOne(settings, options));
  }
  await writeJsonFile(advisoryRecordPath(workDirectory), record);
}

async function takeOne(
  settings: AdvisorySettings,
  { targets, workDirectory, downloader, hashers, context }: TakeAdvisoriesOptions,
): Promise<AdvisoryData> {
  const { name, format } = settings;
  const path = join(workDirectory, advisoriesDirectoryName, `${name}.original`);
  const { from, modified } = await fetchData(settings, { path, downloader });
  const isCompressed = format !== 'debsecan' && (await isGzip(path));
  const releases = releasesOf(settings, targets);
  const counts = new Map(releases.map((release) => [release, 0]));
  const { named, newest } = await readAdvisoryData(
    { path, name, format, isCompressed },
    {
      releases,
      isWanted: () => true,
      onIssue: (_, release) => void counts.set(release, (counts.get(release) ?? 0) + 1),
    },
  );
  const empty = releases.filter((release) => counts.get(release) === 0);
  if (empty.length > 0) throw ofOtherRelease(settings, { releases: empty, named });
  const now = context.now();
  const dated = newest ?? (modified ?? now).toISOString();
  const ageDays = ageInDays(dated, now);
  if (ageDays > settings.maxAgeDays) throw tooOld(settings, { dated, ageDays });
  const original = await hashFile(path, hashers);
  const packed = join(workDirectory, advisoriesDirectoryName, `${name}.packed`);
  const isPlain = format !== 'debsecan' && !isCompressed;
  if (isPlain) await compressFile(path, packed);
  const kept = isPlain ? await hashFile(packed, hashers) : original;
  await rename(isPlain ? packed : path, keptAdvisoryPath(workDirectory, kept.sha256));
  await removeFile(path);
  return {
    ...{ name, format, releases, from, original, kept },
    dated: formatTime(new Date(dated)),
    taken: formatTime(context.timestamp()),
    issues: [...counts.values()].reduce((sum, count) => sum + count, 0),
    isCompressed: format !== 'debsecan',
  };
}

async function fetchData(
  { name, url, file = '' }: AdvisorySettings,
  { path, downloader }: { path: string; downloader: Downloader },
): Promise<{ from: string; modified: Date | undefined }> {
  if (url !== undefined) {
    const fetched = await downloader.fetchUnlisted(url, { path, maxBytes: maxDataBytes });
    const shown = displayUri(url);
    if (fetched === undefined) throw notThere(name, shown);
    return { from: shown, modified: fetched.lastModified };
  }
  try {
    await copyPlainFile(file, path);
    return { from: basename(file), modified: (await stat(file)).mtime };
  } catch (error) {
    if (!hasNoPath(error)) throw error;
    throw notThere(name, file);
  }
}

/** Debian releases of the targets, or the one that the setting names. */
function releasesOf({ release }: AdvisorySettings, targets: readonly Target[]): string[] {
  if (release !== undefined) return [release];
  return [...new Set(targets.map(({ codename }) => codename))].toSorted(compareText);
}

function notThere(name: string, where: string): PommgrError {
  return new PommgrError('config.advisories', `The security data ${name} is not there: ${where}.`, {
    hints: ['Correct the address or path under "advisories" in the config.'],
    details: { name, where },
  });
}

function ofOtherRelease(
  { name }: AdvisorySettings,
  { releases, named }: { releases: readonly string[]; named: ReadonlySet<string> },
): PommgrError {
  const wanted = releases.map((release) => {
    const version = debianVersionOf(release);
    return version === undefined ? release : `${release} (Debian ${version})`;
  });
  const known = [...named].toSorted(compareText);
  return new PommgrError(
    'config.advisories',
    `The security data ${name} has nothing about ${wanted.join(', ')}, only about ${known.join(', ') || 'no release'}.`,
    {
      hints: ['Name data for the Debian releases of the targets under "advisories" in the config.'],
      details: { name, expected: releases, found: known },
    },
  );
}

function tooOld(
  { name, maxAgeDays }: AdvisorySettings,
  { dated, ageDays }: { dated: string; ageDays: number },
): PommgrError {
  return new PommgrError(
    'config.advisories',
    `The security data ${name} is ${ageDays} days old (${dated.slice(0, 10)}), expected at most ${maxAgeDays}.`,
    {
      hints: ['Bring newer data, or allow more days with maxAgeDays under "advisories" in the config.'],
      details: { name, dated, ageDays, maxAgeDays },
    },
  );
}
