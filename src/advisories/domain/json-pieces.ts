/**
 * Splits a JSON text that is too large for memory into the values of its outermost object or list, or into the values
 * that follow one another in it. Invariant: no more than one value is held, and none longer than the limit.
 */

/** The kernel's issues in Debian's tracker are about 12 MB. */
const maxPieceLength = 128 * 1024 * 1024;
/** Deeper values are not data of security trackers. */
const maxDepth = 64;

export interface JsonPiece {
  /** Text of a value; in an object with its name, `"name": value`. */
  text: string;
  /** Kind of the outermost value that it is a part of. */
  within: 'object' | 'list' | 'text';
}

/** Thrown for a text that cannot be split; the message says what is wrong, as the end of a sentence. */
export class MalformedJson extends Error {}

/**
 * Yields the members of an outermost object, or the elements of an outermost list. With `isSequence`, objects are
 * yielded whole: they may follow one another, as in JSON Lines.
 */
export async function* splitJson(
  chunks: AsyncIterable<string>,
  { isSequence = false } = {},
): AsyncGenerator<JsonPiece> {
  let [piece, depth, base] = ['', 0, 0];
  let within: JsonPiece['within'] = 'text';
  let [inString, isEscaped, isOpen] = [false, false, false];
  let count = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const character = chunk[index];
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (character === '\\') isEscaped = true;
        else if (character === '"') inString = false;
        continue;
      }
      if (character === '"') inString = true;
      else if (character === '{' || character === '[') {
        depth += 1;
        if (depth > maxDepth) throw new MalformedJson('values are nested too deeply');
        const isContainer = depth === 1 && !(isSequence && character === '{');
        if (!isContainer) continue;
        if ((piece + chunk.slice(start, index)).trim() !== '' || isOpen || count > 0)
          throw new MalformedJson('something stands before the outermost value');
        [within, base, isOpen] = [character === '{' ? 'object' : 'list', 1, true];
        [piece, start] = ['', index + 1];
      } else if (character === '}' || character === ']') {
        depth -= 1;
        if (depth < 0) throw new MalformedJson('a bracket closes that was not opened');
        if (base === 1 && depth === 0) {
          const text = piece + chunk.slice(start, index);
          if (text.trim() !== '') yield { text, within };
          else if (count > 0) throw new MalformedJson('a comma has nothing after it');
          [piece, start, base, isOpen, count] = ['', index + 1, 2, false, count + 1];
        } else if (base === 0 && depth === 0) {
          yield { text: piece + chunk.slice(start, index + 1), within };
          [piece, start, count] = ['', index + 1, count + 1];
        }
      } else if (character === ',' && base === 1 && depth === 1) {
        const text = piece + chunk.slice(start, index);
        if (text.trim() === '') throw new MalformedJson('a comma has nothing before it');
        yield { text, within };
        [piece, start, count] = ['', index + 1, count + 1];
      }
    }
    piece += chunk.slice(start);
    if (piece.length > maxPieceLength) throw new MalformedJson('a value is too long');
  }
  if (inString || depth > 0) throw new MalformedJson('it ends before its last value does');
  if (piece.trim() !== '') throw new MalformedJson('something stands after the last value');
  if (count === 0 && base !== 2) throw new MalformedJson('it is empty');
}
