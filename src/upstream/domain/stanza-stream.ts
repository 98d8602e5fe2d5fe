/**
 * Splits an index of any size into stanzas while it streams in, and finds the wanted fields of each, by the rules of
 * apt's own reader (pkgTagSection): of a repeated field the last one counts, carriage returns at the end of lines are
 * ignored, and a line without a colon belongs to the name of the next field. Invariant: it holds one chunk and one
 * unfinished stanza, and refuses a stanza of more than 1 MiB.
 */
import { PommgrError } from '../../core/domain/errors.ts';

/** Origin of an index. */
export interface IndexSource {
  mirror: string;
  component: string;
  /** Path relative to the Release file's directory, e.g. `main/binary-amd64/Packages`; for messages. */
  index: string;
}

interface IndexStanza {
  /** In the order of the wanted fields; undefined where the stanza lacks one. */
  values: (string | undefined)[];
  /** Number of its first line, from 1. */
  line: number;
  /** Whether its first field occurs a second time: two stanzas without an empty line between them. */
  isMerged: boolean;
  /** The error for a stanza that makes apt refuse the whole index. */
  refuse(why: string): PommgrError;
}

/** Accepts an uncompressed index in pieces of any size; each call returns what has become complete. */
export interface IndexScanner<T> {
  push(chunk: Buffer): T[];
  /** The last stanza may lack its empty line. */
  end(): T[];
}

export interface IndexReader<T> {
  /** Names of the wanted fields, compared without regard to case. */
  fields: readonly string[];
  /** Returns what one stanza lists. */
  read(stanza: IndexStanza): T[];
}

const largestStanzaBytes = 1024 * 1024;
const [lineFeed, carriageReturn, colon] = [10, 13, 58];

/**
 * Returns a scanner for one index, which returns what `reader` finds in each stanza, in order.
 * @throws PommgrError `integrity.index` from `push` and `end`, with the mirror, the index and the line.
 */
export function createIndexScanner<T>(source: IndexSource, reader: IndexReader<T>): IndexScanner<T> {
  const names = reader.fields.map((field) => Buffer.from(field.toLowerCase()));
  // Offsets of the value of each wanted field in the buffer; -1 where the stanza has none so far.
  const starts = names.map(() => -1);
  const ends = names.map(() => -1);
  let unfinished: Buffer = Buffer.alloc(0);
  let line = 0;
  let isMerged = false;
  let isFirst = true;

  return {
    push(chunk) {
      const buffer = unfinished.length === 0 ? chunk : Buffer.concat([unfinished, chunk]);
      const { found, end } = readStanzas(buffer);
      // This is a copy, because the chunk belongs to the caller.
      unfinished = Buffer.from(buffer.subarray(end));
      checkStanzaSize(unfinished.length);
      return found;
    },
    end() {
      const { found, end } = readStanzas(Buffer.concat([unfinished, Buffer.from('\n\n')]));
      const left = unfinished.subarray(end).toString('utf8').trim();
      unfinished = Buffer.alloc(0);
      if (left !== '') throw refuse(`expected "Field: value", found ${quote(left)}`, line + 1);
      return found;
    },
  };

  /** Returns the complete stanzas in the buffer, and where the first incomplete one begins. */
  function readStanzas(buffer: Buffer): { found: T[]; end: number } {
    const found: T[] = [];
    // No complete stanza in the buffer extends beyond its last empty line.
    const limit = Math.max(buffer.lastIndexOf('\n\n') + 2, buffer.lastIndexOf('\n\r\n') + 3);
    let start = 0;
    for (;;) {
      while (start < buffer.length && isLineEnd(buffer[start])) if (buffer[start++] === lineFeed) line++;
      const lineBefore = line;
      const end = start < limit ? findFields(buffer, start) : -1;
      if (end === -1) {
        line = lineBefore;
        return { found, end: start };
      }
      checkStanzaSize(end - start);
      // apt treats two empty lines at the very beginning as an empty stanza, but nowhere else.
      if (isFirst && lineBefore >= 2) throw refuse('expected a stanza, found two empty lines', 1);
      isFirst = false;
      const firstLine = lineBefore + 1;
      const values = names.map((_, index) => valueOf(buffer, index));
      found.push(
        ...reader.read({ values, line: firstLine, isMerged, refuse: (why) => refuse(why, firstLine) }),
      );
      start = end;
    }
  }

  /**
   * Records where the values of one stanza are, and returns where its empty line begins; -1 where there is none yet.
   */
  function findFields(buffer: Buffer, stanzaStart: number): number {
    starts.fill(-1);
    isMerged = false;
    let field = -1;
    let start = stanzaStart;
    for (;;) {
      while (buffer[start] === carriageReturn) start++;
      if (start >= buffer.length) return -1;
      if (buffer[start] === lineFeed) return start;
      let lineStart = start;
      if (isBlank(buffer[start])) {
        if (field !== -1) ends[field] = lineEndOf(buffer, start);
      } else {
        const nameEnd = buffer.indexOf(colon, start);
        if (nameEnd === -1) return -1;
        field = fieldAt(buffer, start, nameEnd);
        // A name may span several lines: it is then not one of ours.
        for (
          let at = buffer.indexOf(lineFeed, start);
          at !== -1 && at < nameEnd;
          at = buffer.indexOf(lineFeed, at + 1)
        )
          line++;
        lineStart = nameEnd;
        if (field === 0 && starts[0] !== -1) isMerged = true;
        if (field !== -1) {
          starts[field] = nameEnd + 1;
          ends[field] = lineEndOf(buffer, nameEnd);
        }
      }
      const lineEnd = buffer.indexOf(lineFeed, lineStart);
      if (lineEnd === -1) return -1;
      line++;
      start = lineEnd + 1;
    }
  }

  /** Returns the index of the wanted field of that name; -1 for another. */
  function fieldAt(buffer: Buffer, start: number, end: number): number {
    let nameEnd = end;
    while (nameEnd > start && isBlank(buffer[nameEnd - 1])) nameEnd--;
    return names.findIndex((name) => isNameAt(buffer, { name, start, end: nameEnd }));
  }

  function valueOf(buffer: Buffer, index: number): string | undefined {
    const start = starts[index] as number;
    return start === -1 ? undefined : buffer.toString('utf8', start, ends[index]).trim();
  }

  function checkStanzaSize(sizeBytes: number): void {
    if (sizeBytes <= largestStanzaBytes) return;
    throw refuse(
      `expected a stanza of at most ${largestStanzaBytes} bytes, found ${sizeBytes} or more`,
      line + 1,
    );
  }

  function refuse(why: string, atLine: number): PommgrError {
    return new PommgrError(
      'integrity.index',
      `Mirror ${source.mirror}: ${source.index}, line ${atLine}: ${why}.`,
      { details: { mirror: source.mirror, file: source.index, line: atLine } },
    );
  }
}

function lineEndOf(buffer: Buffer, start: number): number {
  const end = buffer.indexOf(lineFeed, start);
  return end === -1 ? buffer.length : end;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === lineFeed || byte === carriageReturn;
}

/** Matches what C's isspace(3) calls white space, except the line feed. */
function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || (byte !== undefined && byte >= 11 && byte <= 13);
}

/** `name` is in lower case. */
function isNameAt(buffer: Buffer, at: { name: Buffer; start: number; end: number }): boolean {
  const { name, start } = at;
  if (at.end - start !== name.length) return false;
  for (let offset = 0; offset < name.length; offset++) {
    const code = buffer[start + offset] as number;
    const lower = code >= 65 && code <= 90 ? code + 32 : code;
    if (lower !== name[offset]) return false;
  }
  return true;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
