/** OpenPGP certificates as bytes: armor off, a keyring split into its certificates. */
import { PomError } from './errors.mjs';

const publicKeyTag = 6;

/**
 * The certificates of a key file: all of a binary keyring, or the one of an armored file.
 * @param {Buffer} content
 * @returns {Buffer[]}
 */
export function certificatesOf(content) {
  const text = content.toString('latin1');
  if (!text.includes('-----BEGIN PGP')) {
    const certificates = splitCertificates(content);
    if (certificates.length > 0) return certificates;
    throw new PomError("'key-path' contains neither a keyring nor a certificate, aborting!");
  }
  const blocks = [
    ...text.matchAll(/-----BEGIN PGP [^\n]*\r?\n(?:[^\n]+: [^\n]*\n)*\r?\n([^-]*)-----END PGP/g),
  ];
  const certificates = blocks.flatMap((block) => splitCertificates(unarmor(block[1] ?? '')));
  if (certificates.length > 1) {
    throw new PomError('Malformed Cert: Additional packets found, is this a keyring?');
  }
  return certificates;
}

/**
 * Bits of an RSA certificate's primary key; undefined for other algorithms.
 * @param {Buffer} certificate
 */
export function rsaBits(certificate) {
  const [packet] = packets(certificate);
  if (packet === undefined) return undefined;
  const body = certificate.subarray(packet.bodyStart, packet.end);
  return body[5] !== undefined && body[5] <= 3 ? body.readUInt16BE(6) : undefined;
}

/** @param {Buffer} content */
function splitCertificates(content) {
  const starts = packets(content)
    .filter(({ tag }) => tag === publicKeyTag)
    .map(({ start }) => start);
  return starts.map((start, index) => content.subarray(start, starts[index + 1] ?? content.length));
}

/** @param {string} body */
function unarmor(body) {
  const lines = body.split(/\r?\n/).filter((line) => !line.startsWith('='));
  return Buffer.from(lines.join(''), 'base64');
}

/**
 * RFC 4880, 4.2.
 * @param {Buffer} content
 */
function packets(content) {
  const found = [];
  for (let start = 0; start < content.length; ) {
    const head = content[start] ?? 0;
    if ((head & 0x80) === 0) throw new PomError('unexpected EOF');
    const isNew = (head & 0x40) !== 0;
    const tag = isNew ? head & 0x3f : (head >> 2) & 0x0f;
    const { length, size } = isNew ? newLength(content, start + 1) : oldLength(content, start + 1, head & 3);
    const bodyStart = start + 1 + size;
    const end = bodyStart + length;
    if (end > content.length) throw new PomError('unexpected EOF');
    found.push({ tag, start, bodyStart, end });
    start = end;
  }
  return found;
}

/**
 * @param {Buffer} content
 * @param {number} at
 */
function newLength(content, at) {
  const first = content[at] ?? 0;
  if (first < 192) return { length: first, size: 1 };
  if (first < 224) return { length: ((first - 192) << 8) + (content[at + 1] ?? 0) + 192, size: 2 };
  return { length: numberAt(content, at + 1, 4), size: 5 };
}

/**
 * @param {Buffer} content
 * @param {number} at
 * @param {number} kind
 */
function oldLength(content, at, kind) {
  if (kind === 3) return { length: content.length - at, size: 0 };
  const size = 2 ** kind;
  return { length: numberAt(content, at, size), size };
}

/**
 * @param {Buffer} content
 * @param {number} at
 * @param {number} size
 */
function numberAt(content, at, size) {
  if (at + size > content.length) throw new PomError('unexpected EOF');
  return content.readUIntBE(at, size);
}
