/** Stores the security data of a baseline: `<baseline>/advisories/{advisories.json,<sha256>}`. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pathExists, renameDurably } from '../../core/adapters/atomic-files.ts';
import { openPlainStream } from '../../core/adapters/plain-file.ts';
import { readJsonFileIfThere } from '../../core/adapters/json-file.ts';
import {
  advisoriesDirectoryName,
  advisoryRecordKind,
  advisoryRecordName,
  type AdvisoryRecord,
} from '../domain/advisory-record.ts';

/** The record of a baseline; undefined where no data was taken with it. `directory` is the baseline's. */
export async function readAdvisoryRecord(directory: string): Promise<AdvisoryRecord | undefined> {
  return readJsonFileIfThere(advisoryRecordPath(directory), advisoryRecordKind);
}

export function advisoryRecordPath(directory: string): string {
  return join(directory, advisoriesDirectoryName, advisoryRecordName);
}

export function keptAdvisoryPath(directory: string, sha256: string): string {
  return join(directory, advisoriesDirectoryName, sha256);
}

/** Moves data and record from a work directory to that of a baseline; nothing is done where there are none. */
export async function keepAdvisories(workDirectory: string, baselineDirectory: string): Promise<void> {
  const from = join(workDirectory, advisoriesDirectoryName);
  if (await pathExists(from)) await renameDurably(from, join(baselineDirectory, advisoriesDirectoryName));
}

export async function compressFile(from: string, to: string): Promise<void> {
  await pipeline(await openPlainStream(from), createGzip(), createWriteStream(to));
}
