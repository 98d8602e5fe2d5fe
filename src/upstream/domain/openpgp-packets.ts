/**
 * Splits the certificates of a keyring file into packets (RFC 9580, section 4.2): binary, armored in any number of
 * blocks, or both. Data between them, and a revocation without a preceding key, is ignored.
 */

const block = /-----BEGIN PGP PUBLIC KEY BLOCK-----([^]*?)-----END PGP PUBLIC KEY BLOCK-----/g;
const [publicKeyTag, trustTag] = [6, 12];

/**
 * The packets of each certificate, in the order of the file. A revocation in a block of its own belongs to the key
 * before it.
 */
export function splitKeyring(data: Uint8Array): Uint8Array[] {
  const certificates: Uint8Array[][] = [];
  for (const { tag, bytes } of packetsOf(data)) {
    if (tag === publicKeyTag) certificates.push([bytes]);
    else if (tag !== trustTag) certificates.at(-1)?.push(bytes);
  }
  return certificates.map((packets) => Buffer.concat(packets));
}

function packetsOf(data: Uint8Array): { tag: number; bytes: Uint8Array }[] {
  const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
  const packets: { tag: number; bytes: Uint8Array }[] = [];
  let end = 0;
  for (const { 0: whole, 1: body = '', index } of text.matchAll(block)) {
    packets.push(...splitPackets(binaryPart(text.slice(end, index))), ...splitPackets(unarmored(body)));
    end = index + whole.length;
  }
  packets.push(...splitPackets(binaryPart(text.slice(end))));
  return packets;
}

/** Line ends before a binary part belong to the preceding armor. */
function binaryPart(text: string): Uint8Array {
  return Buffer.from(text.replace(/^\s+/, ''), 'latin1');
}

/**
 * Any indentation is accepted, with or without headers and checksum; without an empty line before the data, apt 2.6
 * reads nothing.
 */
function unarmored(body: string): Uint8Array {
  const lines = body.split('\n').map((line) => line.trim());
  const base64 = lines
    .slice(1 + lines.indexOf('', 1) || lines.length)
    .filter((line) => /^[A-Za-z0-9+/]+={0,2}$/.test(line));
  return Buffer.from(base64.join(''), 'base64');
}

/** Returns only complete packets. */
function splitPackets(data: Uint8Array): { tag: number; bytes: Uint8Array }[] {
  const packets: { tag: number; bytes: Uint8Array }[] = [];
  let start = 0;
  while (start < data.length) {
    const header = readHeader(data, start);
    if (header === undefined || header.end > data.length) return packets;
    packets.push({ tag: header.tag, bytes: data.subarray(start, header.end) });
    start = header.end;
  }
  return packets;
}

function readHeader(data: Uint8Array, start: number): { tag: number; end: number } | undefined {
  const first = data[start] ?? 0;
  if ((first & 0x80) === 0) return undefined;
  const view = Buffer.from(data.buffer, data.byteOffset, data.length);
  const at = start + 1;
  const isNew = (first & 0x40) !== 0;
  const tag = isNew ? first & 0x3f : (first >> 2) & 0x0f;
  const head = (lengthBytes: number, length: number) => ({ tag, end: at + lengthBytes + length });
  const one = data[at] ?? 0;
  if (isNew) {
    if (one < 192) return head(1, one);
    if (one < 224) return head(2, ((one - 192) << 8) + (data[at + 1] ?? 0) + 192);
    return one === 255 && at + 5 <= data.length ? head(5, view.readUInt32BE(at + 1)) : undefined;
  }
  const kind = first & 3;
  if (kind === 0) return head(1, one);
  if (kind === 1 && at + 2 <= data.length) return head(2, view.readUInt16BE(at));
  return kind === 2 && at + 4 <= data.length ? head(4, view.readUInt32BE(at)) : undefined;
}
