/**
 * The text framing of OpenPGP (RFC 9580, sections 6.2 and 7): armored blocks and the cleartext signature framework.
 * Bytes are handled as Latin-1, so that no byte of a signed text is changed.
 */

const beginMessage = '-----BEGIN PGP SIGNED MESSAGE-----';
const beginSignature = '-----BEGIN PGP SIGNATURE-----';
const endSignature = '-----END PGP SIGNATURE-----';

export type SplitCleartext =
  | {
      /** The text as `gpgv --output` writes it: dashes unescaped, white space at the end of lines gone. */
      text: Uint8Array;
      /** The armored signature block. */
      signature: string;
    }
  | {
      /** Why it is not one signed block, as the end of a sentence. */
      problem: string;
    };

/** Splits a cleartext-signed file; refuses all that is not exactly one block. */
export function splitCleartext(data: Uint8Array): SplitCleartext {
  const lines = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1').split('\n');
  if (lines[0]?.trimEnd() !== beginMessage) return { problem: `it does not begin with "${beginMessage}"` };
  const textStart = lines.findIndex((line) => line.trim() === '') + 1;
  const textEnd = lines.findIndex((line) => line.trimEnd() === beginSignature);
  if (textEnd === -1) return { problem: 'the signature is missing' };
  if (textStart === 0 || textStart > textEnd)
    return { problem: 'the blank line after its headers is missing' };
  if (!lines.slice(1, textStart - 1).every((line) => /^Hash: [A-Za-z0-9, -]+\s*$/.test(line))) {
    return { problem: 'it has a header other than "Hash"' };
  }
  const last = lines.findIndex((line, index) => index > textEnd && line.trimEnd() === endSignature);
  if (last === -1) return { problem: 'the end of the signature is missing' };
  if (lines.slice(last + 1).some((line) => line.trim() !== '')) {
    return { problem: 'there is text after the signature' };
  }
  const textLines = lines.slice(textStart, textEnd);
  if (textLines.some((line) => line.startsWith('-') && !line.startsWith('- '))) {
    return { problem: 'a line that begins with a dash is not escaped' };
  }
  return {
    text: Buffer.from(textLines.map(outputLine).join(''), 'latin1'),
    signature: `${lines.slice(textEnd, last + 1).join('\n')}\n`,
  };
}

/** GnuPG drops trailing white space, which no signature covers, and keeps the kind of line end. */
function outputLine(line: string): string {
  const content = line.replace(/^- /, '').replace(/[ \t\r]+$/, '');
  return `${content}${line.endsWith('\r') ? '\r\n' : '\n'}`;
}

/** What a cleartext signature covers: CRLF line ends, without the last one (RFC 9580, 7.1). */
export function toCanonicalText(text: Uint8Array): Uint8Array {
  const lines = Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1');
  return Buffer.from(lines.replace(/\r?\n$/, '').replaceAll(/\r?\n/g, '\r\n'), 'latin1');
}

/** The armored blocks of that type, and whether anything but white space stands outside of them. */
export function armoredBlocks(
  data: Uint8Array,
  type: 'PUBLIC KEY BLOCK' | 'SIGNATURE',
): { blocks: string[]; strayText: boolean } {
  const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
  const block = new RegExp(`^-----BEGIN PGP ${type}-----[^]*?^-----END PGP ${type}-----`, 'gm');
  return { blocks: text.match(block) ?? [], strayText: text.replaceAll(block, '').trim() !== '' };
}
