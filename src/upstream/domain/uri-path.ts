/** Encodes paths below a repository's base as apt requests them. */

/**
 * Percent-encodes what apt 2.6 and 3.0 encode, in lower-case hex: `+` (which S3 reads as a blank), `~`, `%`, blanks,
 * control characters and every byte that is not ASCII. `#`, `?` and `\\` are encoded too, because they would end the
 * path.
 */
export function encodePath(path: string): string {
  return path.replaceAll(/[^!-}]|[+%#?\\]/gu, encodeCharacter);
}

function encodeCharacter(character: string): string {
  return Buffer.from(character)
    .toString('hex')
    .replaceAll(/../g, (digits) => `%${digits}`);
}
