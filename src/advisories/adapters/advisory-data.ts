/**
 * Reads security data from a file, plain or compressed. Invariant: JSON is read as a stream, one source package or entry
 * at a time, and no data unpacks to more than the limit.
 */
import { createGunzip, inflateSync } from 'node:zlib';
import { z } from 'zod';
import { openPlainStream, readPlainFile } from '../../core/adapters/plain-file.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { issuesText } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { AdvisoryFormat } from '../../config/domain/advisory-settings.ts';
import { MalformedList, parseDebsecanList } from '../domain/debsecan-list.ts';
import type { Issue } from '../domain/issue.ts';
import { MalformedJson, splitJson, type JsonPiece } from '../domain/json-pieces.ts';
import { osvEcosystems, osvIssues, parseOsvEntry } from '../domain/osv-entry.ts';
import { parseTrackerSource, trackerIssues, trackerReleases } from '../domain/tracker-data.ts';

/** The tracker's data are about 70 MB, debsecan's 3 MB. */
const maxTextBytes = 2 * 1024 * 1024 * 1024;
const maxListBytes = 256 * 1024 * 1024;

export interface AdvisoryFile {
  path: string;
  /** Names the data in messages. */
  name: string;
  format: AdvisoryFormat;
  /** Whether gzip compressed it; debsecan's data has a compression of its own. */
  isCompressed: boolean;
}

export interface AdvisoryReading {
  /** Codenames. */
  releases: readonly string[];
  /** Of other packages, issues are not made. */
  isWanted: (name: string) => boolean;
  onIssue: (issue: Issue, release: string) => void;
}

export interface ReadAdvisories {
  /** Releases that the data names, as it calls them. Empty for debsecan, whose data names none. */
  named: Set<string>;
  /** The latest time in the data itself, RFC 3339; null where it has none. */
  newest: string | null;
  /** Binary packages of each wanted source package; undefined where the data does not tell. */
  binaries: Map<string, string[]> | undefined;
}

/** @throws PommgrError `integrity.advisories` where the file is not data of its format. */
export async function readAdvisoryData(
  file: AdvisoryFile,
  reading: AdvisoryReading,
): Promise<ReadAdvisories> {
  try {
    if (file.format === 'debsecan') return await readDebsecan(file, reading);
    return await (file.format === 'tracker' ? readTracker(file, reading) : readOsv(file, reading));
  } catch (error) {
    const why = malformation(error);
    if (why === undefined) throw error;
    throw new PommgrError('integrity.advisories', `The security data ${file.name} is malformed: ${why}.`, {
      hints: [
        `Expected data in the format "${file.format}". Fetch it again, or correct the format in the config.`,
      ],
      details: { name: file.name, file: file.path, format: file.format },
      cause: error,
    });
  }
}

async function readDebsecan(file: AdvisoryFile, reading: AdvisoryReading): Promise<ReadAdvisories> {
  const packed = await readPlainFile(file.path, maxListBytes);
  const plain = inflateSync(packed, { maxOutputLength: maxListBytes });
  const text = new TextDecoder('utf-8', { fatal: true }).decode(plain);
  const { issues, binaries } = parseDebsecanList(text, reading.isWanted);
  const [release = ''] = reading.releases;
  for (const issue of issues) reading.onIssue(issue, release);
  return { named: new Set(), newest: null, binaries };
}

async function readTracker(file: AdvisoryFile, reading: AdvisoryReading): Promise<ReadAdvisories> {
  const named = new Set<string>();
  for await (const piece of splitJson(textOf(file))) {
    if (piece.within !== 'object') throw new MalformedJson('expected an object with source packages');
    const member = parseTrackerSource(valueOf(piece));
    for (const release of trackerReleases(member)) named.add(release);
    if (!reading.isWanted(member[0])) continue;
    for (const release of reading.releases)
      for (const issue of trackerIssues(member, release)) reading.onIssue(issue, release);
  }
  return { named, newest: null, binaries: undefined };
}

async function readOsv(file: AdvisoryFile, reading: AdvisoryReading): Promise<ReadAdvisories> {
  const named = new Set<string>();
  let newest: string | null = null;
  for await (const piece of splitJson(textOf(file), { isSequence: true })) {
    const entry = parseOsvEntry(valueOf(piece));
    const modified = new Date(entry.modified).toISOString();
    if (newest === null || modified > newest) newest = modified;
    for (const ecosystem of osvEcosystems(entry)) named.add(ecosystem);
    for (const release of reading.releases)
      for (const issue of osvIssues(entry, release))
        if (reading.isWanted(issue.package)) reading.onIssue(issue, release);
  }
  return { named, newest, binaries: undefined };
}

function valueOf({ text, within }: JsonPiece): unknown {
  return JSON.parse(within === 'object' ? `{${text}}` : text);
}

async function* textOf({ path, isCompressed }: AdvisoryFile): AsyncGenerator<string> {
  const file = await openPlainStream(path);
  const bytes: AsyncIterable<Uint8Array> = isCompressed ? file.pipe(createGunzip()) : file;
  file.once('error', (error) => isCompressed && (bytes as ReturnType<typeof createGunzip>).destroy(error));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let sizeBytes = 0;
  try {
    for await (const chunk of bytes) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxTextBytes) throw new MalformedJson(`it is longer than ${maxTextBytes} bytes`);
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
  } finally {
    file.destroy();
  }
}

/** The end of a sentence; undefined for an error that says nothing about the data. */
function malformation(error: unknown): string | undefined {
  if (error instanceof MalformedJson || error instanceof MalformedList) return error.message;
  if (error instanceof z.ZodError) return issuesText(error);
  if (error instanceof SyntaxError) return `it is not valid JSON (${error.message})`;
  const code = systemErrorCode(error) ?? '';
  if (code.startsWith('Z_')) return 'it cannot be decompressed';
  if (code === 'ERR_BUFFER_TOO_LARGE') return 'it unpacks to more than any such data';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8';
  return undefined;
}

/** Returns whether a file begins as gzip's do. */
export async function isGzip(path: string): Promise<boolean> {
  const file = await openPlainStream(path);
  try {
    for await (const chunk of file) {
      const bytes = chunk as Buffer;
      return bytes[0] === 0x1f && bytes[1] === 0x8b;
    }
    return false;
  } finally {
    file.destroy();
  }
}
