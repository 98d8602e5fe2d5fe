/** Checks a package list against its baseline while its bytes pass: order, mirrors, and each mirror's part. */
import { createHash, type Hash } from 'node:crypto';
import type { Baseline } from './baseline.ts';
import type { MirrorContent } from '../../mirror/domain/mirror-content.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { createPackageLineParser } from '../../apt/domain/package-list.ts';

export interface PackageListCheck {
  /** Takes the next bytes; returns the entries of the lines that end in them. */
  add(chunk: Uint8Array): PackageEntry[];
  /** To be called after the last byte. */
  finish(): void;
}

interface Part {
  expected: MirrorContent;
  count: number;
  sizeBytes: number;
  hash: Hash;
}

/** None of our lines is longer; a longer one was not written by us. */
const maxLineBytes = 1024 * 1024;

/**
 * `where` names the list in messages.
 * @throws PommgrError `integrity.packages` from both of its functions.
 */
export function createPackageListCheck(baseline: Baseline, where: string): PackageListCheck {
  const parts = new Map(
    baseline.content.mirrors.map((expected): [string, Part] => [
      expected.id,
      { expected, count: 0, sizeBytes: 0, hash: createHash('sha256') },
    ]),
  );
  const parse = createPackageLineParser(where);
  let rest = Buffer.alloc(0);
  return {
    add(chunk) {
      const bytes = Buffer.concat([rest, chunk]);
      const entries: PackageEntry[] = [];
      let start = 0;
      for (let end = bytes.indexOf('\n'); end !== -1; end = bytes.indexOf('\n', start)) {
        const entry = parse(bytes.toString('utf8', start, end));
        addLine(parts.get(entry.mirror), bytes.subarray(start, end + 1), entry);
        entries.push(entry);
        start = end + 1;
      }
      rest = bytes.subarray(start);
      if (rest.length > maxLineBytes) throw broken(`a line is longer than ${maxLineBytes} bytes`);
      return entries;
    },
    finish() {
      if (rest.length > 0) throw broken('its last line has no end');
      for (const part of parts.values()) checkPart(part);
    },
  };

  function addLine(part: Part | undefined, line: Uint8Array, entry: PackageEntry): void {
    if (part === undefined)
      throw broken(`it names the mirror ${entry.mirror}, which the baseline does not have`);
    part.count += 1;
    part.sizeBytes += line.length;
    part.hash.update(line);
  }

  function checkPart({ expected: { id, packages }, count, sizeBytes, hash }: Part): void {
    const sha256 = hash.digest('hex');
    if (count === packages.count && sizeBytes === packages.sizeBytes && sha256 === packages.sha256) return;
    const found = `${count} packages with SHA-256 ${sha256}`;
    throw broken(`for mirror ${id} it has ${found}, expected ${packages.count} with ${packages.sha256}`);
  }

  function broken(why: string): PommgrError {
    return new PommgrError('integrity.packages', `${where} does not fit its baseline: ${why}.`, {
      hints: ['Do not use it. Pack the baseline again on the online side.'],
      details: { file: where },
    });
  }
}
