/**
 * Reads the entries of a tar stream as packages have them: ustar with GNU's long names and pax headers (tar(5)).
 * Invariant: names and links are limited, whatever a header says, and a truncated entry is an error.
 */
import { PommgrError } from '../../core/domain/errors.ts';
import { tarBlockBytes } from '../../core/domain/tar-blocks.ts';

export interface TarEntry {
  /** Absolute, without a leading `.`. */
  path: string;
  kind: 'file' | 'hard-link' | 'link' | 'directory' | 'other';
  /** Where a link leads, as it is written. */
  target: string;
  sizeBytes: number;
  /** The data, readable once; a chunk is valid until the next is requested. Unread data is skipped. */
  body: AsyncIterable<Buffer>;
}

const kinds = new Map<string, TarEntry['kind']>([
  ['0', 'file'],
  ['\0', 'file'],
  ['7', 'file'],
  ['1', 'hard-link'],
  ['2', 'link'],
  ['5', 'directory'],
]);
/** Long enough for any path that Linux accepts. */
const maxHeaderBytes = 64 * 1024;

/** `file` names the archive in messages. @throws PommgrError `integrity.package`. */
export async function* readTarEntries(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<TarEntry> {
  const source = createSource(chunks, file);
  let long: { path?: string; target?: string; sizeBytes?: number } = {};
  for (;;) {
    const block = await source.take(tarBlockBytes);
    if (block === undefined || block.every((byte) => byte === 0)) return;
    const header = parseHeader(block, file);
    if (['L', 'K', 'x', 'g'].includes(header.type)) {
      if (header.sizeBytes > maxHeaderBytes) throw damaged(file, 'a header that is too long');
      const data = (await source.take(header.sizeBytes)) ?? Buffer.alloc(0);
      await source.skip(padding(header.sizeBytes));
      const text = data.toString('utf8').replace(/\0+$/, '');
      if (header.type === 'L') long.path = text;
      else if (header.type === 'K') long.target = text;
      else if (header.type === 'x') long = { ...long, ...paxFields(data) };
      continue;
    }
    const sizeBytes = long.sizeBytes ?? header.sizeBytes;
    let left = sizeBytes;
    const body = async function* (): AsyncGenerator<Buffer> {
      while (left > 0) {
        const chunk = await source.some(left);
        left -= chunk.length;
        yield chunk;
      }
    };
    yield {
      path: absolutePath(long.path ?? header.path),
      kind: kinds.get(header.type) ?? 'other',
      target: long.target ?? header.target,
      sizeBytes,
      body: body(),
    };
    await source.skip(left + padding(sizeBytes));
    long = {};
  }
}

/** Converts a path from archives, `./etc/a`, to the form in dpkg's database. */
function absolutePath(path: string): string {
  return `/${path.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '')}`.replace(/^\/\.$/, '/');
}

function padding(sizeBytes: number): number {
  return (tarBlockBytes - (sizeBytes % tarBlockBytes)) % tarBlockBytes;
}

function parseHeader(block: Buffer, file: string) {
  const text = (start: number, end: number): string =>
    block.toString('utf8', start, end).replace(/\0.*$/s, '');
  const stored = Number.parseInt(text(148, 156).trim(), 8);
  const blank = Buffer.from(block).fill(0x20, 148, 156);
  if (blank.reduce((sum, byte) => sum + byte, 0) !== stored)
    throw damaged(file, 'a header with a wrong checksum');
  // POSIX ustar has the prefix there; GNU's own format has times.
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(345, 500) : '';
  const name = text(0, 100);
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    target: text(157, 257),
    type: block.toString('latin1', 156, 157),
    sizeBytes: headerNumber(block.subarray(124, 136), file),
  };
}

/** Octal digits, or GNU's form for large numbers. */
function headerNumber(bytes: Buffer, file: string): number {
  if (((bytes[0] ?? 0) & 0x80) !== 0) {
    let value = 0;
    for (const byte of bytes.subarray(1)) value = value * 256 + byte;
    if (Number.isSafeInteger(value)) return value;
  }
  const value = Number.parseInt(bytes.toString('latin1').replaceAll(/[\0 ]/g, '') || '0', 8);
  if (Number.isNaN(value)) throw damaged(file, 'a header without a size');
  return value;
}

/** `<length> <key>=<value>\n`, the length in bytes. */
function paxFields(data: Buffer): { path?: string; target?: string; sizeBytes?: number } {
  const fields: { path?: string; target?: string; sizeBytes?: number } = {};
  for (let start = 0; start < data.length; ) {
    const blank = data.indexOf(0x20, start);
    const length = Number(data.toString('latin1', start, Math.max(blank, start)));
    if (blank === -1 || !(length > blank - start)) break;
    const record = data.toString('utf8', blank + 1, start + length - 1);
    const [key = ''] = record.split('=', 1);
    const value = record.slice(key.length + 1);
    if (key === 'path') fields.path = value;
    if (key === 'linkpath') fields.target = value;
    if (key === 'size' && /^\d{1,15}$/.test(value)) fields.sizeBytes = Number(value);
    start += length;
  }
  return fields;
}

function createSource(chunks: AsyncIterable<Uint8Array>, file: string) {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  async function fill(): Promise<boolean> {
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return false;
      rest = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    return true;
  }
  async function some(atMost: number): Promise<Buffer> {
    if (!(await fill())) throw damaged(file, 'an archive that ends too early');
    const chunk = rest.subarray(0, atMost);
    rest = rest.subarray(chunk.length);
    return chunk;
  }
  return {
    some,
    /** Undefined at the end of the stream. */
    async take(sizeBytes: number): Promise<Buffer | undefined> {
      if (sizeBytes > 0 && !(await fill())) return undefined;
      const parts: Buffer[] = [];
      for (let left = sizeBytes; left > 0; left -= parts.at(-1)?.length ?? 0)
        parts.push(Buffer.from(await some(left)));
      return Buffer.concat(parts);
    },
    async skip(sizeBytes: number): Promise<void> {
      for (let left = sizeBytes; left > 0; ) left -= (await some(left)).length;
    },
  };
}

function damaged(file: string, found: string): PommgrError {
  return new PommgrError('integrity.package', `${file} is not a package that dpkg takes: found ${found}.`, {
    hints: ['Run "pommgr doctor --deep" to compare the stored files with their digests.'],
    details: { file, found },
  });
}
