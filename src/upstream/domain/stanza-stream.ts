/**
 * Splits an index of any size into stanzas while it streams in, and reads the wanted fields of each.
 * Invariant: it holds one chunk and one unfinished stanza, and a stanza of more than 1 MiB is refused.
 */
import { PommgrError } from '../../core/domain/errors.ts';

/** Where an index comes from. */
export interface IndexSource {
  mirror: string;
  component: string;
  /** Path relative to `dists/<suite>/`, e.g. `main/binary-amd64/Packages`; for messages. */
  index: string;
}

export interface WantedField {
  /** Compared without regard to case. */
  name: string;
  /** What the whole value must look like; each further line of a value follows a line break. */
  pattern: RegExp;
  /** Says in a message what the pattern means. */
  expected: string;
  /** Whether a stanza may lack it; its value is empty then. */
  optional?: boolean;
}

interface IndexStanza {
  /** In the order of the wanted fields. */
  values: string[];
  /** The error for a stanza that cannot be used, with its place. */
  refuse(why: string): PommgrError;
}

/** Takes an uncompressed index in pieces of any size; each call returns what has become complete. */
export interface IndexScanner<T> {
  push(chunk: Buffer): T[];
  /** The last stanza may lack its empty line. */
  end(): T[];
}

export interface IndexReader<T> {
  fields: readonly WantedField[];
  /** What one stanza lists. */
  read(stanza: IndexStanza): T[];
}

const largestStanzaBytes = 1024 * 1024;
const [tab, lineFeed, blank, colon] = [9, 10, 32, 58];

/**
 * A scanner for one index, which returns what `reader` finds in each stanza, in order.
 * @throws PommgrError `integrity.index` from `push` and `end`, with the mirror, the index and the line.
 */
export function createIndexScanner<T>(source: IndexSource, reader: IndexReader<T>): IndexScanner<T> {
  const { fields } = reader;
  const names = fields.map((field) => Buffer.from(field.name.toLowerCase()));
  // Where the value of each wanted field lies in the buffer; -1 where the stanza has none so far.
  const starts = fields.map(() => -1);
  const ends = fields.map(() => -1);
  let unfinished: Buffer = Buffer.alloc(0);
  let line = 0;

  return {
    push(chunk) {
      const buffer = unfinished.length === 0 ? chunk : Buffer.concat([unfinished, chunk]);
      const end = buffer.lastIndexOf('\n\n') + 1;
      const found = readStanzas(buffer.subarray(0, end));
      // A copy, for the chunk belongs to the caller.
      unfinished = Buffer.from(buffer.subarray(end));
      checkStanzaSize(unfinished.length);
      return found;
    },
    end() {
      const buffer = Buffer.concat([unfinished, Buffer.from('\n\n')]);
      unfinished = Buffer.alloc(0);
      return readStanzas(buffer);
    },
  };

  /** The buffer ends with the line break of a stanza's last line, or with empty lines. */
  function readStanzas(buffer: Buffer): T[] {
    const found: T[] = [];
    let start = 0;
    while (start < buffer.length) {
      if (buffer[start] === lineFeed) {
        start++;
        line++;
        continue;
      }
      const firstLine = line + 1;
      start = findFields(buffer, start);
      const values = fields.map((field, index) => valueOf(buffer, { field, index, firstLine }));
      found.push(...reader.read({ values, refuse: (why) => refuse(why, firstLine) }));
    }
    return found;
  }

  /** Notes where the values of one stanza lie, and returns where its last line ends. */
  function findFields(buffer: Buffer, stanzaStart: number): number {
    starts.fill(-1);
    let field = -1;
    let start = stanzaStart;
    while (start < buffer.length && buffer[start] !== lineFeed) {
      line++;
      const lineEnd = buffer.indexOf(lineFeed, start);
      if (buffer[start] !== blank && buffer[start] !== tab) field = beginField(buffer, { start, lineEnd });
      else if (start === stanzaStart) throw refuse('a continuation line without a field before it', line);
      if (field !== -1) ends[field] = lineEnd;
      start = lineEnd + 1;
    }
    checkStanzaSize(start - stanzaStart);
    return start;
  }

  /** The number of the wanted field that begins in this line; -1 for another field. */
  function beginField(buffer: Buffer, at: { start: number; lineEnd: number }): number {
    let nameEnd = at.start;
    while (nameEnd < at.lineEnd && buffer[nameEnd] !== colon) nameEnd++;
    if (nameEnd === at.start || nameEnd === at.lineEnd) {
      throw refuse(
        `expected "Field: value", found ${quote(buffer.toString('utf8', at.start, at.lineEnd))}`,
        line,
      );
    }
    const field = names.findIndex((name) => isNameAt(buffer, { name, start: at.start, end: nameEnd }));
    if (field === -1) return -1;
    if (starts[field] !== -1)
      throw refuse(`the field ${fields[field]?.name} a second time in one stanza`, line);
    starts[field] = nameEnd + 1;
    return field;
  }

  function valueOf(buffer: Buffer, at: { field: WantedField; index: number; firstLine: number }): string {
    const { field } = at;
    const start = starts[at.index] as number;
    if (start === -1) {
      if (field.optional === true) return '';
      throw refuse(`expected the field ${field.name}, found none`, at.firstLine);
    }
    const value = buffer.toString('utf8', start, ends[at.index]).trim();
    if (field.pattern.test(value)) return value;
    throw refuse(`expected ${field.name} to be ${field.expected}, found ${quote(value)}`, at.firstLine);
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
