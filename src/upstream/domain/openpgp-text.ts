/**
 * Parses the text framing of OpenPGP (RFC 9580, sections 6.2 and 7): armored blocks and the cleartext signature
 * framework. Bytes are handled as Latin-1, so that no byte of a signed text is changed.
 */

const beginMessage = '-----BEGIN PGP SIGNED MESSAGE-----';
const beginSignature = '-----BEGIN PGP SIGNATURE-----';
const endSignature = '-----END PGP SIGNATURE-----';

export type SplitCleartext =
  | {
      /** The text as `gpgv --output` writes it: dash-escapes and trailing white space are removed. */
      text: Uint8Array;
      /** The armored signature blocks, one at least. */
      signatures: string[];
    }
  | {
      /** Why the text is not one signed block, as the end of a sentence. */
      problem: string;
    };

/** Splits a cleartext-signed file as apt does; refuses data before, between and after text and signatures. */
export function splitCleartext(data: Uint8Array): SplitCleartext {
  const lines = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1').split('\n');
  if (lines[0]?.trimEnd() !== beginMessage) return { problem: `it does not begin with "${beginMessage}"` };
  const textStart = lines.findIndex((line) => line.trim() === '') + 1;
  const textEnd = lines.findIndex((line) => line.trimEnd() === beginSignature);
  if (textEnd === -1) return { problem: 'the signature is missing' };
  if (textStart === 0 || textStart > textEnd)
    return { problem: 'the blank line after its headers is missing' };
  const signatures = signatureBlocks(lines.slice(textEnd));
  if (signatures === undefined)
    return { problem: 'it does not end with whole signature blocks, one after the other' };
  const textLines = lines.slice(textStart, textEnd);
  if (textLines.some((line) => line.startsWith('-') && !line.startsWith('- '))) {
    return { problem: 'a line that begins with a dash is not escaped' };
  }
  return {
    text: Buffer.from(textLines.map(outputLine).join(''), 'latin1'),
    signatures,
  };
}

/** No data is allowed between them, or after the last line end. */
function signatureBlocks(lines: readonly string[]): string[] | undefined {
  const kept = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  const blocks: string[] = [];
  let start = 0;
  while (start < kept.length) {
    const end = kept.findIndex((line, index) => index > start && line.trimEnd() === endSignature);
    if (kept[start]?.trimEnd() !== beginSignature || end === -1) return undefined;
    blocks.push(`${kept.slice(start, end + 1).join('\n')}\n`);
    start = end + 1;
  }
  return blocks;
}

/** GnuPG drops trailing white space, which no signature covers, and keeps the kind of line end. */
function outputLine(line: string): string {
  const content = line.replace(/^- /, '').replace(/[ \t\r]+$/, '');
  return `${content}${line.endsWith('\r') ? '\r\n' : '\n'}`;
}

/** Returns what a cleartext signature covers: CRLF line ends, without the last one (RFC 9580, 7.1). */
export function toCanonicalText(text: Uint8Array): Uint8Array {
  const lines = Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1');
  return Buffer.from(lines.replace(/\r?\n$/, '').replaceAll(/\r?\n/g, '\r\n'), 'latin1');
}

/** Returns the armored blocks of that type, and whether anything but white space is outside of them. */
export function armoredBlocks(
  data: Uint8Array,
  type: 'PUBLIC KEY BLOCK' | 'SIGNATURE',
): { blocks: string[]; strayText: boolean } {
  const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
  const block = new RegExp(`^-----BEGIN PGP ${type}-----[^]*?^-----END PGP ${type}-----`, 'gm');
  return { blocks: text.match(block) ?? [], strayText: text.replaceAll(block, '').trim() !== '' };
}
